// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Mail that was kept instead of sent.</summary>
public sealed class SandboxApi
{
    private readonly RelayHttp wire;

    internal SandboxApi(RelayHttp wire) => this.wire = wire;

    /// <summary>List mails that the sandbox kept. Needs an API key with the scope `notifications:read`.</summary>
    public Task<RelayResult<SandboxEmailPage>> EmailsListAsync(int? limit = null, string? after = null, string? before = null, string? to = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With("/v1/sandbox/emails", ("limit", PathText.Of(limit)), ("after", after), ("before", before), ("to", to)), Repeatable: true), RelayJson.Default.SandboxEmailPage, ct);

    /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
    public IAsyncEnumerable<SandboxEmail> EmailsListAllAsync(string? to = null, CancellationToken ct = default) =>
        Pages.WalkAsync(async (after, token) => (await EmailsListAsync(limit: 100, after: after, to: to, ct: token)).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

    /// <summary>Read a mail that the sandbox kept. Needs an API key with the scope `notifications:read`.</summary>
    public Task<RelayResult<KeptEmail>> EmailsGetAsync(string id, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/sandbox/emails/{PathText.Segment(id)}", Repeatable: true), RelayJson.Default.KeptEmail, ct);

    /// <summary>Read a kept mail as it would have gone over the wire. Needs an API key with the scope `notifications:read`.</summary>
    public Task<RelayResult<string>> EmailsMimeAsync(string id, CancellationToken ct = default) =>
        wire.AskTextAsync(new(HttpMethod.Get, $"/v1/sandbox/emails/{PathText.Segment(id)}/mime", Repeatable: true), ct);
}
