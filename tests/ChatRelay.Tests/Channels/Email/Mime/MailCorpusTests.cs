using ChatRelay.TestKit.Mail;

namespace ChatRelay.Tests.Channels.Email.Mime;

/// <summary>The corpus, rendered by us and read by npm mailparser: what comes out equals what went in.</summary>
public sealed class MailCorpusTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_mail_of_the_corpus_comes_out_as_it_went_in()
    {
        var parsed = await ParsedMail.ReadAsync(MailCorpus.All.Select(Rendered.Of), Ct);
        Assert.Equal(MailCorpus.All.Count, parsed.Length);
        Assert.InRange(parsed.Length, 300, 1000);
        Assert.Empty(MailCorpus.All.Zip(parsed).SelectMany(pair => MailDifferences.Of(pair.First, pair.Second)));
        Assert.All(parsed, mail => Assert.Equal(Rendered.Noon, mail.Date));
    }
}
