using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Email.Ses;

/// <summary>Mail through a tenant's Amazon SES account.</summary>
internal sealed class SesSender(OutboundHttp http, RelayClock clock) : IChannelSender
{
    public ChannelKind Channel => ChannelKind.Email;
    public string Type => "ses";

    public async Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct)
    {
        var email = (SendRequest.Email)send;
        var account = (ProviderAccount.Ses)email.Account;
        var client = new AmazonSimpleEmailServiceV2Client(new MailApi(http, email, AmazonSimpleEmailServiceV2Client.Public(account.Region)), account, clock);
        var request = SendEmailRequest.Of(email.Message, email.Delivery, account.ConfigurationSet, clock.GetUtcNow());
        return SesAnswers.OutcomeOf(await client.SendEmailAsync(request, ct), clock.GetUtcNow());
    }
}
