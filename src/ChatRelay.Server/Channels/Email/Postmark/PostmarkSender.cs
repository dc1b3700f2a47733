using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Email.Postmark;

/// <summary>Mail through a tenant's Postmark account; what would wait behind the account's own calls goes out as a batch.</summary>
internal sealed class PostmarkSender : IChannelSender
{
    private readonly OutboundHttp _http;
    private readonly RelayClock _clock;
    private readonly PostmarkLines _lines;

    public PostmarkSender(OutboundHttp http, RelayClock clock) => (_http, _clock, _lines) = (http, clock, new(SendTogetherAsync));

    public ChannelKind Channel => ChannelKind.Email;
    public string Type => "postmark";

    public Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct) => _lines.SendAsync((SendRequest.Email)send, ct);

    // No token: the call belongs to several sends, and its deadline ends it.
    private async Task<IReadOnlyList<SendOutcome>> SendTogetherAsync(IReadOnlyList<SendRequest.Email> mails)
    {
        var client = new PostmarkClient(new MailApi(_http, mails[0], PostmarkClient.Public), ((ProviderAccount.Postmark)mails[0].Account).ServerToken);
        if (mails.Count == 1)
        {
            var reply = await client.SendMessageAsync(MessageOf(mails[0]), CancellationToken.None);
            return [PostmarkAnswers.OutcomeOf(reply, mails[0].Message.To.Email, _clock.GetUtcNow())];
        }

        var answer = await client.SendMessagesAsync([.. mails.Select(MessageOf)], CancellationToken.None);
        var outcomes = PostmarkBatch.OutcomesOf(answer, [.. mails.Select(mail => mail.Message.To.Email)], _clock.GetUtcNow());
        // Refused as a whole, none of them was taken: halved until the culprit stands alone.
        if (answer.Status < 300 || outcomes[0] is not SendOutcome.Refused) return outcomes;
        var half = mails.Count / 2;
        return [.. await SendTogetherAsync([.. mails.Take(half)]), .. await SendTogetherAsync([.. mails.Skip(half)])];
    }

    private static PostmarkMessage MessageOf(SendRequest.Email mail) =>
        PostmarkMessage.Of(mail.Message, mail.Delivery, ((ProviderAccount.Postmark)mail.Account).MessageStream);
}
