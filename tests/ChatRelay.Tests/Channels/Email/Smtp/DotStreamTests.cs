using System.Text;
using ChatRelay.Channels.Email.Smtp;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Channels.Email.Smtp;

public sealed class DotStreamTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<string> WriteAsync(string mail, int piece = int.MaxValue)
    {
        var wire = new MemoryStream();
        using var body = new DotStream(wire);
        var bytes = Encoding.Latin1.GetBytes(mail);
        for (var at = 0; at < bytes.Length; at += Math.Min(piece, bytes.Length - at)) await body.WriteAsync(bytes.AsMemory(at, Math.Min(piece, bytes.Length - at)), Ct);
        body.End();
        await body.FlushAsync(Ct);
        return Encoding.Latin1.GetString(wire.ToArray());
    }

    [Theory]
    [InlineData("", ".\r\n"), InlineData("a", "a\r\n.\r\n"), InlineData("a\r\n", "a\r\n.\r\n"), InlineData(".", "..\r\n.\r\n"), InlineData("a\r\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n"), InlineData("..a\r\n...", "...a\r\n....\r\n.\r\n"), InlineData("a.b\r\n", "a.b\r\n.\r\n")]
    public async Task A_dot_that_begins_a_line_is_doubled(string mail, string wire) => Assert.Equal(wire, await WriteAsync(mail));

    [Theory]
    [InlineData("a\nb"), InlineData("a\r"), InlineData("a\rb"), InlineData("\n.\n"), InlineData("\r.\r"), InlineData("a\r\r\n"), InlineData("\n"), InlineData("a\r\n\n")]
    public async Task A_lone_CR_or_LF_never_leaves(string mail)
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => WriteAsync(mail));
        await Assert.ThrowsAsync<InvalidOperationException>(() => WriteAsync(mail, piece: 1));
    }

    [Fact]
    public void What_a_server_takes_off_is_what_was_put_on_whatever_the_pieces() => Prop.ForAll(
        Gen.Elements("", ".", "..", ".a", "a", "QUIT", new string('x', 900), new string('.', 40_000), "a.b").ArrayOf().ToArbitrary(), ArbMap.Default.ArbFor<PositiveInt>(),
        (lines, piece) =>
        {
            var mail = string.Concat(lines.Select(line => line + "\r\n"));
            var wire = WriteAsync(mail, piece.Get).Result;
            if (!wire.EndsWith(".\r\n", StringComparison.Ordinal)) return false;
            var seen = wire[..^3].Split("\r\n")[..^1];
            return seen.All(line => line != ".") && string.Concat(seen.Select(line => (line.StartsWith('.') ? line[1..] : line) + "\r\n")) == mail;
        }).QuickCheckThrowOnFailure();
}
