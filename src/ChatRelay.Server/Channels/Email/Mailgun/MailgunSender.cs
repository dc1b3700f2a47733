using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Email.Mailgun;

/// <summary>Mail through a tenant's Mailgun domain.</summary>
internal sealed class MailgunSender(OutboundHttp http, RelayClock clock, Chance chance) : IChannelSender
{
    public ChannelKind Channel => ChannelKind.Email;
    public string Type => "mailgun";

    public async Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct)
    {
        var email = (SendRequest.Email)send;
        var account = (ProviderAccount.Mailgun)email.Account;
        var client = new MailgunClient(new MailApi(http, email, account.Eu ? MailgunClient.Eu : MailgunClient.Us), account.ApiKey, chance);
        var reply = await client.SendMessageAsync(account.Domain, MailgunMessage.Of(email.Message, email.Delivery), ct);
        return MailgunAnswers.OutcomeOf(reply, clock.GetUtcNow());
    }
}
