using System.Text.Json;
using System.Text.Json.Nodes;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Http.Json;

public sealed class RoundTripTests
{
    private static readonly Gen<string> Names = Gen.Elements("chair", "é😀", "a\"\\/b", "тест", "\u2028x").Where(n => n.Length >= 2);

    private static readonly Gen<DateTimeOffset> Times =
        from seconds in Gen.Choose(0, int.MaxValue)
        from ms in Gen.Choose(0, 999)
        select DateTimeOffset.FromUnixTimeSeconds(seconds).AddMilliseconds(ms);

    private static readonly Gen<Way?> Ways = Gen.Elements<Way?>(null, new Way.BySea("Kiel"), new Way.ByRoad { Wheels = 4 });

    private static readonly Gen<Order> Orders =
        from name in Names
        from count in Gen.Choose(1, 30)
        from big in Gen.Choose(int.MinValue, int.MaxValue)
        from urgent in Gen.Elements(true, false)
        from at in Times
        from way in Ways
        from tags in Gen.Elements<string[]>(["a"], ["b", "c"])
        from weight in Gen.Choose(int.MinValue, int.MaxValue)
        select new Order
        {
            Name = name,
            Count = count,
            Big = (long)big * big * (big < 0 ? -1 : 1),
            Urgent = urgent,
            At = at,
            Way = way,
            Tags = tags,
            Price = big / 1000m,
            Follows = RelayId.New<NotificationId>(at),
            Data = new RawJson($"[{count}, {weight}]"),
            Counts = new Dictionary<string, int> { ["a"] = 1 },
            Parts = [new Part("p", weight, new Part(name))],
        };

    [Fact]
    public void What_is_written_as_an_answer_is_read_back_equal() => Prop.ForAll(Orders.ToArbitrary(), order =>
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(order, RelayJson.Options);
        using var syntax = JsonSyntax.Read(bytes);
        var faults = new Faults();
        Assert.True(Shape.Of<Order>().TryRead(syntax.Document!.RootElement, faults, out var read), string.Join(';', faults));
        return JsonSerializer.SerializeToUtf8Bytes(read, RelayJson.Options).AsSpan().SequenceEqual(bytes)
            && JsonSerializer.SerializeToUtf8Bytes(JsonSerializer.Deserialize<Order>(bytes, RelayJson.Options), RelayJson.Options).AsSpan().SequenceEqual(bytes);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_member_in_any_order_means_the_same() => Prop.ForAll(Orders.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (order, seed) =>
    {
        var members = JsonSerializer.SerializeToNode(order, RelayJson.Options)!.AsObject().ToArray();
        new Random(seed).Shuffle(members);
        var shuffled = new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone())));
        using var syntax = JsonSyntax.Read(JsonSerializer.SerializeToUtf8Bytes(shuffled, RelayJson.Options));
        return Shape.Of<Order>().TryRead(syntax.Document!.RootElement, new Faults(), out _);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_time_comes_back_to_the_millisecond() => Prop.ForAll(Times.ToArbitrary(), at =>
        Rfc3339.TryParse(Rfc3339.Format(at), out var read) && read == at).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("2026-11-21T10:00:00Z", "2026-11-21T10:00:00.000Z")]
    [InlineData("2026-11-21t10:00:00.123456789z", "2026-11-21T10:00:00.123Z")]
    [InlineData("2026-11-21T10:00:00+14:30", "2026-11-20T19:30:00.000Z")]
    [InlineData("2024-02-29T23:59:59-23:59", "2024-03-01T23:58:59.000Z")]
    [InlineData("2026-02-29T10:00:00Z", null)]
    [InlineData("2026-11-21T10:00:60Z", null)]
    [InlineData("2026-11-21T24:00:00Z", null)]
    [InlineData("2026-11-21 10:00:00Z", null)]
    [InlineData("2026-11-21T10:00:00", null)]
    [InlineData("2026-11-21T10:00:00.Z", null)]
    [InlineData("2026-11-21T10:00:00.1234567890Z", null)]
    [InlineData("2026-11-21T10:00:00+1:00", null)]
    [InlineData("2026-11-21T10:00:00+24:00", null)]
    [InlineData("0000-01-01T00:00:00Z", null)]
    [InlineData("0001-01-01T00:00:00+01:00", null)]
    [InlineData("9999-12-31T23:59:59-01:00", null)]
    [InlineData("+026-11-21T10:00:00Z", null)]
    [InlineData("2026-11-21T10:00:00ZZ", null)]
    [InlineData("２０２６-11-21T10:00:00Z", null)]
    public void A_time_is_read_as_the_RFC_says(string text, string? utc) =>
        Assert.Equal(utc, Rfc3339.TryParse(text, out var at) ? Rfc3339.Format(at) : null);

    [Fact]
    public void An_answer_is_snake_case_with_nulls_and_words()
    {
        var text = JsonSerializer.Serialize(new Order { Name = "ü", Way = new Way.BySea("Kiel"), At = DateTimeOffset.UnixEpoch }, RelayJson.Options);
        Assert.Contains("\"external_id\":null", text, StringComparison.Ordinal);
        Assert.Contains("\"pace\":\"very_fast\"", text, StringComparison.Ordinal);
        Assert.Contains("\"at\":\"1970-01-01T00:00:00.000Z\"", text, StringComparison.Ordinal);
        Assert.Contains("\"way\":{\"type\":\"ship\",\"port\":\"Kiel\"}", text, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"ü\"", text, StringComparison.Ordinal);
    }
}
