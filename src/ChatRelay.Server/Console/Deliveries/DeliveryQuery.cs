using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Protocol;
using Microsoft.AspNetCore.WebUtilities;

namespace ChatRelay.Console;

/// <summary>What the page of deliveries is narrowed to, as its address says it. What cannot be read is left out, and said.</summary>
internal sealed record DeliveryQuery
{
    /// <summary>An id, an external id or a name, as it was typed.</summary>
    public string? Tenant { get; init; }
    public TenantEnvironment Environment { get; init; }
    public DeliveryStatus? Status { get; init; }
    public ChannelKind? Channel { get; init; }
    public Outcome? Outcome { get; init; }
    public Guid? Provider { get; init; }
    public Guid? Endpoint { get; init; }
    public Guid? After { get; init; }
    public string? Fault { get; init; }

    public static DeliveryQuery Of(IQueryCollection query)
    {
        string? Text(string name) => query[name].ToString().Trim() is { Length: > 0 } text ? text : null;
        string? fault = null;
        T? Word<T>(string name) where T : struct, Enum
        {
            if (Text(name) is not { } word) return null;
            foreach (var value in Enum.GetValues<T>()) if (Words.Of(value) == word) return value;
            fault = $"The page knows no such {name}.";
            return null;
        }
        Guid? Id<T>(string name) where T : struct, IRelayId<T>
        {
            if (Text(name) is not { } text) return null;
            if (RelayId.TryParse<T>(text, out var id)) return id.Value;
            fault = $"The {name} is an id such as {T.Prefix}_….";
            return null;
        }
        var read = new DeliveryQuery
        {
            Tenant = Text("tenant"),
            Environment = Word<TenantEnvironment>("environment") ?? TenantEnvironment.Live,
            Status = Word<DeliveryStatus>("status"),
            Channel = Word<ChannelKind>("channel"),
            Outcome = Word<Outcome>("outcome"),
            Provider = Id<ProviderId>("provider"),
            Endpoint = Id<EndpointId>("endpoint"),
            After = Id<DeliveryId>("after"),
        };
        return read with { Fault = fault };
    }

    /// <summary>As an address again.</summary>
    public string At(string path, params (string Name, string? Value)[] more)
    {
        var parts = new List<(string, string?)>
        {
            ("tenant", Tenant), ("environment", Environment is TenantEnvironment.Test ? "test" : null), ("status", Status is { } s ? Words.Of(s) : null),
            ("channel", Channel is { } c ? Words.Of(c) : null), ("outcome", Outcome is { } o ? Words.Of(o) : null),
            ("provider", Provider is { } p ? new ProviderId(p).ToString() : null), ("endpoint", Endpoint is { } e ? new EndpointId(e).ToString() : null),
        };
        parts.AddRange(more);
        return QueryHelpers.AddQueryString(path, parts.Where(p => p.Item2 is not null).Select(p => KeyValuePair.Create(p.Item1, p.Item2)));
    }
}
