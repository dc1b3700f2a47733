using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Email.SendGrid;

/// <summary>Mail through a tenant's SendGrid account.</summary>
internal sealed class SendGridSender(OutboundHttp http, RelayClock clock) : IChannelSender
{
    public ChannelKind Channel => ChannelKind.Email;
    public string Type => "sendgrid";

    public async Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct)
    {
        var email = (SendRequest.Email)send;
        var account = (ProviderAccount.SendGrid)email.Account;
        var client = new SendGridClient(new MailApi(http, email, account.Eu ? SendGridClient.Eu : SendGridClient.Global), account.ApiKey);
        var reply = await client.SendEmailAsync(SendGridMessage.Of(email.Message, email.Delivery), ct);
        return SendGridAnswers.OutcomeOf(reply, clock.GetUtcNow());
    }
}
