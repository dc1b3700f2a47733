using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Channels.Webhook;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Secrets;
using ChatRelay.Suppressions;
using ChatRelay.Tenants;

namespace ChatRelay.Deliveries;

/// <summary>What a claimed delivery turned out to be.</summary>
internal abstract record Rendered
{
    private Rendered() { }

    /// <summary>Ready for its sender; a mail with the account that it goes through, and those that it could go through instead.</summary>
    public sealed record Ready(SendRequest Send, Provider? Account = null) : Rendered
    {
        public IReadOnlyList<Provider> Usable { get; init; } = [];
    }

    /// <summary>It has an outcome without any sender.</summary>
    public sealed record Ended(SendOutcome Outcome) : Rendered;

    /// <summary>A mail to somebody whose address nobody knows.</summary>
    public sealed record NoAddress : Rendered;

    /// <summary>Its account or endpoint is paused or disabled, or its account is gone: nothing begins.</summary>
    public sealed record NoAccount : Rendered;
}

/// <summary>Turns a claimed delivery into what its sender takes.</summary>
internal sealed class Rendering(OriginSecrets secrets, TenantCache tenants, ProviderAccounts accounts, WebhookEndpoints endpoints, UnsubscribeTokens unsubscribes, EventContents contents)
{
    private static readonly Rendered Erased = new Rendered.Ended(new SendOutcome.Refused(Outcome.ProtocolError) { Detail = "The content was erased before it was sent." });
    private static readonly Rendered Forgotten = new Rendered.Ended(new SendOutcome.Refused(Outcome.ProtocolError) { Detail = "The event is not kept any more." });
    private static readonly Rendered Deleted = new Rendered.Ended(new SendOutcome.Refused(Outcome.ProtocolError) { Detail = "The endpoint was deleted before this was sent." });
    private static readonly Rendered Closed = new Rendered.Ended(new SendOutcome.TryLater(Outcome.ProtocolError) { Detail = "What it is sent with cannot be opened: an operator must look at the tenant's data key." });

    public async ValueTask<Rendered> RenderAsync(ClaimedDelivery delivery)
    {
        if (delivery.Notification is null) return delivery.Parcel is { Event: { } happened } of ? await EndpointAsync(delivery, of, form => contents.RenderAsync(delivery.Tenant, happened, form, CancellationToken.None), new Protocol.EventId(happened.Id).ToString()) : Forgotten;
        if (delivery.Parcel is not { } parcel || (parcel.Content is null && parcel.StepContent is null)) return Erased;
        var content = Content.Of(parcel.Content, parcel.StepContent);
        return delivery.Channel switch
        {
            ChannelKind.Webhook when parcel.Endpoint is not null => await EndpointAsync(delivery, parcel, _ => new(WebhookBody.Render(delivery, parcel, content)), new DeliveryId(delivery.Id).ToString()),
            ChannelKind.Webhook => new Rendered.Ready(new SendRequest.Webhook
            {
                Tenant = new TenantId(delivery.Tenant),
                Delivery = new DeliveryId(delivery.Id),
                Allow = await AllowOfAsync(delivery.Tenant),
                Id = new DeliveryId(delivery.Id).ToString(),
                Target = new Uri(parcel.Url!),
                Keys = [secrets.For(delivery.Tenant, new Uri(parcel.Url!))],
                Body = WebhookBody.Render(delivery, parcel, content),
            }),
            ChannelKind.Email => await MailAsync(delivery, parcel, content),
            _ => Erased,
        };
    }

    private async ValueTask<Rendered> EndpointAsync(ClaimedDelivery delivery, Parcel parcel, Func<PayloadForm, ValueTask<ReadOnlyMemory<byte>>> body, string id)
    {
        if ((await endpoints.OfAsync(delivery.Tenant, CancellationToken.None)).Find(new(parcel.Endpoint!.Value)) is not { } endpoint) return Deleted;
        if (endpoint.Status is not EndpointStatus.Enabled) return new Rendered.NoAccount();
        if (await endpoints.KeysOfAsync(endpoint, CancellationToken.None) is not { } keys || await endpoints.HeadersOfAsync(endpoint, CancellationToken.None) is not { } headers) return Closed;
        return new Rendered.Ready(new SendRequest.Webhook
        {
            Tenant = new TenantId(delivery.Tenant),
            Delivery = new DeliveryId(delivery.Id),
            Allow = await AllowOfAsync(delivery.Tenant),
            Id = id,
            Target = new Uri(endpoint.Url),
            Timeout = TimeSpan.FromSeconds(endpoint.TimeoutS),
            Keys = keys,
            Headers = headers,
            Body = await body(endpoint.Payload),
        });
    }

    private async ValueTask<Rendered> MailAsync(ClaimedDelivery delivery, Parcel parcel, Content content)
    {
        if (parcel.ToEmail is null) return new Rendered.NoAddress();
        var all = await accounts.OfAsync(delivery.Tenant, CancellationToken.None);
        if (delivery.Provider is not { } id || all.Find(id) is not { Status: ProviderStatus.Enabled } account) return new Rendered.NoAccount();
        if (await accounts.OpenAsync(account, CancellationToken.None) is not { } opened) return Closed;
        var mail = content.ToMail(EmailMessage.IdOf(new DeliveryId(delivery.Id), parcel.MessageDomain), parcel.ToEmail, SenderOf(account));
        return new Rendered.Ready(new SendRequest.Email
        {
            Tenant = new TenantId(delivery.Tenant),
            Delivery = new DeliveryId(delivery.Id),
            Allow = await AllowOfAsync(delivery.Tenant),
            Account = opened,
            Timeout = SendRequest.Email.PatienceFor(opened),
            Message = mail with
            {
                Tags = parcel.Tags,
                Metadata = Content.MarksOf(parcel.Metadata),
                Unsubscribe = mail.Broadcast ? unsubscribes.LinkFor(new(delivery.Tenant, delivery.Id, mail.To.Email)) : null,
            },
        }, account)
        { Usable = all.Usable(parcel.Providers, parcel.SenderDomain) };
    }

    /// <summary>Who mail is from that does not say so itself.</summary>
    public static Mailbox SenderOf(Provider account) =>
        account.Sender is { } sender ? new Mailbox(sender, account.SenderName) : new Mailbox("sandbox@chatrelay.invalid", "ChatRelay sandbox");

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

/// <summary>The body of an event, the same over all attempts and replays: what was published is in it as the same text.</summary>
internal static class EventBody
{
    public static ReadOnlyMemory<byte> Render(EventFacts happened, PayloadForm form)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>((happened.Data.Length * 3) + 512);
        using var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("type", happened.Type);
        json.WriteString("timestamp", Http.Json.Rfc3339.Format(happened.At));
        if (form is PayloadForm.Thin)
        {
            json.WriteStartObject("data");
            json.WriteString("id", new Protocol.EventId(happened.Id).ToString());
            json.WriteEndObject();
        }
        else
        {
            json.WritePropertyName("data");
            json.WriteRawValue(happened.Data, skipInputValidation: true); // read strictly when it was accepted
        }
        if (happened.Account is not null) json.WriteString("account", happened.Account);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
