using System.Text.Json;
using ChatRelay.Channels.Email;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Inbound;

/// <summary>What came in under an account's token, not yet believed.</summary>
internal sealed record InboundPost(Guid Tenant, ProviderId Account, ReadOnlyMemory<byte> Body, IHeaderDictionary Headers, DateTimeOffset Now, OutboundAllow Allow)
{
    /// <summary>Longer than any provider tries again, and a day shorter than what was told is remembered: nothing has its effect twice.</summary>
    private static readonly TimeSpan Believed = TimeSpan.FromDays(2), Ahead = TimeSpan.FromMinutes(10);

    /// <summary>Whether a signed time is one of these days.</summary>
    public bool IsFresh(DateTimeOffset signed) => signed > Now - Believed && signed < Now + Ahead;

    /// <summary>A report of one recipient; null when the mail is not one of ours.</summary>
    /// <param name="marks">where the delivery may be named, the surest place first</param>
    /// <param name="id">what the provider calls the event</param>
    public MailReport? Report(MailEvent told, string id, string? recipient, DateTimeOffset? at, params ReadOnlySpan<string?> marks)
    {
        foreach (var mark in marks)
        {
            // Our Message-ID is the delivery's id with a domain behind it.
            var text = mark?.Trim('<', '>').Split('@')[0];
            if (text is null || !RelayId.TryParse<DeliveryId>(text, out var delivery)) continue;
            return new(Tenant, MailReport.IdOf($"{Account}", id, recipient ?? ""), delivery.Value, Account.Value, told) { Email = AddressIn(recipient), At = at };
        }
        return null;
    }

    /// <summary>`Ann &lt;ann@example.com&gt;` and `ann@example.com`: the address.</summary>
    public static string? AddressIn(string? recipient)
    {
        if (recipient is null) return null;
        var open = recipient.LastIndexOf('<');
        var text = open >= 0 && recipient.EndsWith('>') ? recipient[(open + 1)..^1] : recipient.Trim();
        return EmailAddress.TryRead(text, out var address) ? address.Text : text.Length <= EmailAddress.Longest ? text : null;
    }

    public static JsonElement Member(JsonElement of, string name) =>
        of.ValueKind is JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : default;

    public static string? Text(JsonElement of, string name) => ApiAnswer.Text(of, name);

    /// <summary>Seconds since 1970, as a number or as text, with a fraction or without.</summary>
    public static DateTimeOffset? Seconds(JsonElement value)
    {
        var text = value.ValueKind switch { JsonValueKind.Number => value.GetRawText(), JsonValueKind.String => value.GetString(), _ => null };
        return double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1e11
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : null;
    }

    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) ? time.ToUniversalTime() : null;
}

/// <summary>What a post came to.</summary>
internal abstract record Heard
{
    private Heard() { }

    /// <summary>Nothing proves that the provider wrote it, or it is too old to be believed.</summary>
    internal sealed record Refused : Heard;

    /// <summary>The provider's own, and it makes no sense.</summary>
    internal sealed record Nonsense : Heard;

    /// <summary>It cannot be judged now: the provider comes again.</summary>
    internal sealed record NotNow : Heard;

    /// <summary>Events, of which those that mean something to us are here.</summary>
    internal sealed record Events(IReadOnlyList<MailReport> Reports) : Heard;

    public static readonly Heard No = new Refused();
}
