using ChatRelay.Protocol;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ChatRelay.Tests.Protocol;

public sealed class CursorTests
{
    private static readonly Cursor Codec = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
    private static readonly CursorScope Scope = new(new Guid("018f0000-0000-7000-8000-000000000001"), "notifications", "status=failed");

    private static readonly Gen<Guid> Guids = Gen.Choose(0, 255).ArrayOf(16).Select(bytes => new Guid([.. bytes.Select(b => (byte)b)]));

    private static readonly Gen<CursorPosition> Positions = Gen.OneOf(
        from days in Gen.Choose(0, 60_000)
        from ticks in Gen.Choose(0, int.MaxValue)
        from id in Guids
        select (CursorPosition)new CursorPosition.Made(DateTimeOffset.UnixEpoch.AddDays(days).AddTicks(ticks), id),
        from generation in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        from high in Gen.Choose(int.MinValue, int.MaxValue)
        from id in Guids
        select (CursorPosition)new CursorPosition.Logged(generation, ((ulong)(uint)high << 32) | (uint)low, id),
        from length in Gen.Choose(1, 128)
        from name in Gen.Elements("abcXYZ019_-:@.".ToCharArray()).ArrayOf(length)
        select (CursorPosition)new CursorPosition.Named(new string(name)));

    [Fact]
    public void A_position_comes_back_as_it_went() => Prop.ForAll(Positions.ToArbitrary(), position =>
        Equals(position, Codec.Read(Codec.Write(position, Scope), Scope))).QuickCheckThrowOnFailure();

    [Fact]
    public void It_fits_into_a_query_as_it_stands() => Prop.ForAll(Positions.ToArbitrary(), position =>
        Codec.Write(position, Scope) is { Length: <= 200 } text && Uri.EscapeDataString(text) == text).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_change_of_one_character_makes_it_invalid() => Prop.ForAll(
        (from position in Positions
         let text = Codec.Write(position, Scope)
         from at in Gen.Choose(0, text.Length - 1)
         from c in Gen.Frequency(
             (4, Gen.Elements("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_= +/".ToCharArray())),
             (1, Gen.Choose(0, char.MaxValue).Select(c => (char)c)))
         from how in Gen.Choose(0, 2)
         select (text, changed: how switch
         {
             0 => $"{text[..at]}{c}{text[(at + 1)..]}",
             1 => text.Remove(at, 1),
             _ => text.Insert(at, c.ToString()),
         })).ToArbitrary(),
        t => t.changed == t.text || Codec.Read(t.changed, Scope) is null)
        .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void It_is_good_for_its_own_tenant_list_and_filter_only() => Prop.ForAll(Positions.ToArbitrary(), position =>
    {
        var text = Codec.Write(position, Scope);
        return Codec.Read(text, Scope with { Tenant = Guid.Empty }) is null
            && Codec.Read(text, Scope with { List = "deliveries" }) is null
            && Codec.Read(text, Scope with { Filter = "status=sent" }) is null
            && Codec.Read(text, Scope with { List = "notificationsstatus=", Filter = "failed" }) is null
            && new Cursor(new byte[32]).Read(text, Scope) is null;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_at_all_is_refused_without_a_fault() => Prop.ForAll<string?>(text =>
        Codec.Read(text, Scope) is null).QuickCheckThrowOnFailure();
}
