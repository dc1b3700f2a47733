using System.Text;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Settings;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Email.Mailgun;

/// <summary>Mailgun's Messages API, version 3.</summary>
internal sealed class MailgunClient(MailApi api, Secret apiKey, Chance chance)
{
    public const string Us = "https://api.mailgun.net", Eu = "https://api.eu.mailgun.net";

    public async Task<OutboundReply> SendMessageAsync(string domain, MailgunMessage message, CancellationToken ct)
    {
        using var body = new RentedBody(message.Expected);
        var form = new MultipartForm(body, $"relay{NewBoundary()}");
        message.WriteTo(form);
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"api:{apiKey.Reveal()}"));
        return await api.PostAsync(new(api.At($"/v3/{Uri.EscapeDataString(domain)}/messages"), body, form.ContentType)
        {
            Headers = [new("Authorization", $"Basic {basic}")],
            Secrets = [apiKey.Reveal(), basic],
        }, ct);
    }

    private string NewBoundary()
    {
        Span<byte> bytes = stackalloc byte[16];
        chance.Fill(bytes);
        return Convert.ToHexString(bytes);
    }
}
