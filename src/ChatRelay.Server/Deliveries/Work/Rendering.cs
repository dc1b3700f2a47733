using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Secrets;
using ChatRelay.Tenants;

namespace ChatRelay.Deliveries;

/// <summary>Turns a claimed delivery into what its sender takes. Null: there is nothing left to send.</summary>
internal sealed class Rendering(OriginSecrets secrets, TenantCache tenants)
{
    public async ValueTask<SendRequest?> RenderAsync(ClaimedDelivery delivery)
    {
        if (delivery.Parcel is not { } parcel || (parcel.Content is null && parcel.StepContent is null)) return null;
        var content = Content.Of(parcel.Content, parcel.StepContent);
        return delivery.Channel switch
        {
            ChannelKind.Webhook => new SendRequest.Webhook
            {
                Tenant = new TenantId(delivery.Tenant),
                Delivery = new DeliveryId(delivery.Id),
                Allow = await AllowOfAsync(delivery.Tenant),
                Id = new DeliveryId(delivery.Id).ToString(),
                Target = new Uri(parcel.Url!),
                Keys = [secrets.For(delivery.Tenant, new Uri(parcel.Url!))],
                Body = WebhookBody.Render(delivery, parcel, content),
            },
            ChannelKind.Email => new SendRequest.Email
            {
                Tenant = new TenantId(delivery.Tenant),
                Delivery = new DeliveryId(delivery.Id),
                Allow = await AllowOfAsync(delivery.Tenant),
                Account = new ProviderAccount.Sandbox { Id = delivery.Provider!.Value },
                Message = content.ToMail(new DeliveryId(delivery.Id), parcel.ToEmail!),
            },
            _ => null,
        };
    }

    private async ValueTask<OutboundAllow> AllowOfAsync(Guid tenant) => (await tenants.FindAsync(tenant, CancellationToken.None))?.OutboundAllow ?? OutboundAllow.None;
}

/// <summary>A bare URL's secret, derived from its origin: no receiver holds one that passes at another.</summary>
internal sealed class OriginSecrets(LiveKeyRing ring)
{
    public WebhookSecret For(Guid tenant, Uri url) => For(tenant, OutboundUrl.OriginOf(url));

    public WebhookSecret For(Guid tenant, string origin) => WebhookSecret.ForOrigin(ring.Ring.Derive($"webhook origins of {tenant:n}"), origin);
}

/// <summary>The body of a notification's webhook step, the same over all attempts.</summary>
internal static class WebhookBody
{
    public static ReadOnlyMemory<byte> Render(ClaimedDelivery delivery, Parcel parcel, Content content)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(content.Size + (parcel.Metadata?.Length ?? 0) * 3 + 512);
        using var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("type", "notification");
        json.WriteString("timestamp", RelayId.TimeOf(delivery.Notification!.Value).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
        json.WriteStartObject("data");
        json.WriteString("id", new NotificationId(delivery.Notification.Value).ToString());
        if (parcel.ToUser is not null) json.WriteString("user", parcel.ToUser);
        if (parcel.Category is not null) json.WriteString("category", parcel.Category);
        if (parcel.ExternalId is not null) json.WriteString("external_id", parcel.ExternalId);
        json.WritePropertyName("content");
        content.WriteTo(json);
        if (parcel.Metadata is not null)
        {
            json.WritePropertyName("metadata");
            json.WriteRawValue(parcel.Metadata, skipInputValidation: true); // read strictly when it was accepted
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
