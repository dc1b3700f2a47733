using System.Text;
using System.Text.RegularExpressions;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Mime;
using ChatRelay.TestKit.Mail;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Channels.Email.Mime;

/// <summary>Whatever the strings are: also those that no intake lets through.</summary>
public sealed partial class MimePropertyTests
{
    private static readonly string[] Hostile =
    [
        "\r\nBcc: x@evil.example\r\n", "\nBcc: x@evil.example", "\rBcc: x@evil.example", "\r\n\r\n<script>", "\n.\n", "\r.\r", "\r\n.\r\n", "\0", "\u0085Bcc: x", "\u2028", "=?UTF-8?Q?=0D=0ABcc:?=", "=\0?UTF-8?Q?=0D=0A?=", "\ud800", "\udfff\ud800", "\"", "\\", ">", "<", ",", ";", ":", "\t", "  ",
        "=_mixed_", "--", "\r\n--=_mixed_", "From ", ".", "..", "ü", "🎈", "\u202e", "a@b.example", "x", " ", "=", "%0d%0a", "*0*=", "''", "\u007f", "\u001b[0m",
    ];

    private static readonly Gen<string> Strings = Gen.Frequency(
        (3, Gen.Elements(Hostile).ArrayOf().Select(string.Concat)),
        (2, Gen.Choose(0, 0xFFFF).ArrayOf().Select(units => new string([.. units.Select(unit => (char)unit)]))),
        (1, Gen.Choose(0, 1500).SelectMany(length => Gen.Elements(Hostile).Select(part => new StringBuilder().Insert(0, part, length).ToString()))),
        (1, Gen.Elements(OddMail.Subjects.ToArray())));

    private static readonly Gen<Mailbox> Boxes = from email in Strings from name in Strings select new Mailbox(email, name);

    private static readonly Gen<EmailAttachment> Files =
        from name in Strings
        from type in Strings
        from id in Strings
        from content in Strings
        from inline in Gen.Elements(true, false)
        select new EmailAttachment(name, type, Encoding.UTF8.GetBytes(content), inline ? id : null);

    private static readonly Gen<EmailMessage> Mails =
        from id in Strings
        from box in Boxes.ListOf(3)
        from cc in Boxes.ListOf()
        from subject in Strings
        from text in Strings
        from html in Strings
        from shape in Gen.Choose(0, 7)
        from names in Strings.ListOf(3)
        from values in Strings.ListOf(3)
        from files in Files.ListOf()
        select new EmailMessage
        {
            MessageId = id,
            From = box[0],
            To = box[1],
            Cc = [.. cc],
            Bcc = [new("hidden@example.com", "Hidden")],
            ReplyTo = [box[2]],
            Subject = subject,
            Text = (shape & 1) == 0 ? text : null,
            Html = (shape & 2) == 0 ? html : null,
            Attachments = (shape & 4) == 0 ? [.. files] : [],
            Headers = [.. names.Append("X-Odd").Append("bcc").Zip(values.Append(subject).Append("x@evil.example"), KeyValuePair.Create)],
            Unsubscribe = new("https://relay.example/u/t"),
        };

    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(300);

    [Fact]
    public void Nothing_but_ASCII_without_controls_in_lines_of_at_most_998_that_end_in_CRLF_and_begin_with_no_dot() => Prop.ForAll(Mails.ToArbitrary(), mail =>
    {
        var text = TextOf(mail);
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        Assert.All(text.Split("\r\n"), line => Assert.True(line.Length <= 998 && !line.StartsWith('.') && line.All(c => c is >= ' ' and <= '~' or '\t')));
    }).Check(Many);

    [Fact]
    public void No_string_adds_a_header_or_ends_the_head() => Prop.ForAll(Mails.ToArbitrary(), mail =>
    {
        var head = TextOf(mail).Split("\r\n\r\n")[0];
        var names = NamesOf(head);
        string[] own = ["From", "To", .. mail.Cc.Count > 0 ? (string[])["Cc"] : [], "Reply-To", "Subject", "Message-ID", "Date", "List-Unsubscribe", "List-Unsubscribe-Post"];
        Assert.Equal(own, names.Take(own.Length));
        var custom = names[own.Length..^names.Reverse().TakeWhile(name => name.StartsWith("Content-", StringComparison.Ordinal)).Count()];
        Assert.Equal("MIME-Version", custom[^1]);
        Assert.Equal(mail.Headers.Select(h => h.Key).Where(CustomHeaders.IsName).Where(name => !CustomHeaders.IsOurs(name)), custom[..^1]);
        Assert.Contains("X-Odd", custom);
        Assert.DoesNotContain("hidden@example.com", head, StringComparison.Ordinal);
    }).Check(Many);

    [Fact]
    public void No_string_adds_a_part_or_a_header_to_one() => Prop.ForAll(Mails.ToArbitrary(), mail =>
    {
        var parts = Boundaries().Split(TextOf(mail))[1..];
        var leaves = parts.Where(part => part.Contains("\r\n\r\n", StringComparison.Ordinal)).Select(part => NamesOf(part.Split("\r\n\r\n")[0].TrimStart())).ToList();
        string[] known = ["Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID"];
        Assert.All(leaves, names => Assert.Empty(names.Except(known)));
        var said = Math.Max(1, (mail.Text is null ? 0 : 1) + (mail.Html is null ? 0 : 1));
        var expected = said + mail.Attachments.Count is 1 ? 0 : said + mail.Attachments.Count;
        Assert.Equal(expected, leaves.Count(names => names.Contains("Content-Transfer-Encoding")));
    }).Check(Many);

    [Fact]
    public void An_encoded_word_is_whole_characters_without_a_line_break_and_at_most_75_long() => Prop.ForAll(Mails.ToArbitrary(), mail =>
    {
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        foreach (Match word in Words().Matches(TextOf(mail).Split("\r\n\r\n")[0]))
        {
            var bytes = word.Groups[1].Value == "B" ? Convert.FromBase64String(word.Groups[2].Value) : Encoding.Latin1.GetBytes(Octets().Replace(word.Groups[2].Value, m => $"{(char)Convert.ToByte(m.Groups[1].Value, 16)}"));
            Assert.DoesNotContain(strict.GetString(bytes), c => char.IsControl(c) || c is '\u2028' or '\u2029');
            Assert.True(word.Length <= 75);
        }
    }).Check(Many);

    [Fact]
    public void Nothing_turns_the_writing_of_a_persons_or_a_files_name()
    {
        var mail = MailCorpus.Plain("turned") with { From = new("a@example.com", "gpj\u202e.x"), Attachments = [new("\u2066evil\u202egpj.exe", "image/jpeg", default)] };
        Assert.Contains("From: gpj.x <a@example.com>", TextOf(mail).Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("filename=\"evilgpj.exe\"", TextOf(mail), StringComparison.Ordinal);
    }

    private static string TextOf(EmailMessage mail) => Encoding.Latin1.GetString(Rendered.Of(mail));

    private static string[] NamesOf(string head) => [.. Fold().Replace(head, "").Split("\r\n").Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)])];

    [GeneratedRegex("=([0-9A-F]{2})")]
    private static partial Regex Octets();

    [GeneratedRegex("(?:^|\r\n)--=_[a-z]+_[0-9a-f]{24}(?:--)?(?=\r\n)")]
    private static partial Regex Boundaries();

    [GeneratedRegex("\r\n(?=[ \t])")]
    private static partial Regex Fold();

    [GeneratedRegex(@"=\?UTF-8\?([BQ])\?([!->@-~]*)\?=")]
    private static partial Regex Words();
}
