using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Settings;

namespace ChatRelay.Channels.Email.SendGrid;

/// <summary>SendGrid's Web API v3.</summary>
internal sealed class SendGridClient(MailApi api, Secret apiKey)
{
    public const string Global = "https://api.sendgrid.com", Eu = "https://api.eu.sendgrid.com";

    public async Task<OutboundReply> SendEmailAsync(SendGridMessage message, CancellationToken ct)
    {
        using var body = RentedBody.OfJson(message, SendGridJson.Default.SendGridMessage, message.Expected);
        return await api.PostAsync(new(api.At("/v3/mail/send"), body, "application/json")
        {
            Headers = [new("Authorization", $"Bearer {apiKey.Reveal()}")],
            Secrets = [apiKey.Reveal()],
        }, ct);
    }
}
