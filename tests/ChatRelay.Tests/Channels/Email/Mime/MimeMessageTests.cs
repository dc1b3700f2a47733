using System.Text;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Mime;
using ChatRelay.TestKit.Mail;

namespace ChatRelay.Tests.Channels.Email.Mime;

public sealed class MimeMessageTests
{
    private static readonly EmailAttachment Logo = new("logo.png", "image/png", new byte[] { 1, 2, 3 }, "logo");
    private static readonly EmailAttachment Terms = new("terms.pdf", "application/pdf", new byte[] { 4, 5, 6 });

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void A_plain_mail_is_this() => Assert.Equal(
        """
        From: Ann <ann@example.com>
        To: bob@example.com
        Subject: =?UTF-8?B?R3LDvMOfZQ==?=
        Message-ID: <dlv_1@chatrelay.invalid>
        Date: Sun, 01 Mar 2026 12:00:00 +0000
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Hello Bob,
        =2E
        =46rom K=C3=B6ln=20

        """.ReplaceLineEndings("\r\n"),
        TextOf(new()
        {
            MessageId = "dlv_1@chatrelay.invalid",
            From = new("ann@example.com", "Ann"),
            To = new("bob@example.com"),
            Bcc = [new("eve@example.com")],
            Subject = "Grüße",
            Text = "Hello Bob,\n.\nFrom Köln \n",
        }));

    [Fact]
    public void Texts_are_alternatives_images_belong_to_the_html_and_files_come_after()
    {
        var mail = MailCorpus.Plain("tree") with { Html = "<img src=\"cid:logo\">", Attachments = [Terms, Logo] };
        Assert.Equal("mixed(alternative(text/plain related(text/html image/png)) application/pdf)", TreeOf(mail));
        Assert.Equal("mixed(related(text/html image/png) application/pdf)", TreeOf(mail with { Text = null }));
        Assert.Equal("mixed(text/plain application/pdf image/png)", TreeOf(mail with { Html = null }));
        Assert.Equal("alternative(text/plain related(text/html image/png))", TreeOf(mail with { Attachments = [Logo] }));
        Assert.Equal("alternative(text/plain text/html)", TreeOf(mail with { Attachments = [] }));
        Assert.Equal("text/html", TreeOf(mail with { Text = null, Attachments = [] }));
        Assert.Equal("text/plain", TreeOf(mail with { Text = null, Html = null, Attachments = [] }));
    }

    [Fact]
    public void Two_files_that_are_the_same_are_two_files() =>
        Assert.Equal("mixed(text/plain application/pdf application/pdf)", TreeOf(MailCorpus.Plain("twice") with { Attachments = [Terms, Terms] }));

    [Theory]
    [InlineData("multipart/mixed"), InlineData("message/rfc822"), InlineData("Message/Partial"), InlineData("text"), InlineData("text/plain; charset=x"), InlineData("text/plain\r\nX: y"), InlineData("")]
    public void A_file_that_would_be_read_as_parts_of_the_mail_is_sent_as_bytes(string type) =>
        Assert.Equal("mixed(text/plain application/octet-stream)", TreeOf(MailCorpus.Plain("type") with { Attachments = [Terms with { ContentType = type }] }));

    [Fact]
    public void A_way_to_leave_is_one_click()
    {
        var text = TextOf(MailCorpus.Plain("leave") with { Broadcast = true, Unsubscribe = new("https://relay.example/u/token") });
        Assert.Contains("\r\nList-Unsubscribe: <https://relay.example/u/token>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("List-Unsubscribe", TextOf(MailCorpus.Plain("stay")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("From"), InlineData("TO"), InlineData("cc"), InlineData("Bcc"), InlineData("Subject"), InlineData("Date"), InlineData("Message-Id"), InlineData("Reply-To"), InlineData("Sender"), InlineData("Return-Path")]
    [InlineData("MIME-Version"), InlineData("Content-Type"), InlineData("content-foo"), InlineData("Resent-From"), InlineData("ARC-Seal"), InlineData("DKIM-Signature"), InlineData("Received"), InlineData("Received-SPF")]
    [InlineData("Authentication-Results"), InlineData("List-Unsubscribe"), InlineData("List-Unsubscribe-Post"), InlineData("X Y"), InlineData("X:Y"), InlineData(".X"), InlineData("ü"), InlineData(""), InlineData("X\r\nBcc")]
    public void A_header_that_is_not_the_tenants_to_set_is_left_out(string name) =>
        Assert.DoesNotContain("x@evil.example", TextOf(MailCorpus.Plain("own") with { Headers = [new(name, "x@evil.example")] }), StringComparison.Ordinal);

    [Fact]
    public void A_mail_for_nobody_named_says_so() =>
        Assert.Contains("\r\nTo: undisclosed-recipients:;\r\n", TextOf(MailCorpus.Plain("nobody") with { To = new("") }), StringComparison.Ordinal);

    [Fact]
    public void The_same_mail_is_the_same_bytes_and_another_id_makes_other_boundaries()
    {
        var mail = MailCorpus.Plain("one") with { Html = "<p>" };
        Assert.Equal(TextOf(mail), TextOf(mail with { Subject = "Hello" }));
        Assert.NotEqual(BoundaryOf(TextOf(mail)), BoundaryOf(TextOf(mail with { MessageId = "two@chatrelay.invalid" })));
    }

    [Fact]
    public async Task Ten_megabytes_are_written_in_small_pieces_and_copied_nowhere()
    {
        var mail = MailCorpus.Plain("big") with { Attachments = [Terms with { Content = new byte[10 << 20] }] };
        await MimeMessage.Of(mail, Rendered.Noon).WriteToAsync(new Sink(), Ct); // the pool has its array from now on
        var sink = new Sink();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = MimeMessage.Of(mail, Rendered.Noon);
        var writing = message.WriteToAsync(sink, Ct);
        Assert.True(writing.IsCompleted); // on this thread throughout, or the count below would mean nothing
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 100_000);
        await writing;
        Assert.Equal(message.Size, sink.Length);
        Assert.InRange(sink.Largest, 1, MimePiece.Scratch);
    }

    private static string TextOf(EmailMessage mail) => Encoding.ASCII.GetString(Rendered.Of(mail));

    private static string BoundaryOf(string text) => text.Split("boundary=\"")[1].Split('"')[0];

    private static string TreeOf(EmailMessage mail) => TreeOf(MimeTree.Of(mail));

    private static string TreeOf(MimePart part)
    {
        var type = part.Headers[0].Text.Split(["Content-Type: ", ";", "\r\n"], StringSplitOptions.RemoveEmptyEntries)[0];
        return part is MimePart.Several several ? $"{type["multipart/".Length..]}({string.Join(' ', several.Parts.Select(TreeOf))})" : type;
    }

    private sealed class Sink : MemoryStream
    {
        private long _length;
        public int Largest { get; private set; }
        public override long Length => _length;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _length += buffer.Length;
            Largest = Math.Max(Largest, buffer.Length);
            return default;
        }
    }
}
