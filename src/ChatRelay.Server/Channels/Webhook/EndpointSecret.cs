using System.Text;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Webhook;

/// <summary>What signs an endpoint's events, sealed. It has an end once a newer one was made.</summary>
internal sealed class EndpointSecret
{
    public required Guid TenantId { get; init; }
    public required Guid Id { get; init; }
    public required EndpointId EndpointId { get; init; }
    public required SignatureKind Signature { get; init; }
    public required byte[] Secret { get; init; }

    /// <summary>What a receiver checks with, where that is no secret.</summary>
    public string? PublicKey { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndsAt { get; set; }

    public SealedCell Cell => CellOf(TenantId, Id);

    public static SealedCell CellOf(Guid wall, Guid id) => new(wall, "endpoint_secrets", "secret", id);

    /// <summary>A new key, and the text that a receiver checks with: the shared secret itself, or the public half.</summary>
    public static (string Signing, string Checking) Make(SignatureKind kind, Chance chance)
    {
        Span<byte> bytes = stackalloc byte[32];
        chance.Fill(bytes);
        if (kind is SignatureKind.Hmac)
        {
            var secret = WebhookSecret.From(bytes).Reveal();
            return (secret, secret);
        }
        var pair = WebhookKeyPair.FromSeed(bytes);
        return (pair.RevealPrivate(), pair.PublicText);
    }

    public static WebhookKey? Read(byte[] text) => Encoding.UTF8.GetString(text) is var s && WebhookSecret.TryParse(s, out var secret) ? secret
        : WebhookKeyPair.TryParse(s, out var pair) ? pair : null;
}
