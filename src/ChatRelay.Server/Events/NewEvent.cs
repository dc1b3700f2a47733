using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

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
    public string? OrderingKey { get; init; }
    public string? ClientId { get; init; }
    public string Data { get; init; } = "{}";

    public static NewEvent Audited(Guid tenant, string type, string actor, string subject, TimeProvider clock, object? data = null) => new(tenant, type)
    {
        Id = RelayId.New<Protocol.EventId>(clock.GetUtcNow()).Value,
        Audit = true,
        Actor = actor,
        Subject = subject,
        Data = data is null ? "{}" : JsonSerializer.Serialize(data, RelayJson.Options),
    };
}
