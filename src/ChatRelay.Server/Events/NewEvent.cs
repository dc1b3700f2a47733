using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Telemetry;

namespace ChatRelay.Events;

/// <summary>Something that happened, to be appended in the transaction in which it happens. Data points to content and holds none.</summary>
internal sealed record NewEvent(Guid Tenant, string Type)
{
    public Guid Id { get; init; }

    /// <summary>Somebody with rights did it: shown at /v1/audit-events.</summary>
    public bool Audit { get; init; }
    public string? Actor { get; init; }
    public string? Subject { get; init; }
    public string? Account { get; init; }
    /// <summary>The tenant's end user that it is about, if it says so: an erasure finds it by this.</summary>
    public string? User { get; init; }
    public string? OrderingKey { get; init; }
    public string? ClientId { get; init; }
    public string Data { get; init; } = "{}";

    /// <summary>The span of the request in which it happens, if that is traced: its webhooks stand below it.</summary>
    public string? Trace { get; init; } = Tracing.Here;

    /// <summary>Set when its batch was committed, for one that is to be there once: false when one with its publisher's id stood already.</summary>
    public bool Written { get; set; }

    public static NewEvent Audited(Guid tenant, string type, string actor, string subject, TimeProvider clock, object? data = null) => new(tenant, type)
    {
        Id = RelayId.New<Protocol.EventId>(clock.GetUtcNow()).Value,
        Audit = true,
        Actor = actor,
        Subject = subject,
        Data = data is null ? "{}" : JsonSerializer.Serialize(data, RelayJson.Options),
    };
}
