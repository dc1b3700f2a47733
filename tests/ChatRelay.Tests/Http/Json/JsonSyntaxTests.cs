using System.Text;
using ChatRelay.Http.Json;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Http.Json;

public sealed class JsonSyntaxTests
{
    private static SyntaxFault? FaultOf(ReadOnlySpan<byte> body)
    {
        using var syntax = JsonSyntax.Read(body.ToArray());
        Assert.Equal(syntax.Fault is null, syntax.Document is not null);
        return syntax.Fault;
    }

    [Theory]
    [InlineData("", 0, "empty")]
    [InlineData("\uFEFF{}", 0, "byte order mark")]
    [InlineData("{", 1, "valid JSON")]
    [InlineData("{} {}", 3, "valid JSON")]
    [InlineData("\n\n {x}", 4, "valid JSON")]
    [InlineData("{\"a\":1,}", 7, "valid JSON")]
    [InlineData("{'a':1}", 1, "valid JSON")]
    [InlineData("{\"a\":01}", 6, "valid JSON")]
    [InlineData("{\"a\":NaN}", 5, "valid JSON")]
    [InlineData("/* x */ {}", 0, "valid JSON")]
    [InlineData("{\"a\":\"\u0000\"}", 6, "valid JSON")]
    [InlineData("{\"a\":1,\"b\":2,\"a\":3}", 13, "same member twice")]
    [InlineData("{\"a\":1,\"\\u0061\":3}", 7, "same member twice")]
    [InlineData("[{\"x\":{\"a\":1,\"a\":1}}]", 13, "same member twice")]
    [InlineData("{\"a\":\"\\u0000\"}", 6, "NUL")]
    [InlineData("{\"a\\u0000\":1}", 3, "NUL")]
    [InlineData("[\"\\ud83d\"]", 2, "surrogate")]
    [InlineData("[\"\\ude00\"]", 2, "surrogate")]
    [InlineData("[\"\\ude00\\ud83d\"]", 2, "surrogate")]
    [InlineData("[\"\\ud83d\\ud83d\\ude00\"]", 2, "surrogate")]
    [InlineData("[\"\\ud83d\\n\"]", 2, "surrogate")]
    [InlineData("[\"\\u12\"]", 6, "valid JSON")]
    [InlineData("[\"\\x\"]", 3, "valid JSON")]
    [InlineData("\\", 0, "valid JSON")]
    public void A_broken_body_is_refused_with_its_place(string body, int position, string reason)
    {
        var fault = FaultOf(Encoding.UTF8.GetBytes(body));
        Assert.NotNull(fault);
        Assert.Contains(reason, fault.Detail, StringComparison.Ordinal);
        Assert.Equal(position, fault.Position);
    }

    [Theory]
    [InlineData("[\"\\\\u0000\"]")]
    [InlineData("[\"\\\\\\\\ud83d\"]")]
    [InlineData("[\"\\ud83d\\ude00\"]")]
    [InlineData("[{\"a\":1},{\"a\":1}]")]
    [InlineData(" {\"a\":{\"a\":1}} \r\n")]
    [InlineData("1e999")]
    public void A_sound_body_passes(string body) => Assert.Null(FaultOf(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData(new byte[] { (byte)'"', 0xC3, 0x28, (byte)'"' }, 1)]
    [InlineData(new byte[] { (byte)'"', 0xC0, 0x80, (byte)'"' }, 1)]
    [InlineData(new byte[] { (byte)'"', 0xED, 0xA0, 0x80, (byte)'"' }, 1)]
    [InlineData(new byte[] { (byte)'"', (byte)'a', 0xF0, 0x9F, 0x98 }, 2)]
    [InlineData(new byte[] { 0x7B, 0x00, 0x7D, 0x00 }, 1)]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x7B, 0x00 }, 0)]
    public void What_is_not_UTF8_is_refused(byte[] body, int position) => Assert.Equal(position, FaultOf(body)?.Position);

    [Fact]
    public void Thirty_two_levels_are_read_and_no_more()
    {
        Assert.Null(FaultOf(Encoding.UTF8.GetBytes(new string('[', 32) + new string(']', 32))));
        Assert.NotNull(FaultOf(Encoding.UTF8.GetBytes(new string('[', 33) + new string(']', 33))));
        Assert.NotNull(FaultOf(Encoding.UTF8.GetBytes(new string('[', 1_000_000))));
        Assert.NotNull(FaultOf(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 100_000)))));
    }

    [Fact]
    public void Any_bytes_at_all_end_in_a_document_or_a_fault_within_them() => Prop.ForAll<byte[]>(body =>
        FaultOf(body) is not { } fault || (fault.Position >= 0 && fault.Position <= body.Length)).QuickCheckThrowOnFailure();

    private static readonly Gen<string> Pieces = Gen.Elements(
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u0061\"", "\"b\"", "1", "-", "1e999", "true", "null", "\"\\ud800\"", "\"\\u0000\"", "\\", "\"", " ", "\n", "é", "\u0001");

    [Fact]
    public void Any_pieces_of_json_end_in_a_document_or_a_fault_within_them() => Prop.ForAll(
        Pieces.ArrayOf().Select(string.Concat).ToArbitrary(),
        text => FaultOf(Encoding.UTF8.GetBytes(text)) is not { } fault || (fault.Position >= 0 && fault.Position <= Encoding.UTF8.GetByteCount(text)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
}
