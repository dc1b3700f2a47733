// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Who changed what, and when.</summary>
public sealed class AuditEventsApi
{
    private readonly RelayHttp wire;

    internal AuditEventsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List what keys and operators did. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<AuditEventPage>> ListAsync(int? limit = null, string? after = null, string? before = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/audit-events", ("limit", PathText.Of(limit)), ("after", after), ("before", before)), Repeatable: true), RelayJson.Default.AuditEventPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<AuditEvent> ListAllAsync(CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);
}
