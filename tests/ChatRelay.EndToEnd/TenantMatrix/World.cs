using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.EndToEnd.TenantMatrix;

/// <summary>The six callers: the owner, another tenant, nobody, a revoked key, a key that lacks a scope, the owner's other environment.</summary>
internal sealed record World(RelayHost Host, TenantAccess Owner, TenantAccess Other, HttpClient Test, HttpClient Revoked) : IAsyncDisposable
{
    public static async Task<World> MakeAsync(Action<IServiceCollection>? change = null)
    {
        var host = await RelayHost.StartChangedAsync(null, null, change ?? (static _ => { }), ("CHATRELAY_USER_RATE_PER_S", "100000"), ("CHATRELAY_USER_RATE_BURST", "100000"));
        var (owner, other) = (await host.NewTenantAsync("owner"), await host.NewTenantAsync("other"));
        var revoked = await owner.Http.SendAsync("/v1/api-keys", new { name = "to revoke" });
        await owner.Http.RemoveAsync($"/v1/api-keys/{revoked.Id}");
        return new(host, owner, other, await owner.WithKeyAsync("test"), host.Client(revoked["key"].GetString()));
    }

    /// <summary>Every scope but this one.</summary>
    public Task<HttpClient> LackingAsync(string scope) => Owner.WithKeyAsync("live", [.. ChatRelay.Http.Scopes.Names.Except([scope])]);

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
