// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Work in the background: what it is, how far it is, how it ended.</summary>
public sealed class JobsApi
{
    private readonly RelayHttp wire;

    internal JobsApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List background jobs. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<JobPage>> ListAsync(int? limit = null, string? after = null, string? before = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/jobs", ("limit", PathText.Of(limit)), ("after", after), ("before", before)), Repeatable: true), RelayJson.Default.JobPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<Job> ListAllAsync(CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await ListAsync(limit: 100, after: after, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Read a background job. Needs an API key with the scope `tenant:admin`.</summary>
    public Task<RelayResult<Job>> GetAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/jobs/{PathText.Segment(id)}", Repeatable: true), RelayJson.Default.Job, ct);
}
