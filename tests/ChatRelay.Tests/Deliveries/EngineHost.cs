using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>One node for a class of tests; each test has a tenant of its own.</summary>
public sealed class EngineFixture : IAsyncLifetime
{
    internal EngineHost Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Engine = await EngineHost.StartAsync();
    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}

/// <summary>A node whose receivers stand on loopback, and one tenant.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private EngineHost(RelayHost host, TenantAccess tenant) => (Host, Tenant) = (host, tenant);

    public RelayHost Host { get; }
    public TenantAccess Tenant { get; }
    public HttpClient Http => Tenant.Http;

    /// <summary>The relay's own time: tests let hours pass.</summary>
    public DateTimeOffset Now => Host.Services.GetRequiredService<RelayClock>().GetUtcNow();

    public async Task<EngineHost> ForAnotherTenantAsync() => new(Host, await Host.NewTenantAsync());

    public static async Task<EngineHost> StartAsync(params (string Name, string Value)[] settings)
    {
        var host = await RelayHost.StartAsync(null, null, [("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"), .. settings]);
        return new(host, await host.NewTenantAsync());
    }

    /// <summary>Only 127.0.0.1 is open, and names lead where the test says.</summary>
    public static async Task<EngineHost> StartResolvingAsync(ResolveName resolve)
    {
        var host = await RelayHost.StartResolvingAsync(resolve, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.1/32"));
        return new(host, await host.NewTenantAsync());
    }

    public async Task<Said> SendWebhookAsync(Uri url, object? content = null, string? key = null, object? more = null)
    {
        var body = new Dictionary<string, object?> { ["to"] = new { webhook = new { url = url.ToString() } }, ["content"] = content ?? new { text = "hi" } };
        foreach (var property in more?.GetType().GetProperties() ?? []) body[property.Name] = property.GetValue(more);
        var said = await Http.SendAsync("/v1/notifications", body, key);
        Assert.True(said.Status == 202, said.ToString());
        return said;
    }

    public async Task<Said> SendMailAsync(string to, object? more = null)
    {
        var body = new Dictionary<string, object?> { ["to"] = new { email = to }, ["content"] = new { subject = "Hello", text = "It works." } };
        foreach (var property in more?.GetType().GetProperties() ?? []) body[property.Name] = property.GetValue(more);
        var said = await Http.SendAsync("/v1/notifications", body);
        Assert.True(said.Status == 202, said.ToString());
        return said;
    }

    public Task<Said> ReachesAsync(string notification, string status) => UntilAsync(
        () => Http.ReadAsync($"/v1/notifications/{notification}"), said => said["status"].GetString() == status);

    public Task<Said> DeliveryReachesAsync(string delivery, string status) => UntilAsync(
        () => Http.ReadAsync($"/v1/deliveries/{delivery}"), said => said["status"].GetString() == status);

    /// <summary>A node that had claimed this delivery dies. Tells its incarnation.</summary>
    public async Task<Guid> DieWithAsync(string delivery, bool begun, bool alone = false, int crashes = 0)
    {
        if (!RelayId.TryParse<DeliveryId>(delivery, out var id)) throw new ArgumentException(delivery);
        var dead = Guid.CreateVersion7();
        await Host.SqlAsync("insert into relay.nodes (incarnation, node, roles, version, address, ended_at) values ($1, 'dead', '{}', '0', '', relay.now())", dead);
        await Host.SqlAsync("update relay.queue set claimed_by = $2, claim = 7, begun = $3, alone = $4, crashes_alone = $5::int, due_at = relay.now() where id = $1", id.Value, dead, begun, alone, crashes);
        return dead;
    }

    public static Task<Said> UntilAsync(Func<Task<Said>> ask, Func<Said, bool> holds) => UntilAnyAsync(ask, said => said.Status < 500 && holds(said));

    /// <summary>Asks again until it is so; fails with the last answer.</summary>
    public static async Task<Said> UntilAnyAsync(Func<Task<Said>> ask, Func<Said, bool> holds)
    {
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var said = await ask();
            if (holds(said)) return said;
            Assert.True(since.Elapsed < Patience, said.ToString());
            await Task.Delay(20);
        }
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
