using System.Text;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Channels.Email.Smtp;

public sealed class SmtpReplyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<SmtpReply> ReadAsync(string bytes) => await new SmtpReplyReader().ReadAsync(new MemoryStream(Encoding.Latin1.GetBytes(bytes)), Ct);

    [Theory]
    [InlineData("250 Ok\r\n", 250, null), InlineData("250\r\n", 250, null), InlineData("250 \r\n", 250, null), InlineData("250-\r\n250\r\n", 250, null)]
    [InlineData("550 5.1.1 no\r\n", 550, "5.1.1"), InlineData("250 2.0.0\r\n", 250, "2.0.0"), InlineData("421-hm\r\n421 4.3.2 bye\r\n", 421, "4.3.2")]
    [InlineData("550 5.1.1000 no\r\n", 550, null), InlineData("550 3.1.1 no\r\n", 550, null), InlineData("550 5.1 no\r\n", 550, null), InlineData("550 5.1.1.1 no\r\n", 550, null), InlineData("550 192.168.0.1\r\n", 550, null)]
    public async Task An_answer_is_its_code_and_perhaps_an_enhanced_status(string bytes, int code, string? status)
    {
        var reply = await ReadAsync(bytes);
        Assert.Equal((code, status, bytes), (reply.Code, reply.Status?.ToString(), reply.Text));
    }

    [Theory]
    [InlineData("250 Ok\n"), InlineData("250 O\rk\r\n"), InlineData("\r\n"), InlineData("25\r\n"), InlineData("2500 Ok\r\n"), InlineData("250+Ok\r\n"), InlineData("abc Ok\r\n"), InlineData("150 Ok\r\n"), InlineData("600 Ok\r\n")]
    [InlineData("250-one\r\n251 two\r\n"), InlineData(" 250 Ok\r\n"), InlineData("250-one\r\n\r\n250 Ok\r\n")]
    public async Task What_is_not_quite_an_answer_is_none(string bytes) => Assert.Equal(Outcome.ProtocolError, (await ReadAsync(bytes)).Failure?.Outcome);

    [Theory]
    [InlineData(""), InlineData("2"), InlineData("250 Ok"), InlineData("250 Ok\r"), InlineData("250-Ok\r\n"), InlineData("250-Ok\r\n250")]
    public async Task An_answer_that_breaks_off_is_none(string bytes) => Assert.Equal(Outcome.ConnectionError, (await ReadAsync(bytes)).Failure?.Outcome);

    [Fact]
    public async Task Lines_may_be_as_long_as_servers_make_them()
    {
        Assert.Equal(250, (await ReadAsync($"250 {new string('x', SmtpReplyReader.MaxLine - 6)}\r\n")).Code);
        Assert.Equal(Outcome.ProtocolError, (await ReadAsync($"250 {new string('x', SmtpReplyReader.MaxLine - 5)}\r\n")).Failure?.Outcome);
    }

    [Theory, InlineData("2"), InlineData("250-x\r\n"), InlineData("250-"), InlineData("\0")]
    public async Task What_never_ends_is_left_after_a_bounded_number_of_bytes(string piece)
    {
        var endless = new EndlessStream(Encoding.Latin1.GetBytes(piece));
        var reply = await new SmtpReplyReader().ReadAsync(endless, Ct);
        Assert.Equal(Outcome.ProtocolError, reply.Failure?.Outcome);
        Assert.InRange(endless.Given, 1, SmtpReplyReader.MaxBytes + SmtpReplyReader.MaxLine);
    }

    [Fact]
    public async Task Answers_are_read_one_by_one_however_their_bytes_arrive()
    {
        var whole = Encoding.ASCII.GetBytes("250-one\r\n250 two\r\n354 go\r\n550 5.1.1 no\r\n");
        for (var piece = 1; piece <= whole.Length; piece++)
        {
            var (reader, stream) = (new SmtpReplyReader(), new PieceStream(whole, piece));
            foreach (var code in new[] { 250, 354, 550 }) Assert.Equal(code, (await reader.ReadAsync(stream, Ct)).Code);
            Assert.False(reader.HasUnread);
        }
    }

    [Fact]
    public void An_offer_is_read_as_servers_write_it()
    {
        var offer = SmtpOffer.Of(SmtpReply.Of(250, "250-PIPELINING is my name\r\n250-pipelining\r\n250-Size 1000\r\n250-AUTH=LOGIN\r\n250-AUTH plain XOAUTH2\r\n250-STARTTLSX\r\n250 STARTTLS\r\n"));
        Assert.Equal((true, true, true, 1000L), (offer.StartTls, offer.Pipelining, offer.Size, offer.MaxSize));
        Assert.Equal(["LOGIN", "PLAIN", "XOAUTH2"], offer.Auth);

        var none = SmtpOffer.Of(SmtpReply.Of(250, "250 STARTTLS PIPELINING\r\n")); // a greeting, not an offer
        Assert.Equal((false, false, false, null), (none.StartTls, none.Pipelining, none.Size, none.MaxSize));
        foreach (var unbounded in new[] { "SIZE", "SIZE 0", "SIZE -1", "SIZE 99999999999999999999" })
            Assert.Equal((true, null), SmtpOffer.Of(SmtpReply.Of(250, $"250-x\r\n250 {unbounded}\r\n")) is var read ? (read.Size, read.MaxSize) : default);
    }

    private sealed class PieceStream(byte[] whole, int piece) : MemoryStream(whole)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }

    private sealed class EndlessStream(byte[] piece) : MemoryStream
    {
        public int Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var i = 0; i < buffer.Length; i++) buffer.Span[i] = piece[Given++ % piece.Length];
            return new(buffer.Length);
        }
    }
}
