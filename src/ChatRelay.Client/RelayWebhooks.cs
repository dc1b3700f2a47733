using System.Text.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Client;

/// <summary>An event as a receiver gets it. `Id` stays the same over retries and replays: it tells a repeat.</summary>
public sealed record RelayWebhook(string Id, string Type, DateTimeOffset Timestamp, JsonElement Data, string? Account);

/// <summary>What became of a request that says it is from the relay.</summary>
public readonly record struct WebhookReading(WebhookVerdict Verdict, RelayWebhook? Event)
{
    public bool IsGood => Verdict is WebhookVerdict.Good;
}

/// <summary>Verifies webhooks: by shared secrets (`whsec_`, v1) and public keys (`whpk_`, v1a), several while one is rolled.</summary>
public sealed class RelayWebhooks
{
    private readonly IReadOnlyList<WebhookKey> keys;
    private readonly TimeSpan tolerance;
    private readonly TimeProvider clock;

    public RelayWebhooks(params IEnumerable<string> secrets) : this(secrets, null)
    {
    }

    public RelayWebhooks(IEnumerable<string> secrets, TimeSpan? tolerance, TimeProvider? clock = null)
    {
        keys = [.. secrets.Select(KeyOf)];
        if (keys.Count == 0) throw new ArgumentException("At least one secret is needed.", nameof(secrets));
        this.tolerance = tolerance ?? WebhookSignature.DefaultTolerance;
        this.clock = clock ?? Defaults.Clock;
    }

    /// <param name="id">The header `webhook-id`.</param>
    /// <param name="timestamp">The header `webhook-timestamp`.</param>
    /// <param name="signature">The header `webhook-signature`.</param>
    /// <param name="body">As it came: not a byte of it may be changed before.</param>
    public WebhookReading Read(string? id, string? timestamp, string? signature, ReadOnlySpan<byte> body)
    {
        if (string.IsNullOrEmpty(id) || timestamp is null || signature is null) return new(WebhookVerdict.Malformed, null);
        var verdict = WebhookSignature.Verify(keys, id, timestamp, signature, body, clock.GetUtcNow(), tolerance);
        if (verdict is not WebhookVerdict.Good) return new(verdict, null);
        return EventOf(id, body) is { } read ? new(verdict, read) : new(WebhookVerdict.Malformed, null);
    }

    private static RelayWebhook? EventOf(string id, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            var said = document.RootElement;
            return new(id, said.GetProperty("type").GetString()!, said.GetProperty("timestamp").GetDateTimeOffset(), said.GetProperty("data").Clone(), said.TryGetProperty("account", out var account) ? account.GetString() : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private static WebhookKey KeyOf(string secret) =>
        WebhookSecret.TryParse(secret, out var shared) ? shared
        : WebhookKeyPair.TryParse(secret, out var pair) ? pair
        : throw new ArgumentException("A secret begins with whsec_, whpk_ or whsk_.", nameof(secret));
}
