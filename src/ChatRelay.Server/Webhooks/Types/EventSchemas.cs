using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Webhooks;

/// <summary>The schemas of a tenant's types for whoever publishes, at most four seconds old.</summary>
internal sealed class EventSchemas
{
    private readonly FreshCache<Guid, Schemas> _schemas;

    public EventSchemas(RelayDbs dbs, RelayClock clock) => _schemas = new(clock, (wall, ct) => ReadAsync(dbs, wall, ct));

    public async ValueTask<JsonSchema?> FindAsync(Guid wall, string type, CancellationToken ct) => (await _schemas.GetAsync(wall, ct))!.ByName.GetValueOrDefault(type);

    public void Forget(Guid wall) => _schemas.Forget(wall);

    private static async Task<Schemas?> ReadAsync(RelayDbs dbs, Guid wall, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(wall);
        var types = await db.EventTypesOf(wall).Where(t => t.Schema != null).ToListAsync(ct);
        return new(types.ToDictionary(t => t.Name, t => JsonSchema.Stored(t.Schema!)));
    }

    private sealed record Schemas(Dictionary<string, JsonSchema> ByName);
}
