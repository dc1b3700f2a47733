using ChatRelay.Channels;
using ChatRelay.Channels.Email.Mime;
using ChatRelay.TestKit.Mail;

namespace ChatRelay.Tests.Channels.Email.Mime;

/// <summary>The corpus, rendered by us and read by npm mailparser: what comes out equals what went in.</summary>
public sealed class MailCorpusTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_mail_of_the_corpus_comes_out_as_it_went_in()
    {
        var parsed = await ParsedMail.ReadAsync(MailCorpus.All.Select(Rendered.Of), Ct);
        Assert.Equal(MailCorpus.All.Count, parsed.Length);
        Assert.InRange(parsed.Length, 300, 1000);
        Assert.Empty(MailCorpus.All.Zip(parsed).SelectMany(pair => MailDifferences.Of(pair.First, pair.Second)));
        Assert.All(parsed, mail => Assert.Equal(Noon, mail.Date));
    }
}

/// <summary>A mail's bytes.</summary>
internal static class Rendered
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static byte[] Of(EmailMessage mail) => Of(mail, null);

    public static byte[] Of(EmailMessage mail, DkimSigner? dkim)
    {
        var message = MimeMessage.Of(mail, Noon, dkim);
        var to = new MemoryStream();
        message.WriteToAsync(to, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        Assert.Equal(message.Size, to.Length);
        return to.ToArray();
    }
}
