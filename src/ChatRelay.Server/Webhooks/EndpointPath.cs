using ChatRelay.Channels.Webhook;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Webhooks;

/// <summary>An endpoint in the path: its id, or `ext:` and the tenant's own. What cannot be read is what nothing has.</summary>
internal readonly record struct EndpointPath(EndpointId Id, string? ExternalId)
{
    private const string Own = "ext:";

    public static bool TryParse(string? text, IFormatProvider? _, out EndpointPath path)
    {
        if (text is not null && text.StartsWith(Own, StringComparison.Ordinal) && ExternalIdAttribute.Allows(text.AsSpan(Own.Length))) path = new(default, text[Own.Length..]);
        else path = new(RelayId.TryParse<EndpointId>(text, out var id) ? id : default, null);
        return true;
    }

    public Task<WebhookEndpoint?> FindAsync(RelayDb db, Guid wall, CancellationToken ct)
    {
        var (id, external) = (Id, ExternalId);
        var endpoints = db.EndpointsOf(wall).AsTracking();
        return external is null ? endpoints.SingleOrDefaultAsync(e => e.Id == id, ct) : endpoints.SingleOrDefaultAsync(e => e.ExternalId == external, ct);
    }
}
