using ChatRelay.TestKit;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>A node whose receivers stand on loopback, and one tenant.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private EngineHost(RelayHost host, TenantAccess tenant) => (Host, Tenant) = (host, tenant);

    public RelayHost Host { get; }
    public TenantAccess Tenant { get; }
    public HttpClient Http => Tenant.Http;

    public static async Task<EngineHost> StartAsync(params (string Name, string Value)[] settings)
    {
        var host = await RelayHost.StartAsync(null, null, [("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"), .. settings]);
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

    public Task<Said> ReachesAsync(string notification, string status) => UntilAsync(
        () => Http.ReadAsync($"/v1/notifications/{notification}"), said => said["status"].GetString() == status);

    public Task<Said> DeliveryReachesAsync(string delivery, string status) => UntilAsync(
        () => Http.ReadAsync($"/v1/deliveries/{delivery}"), said => said["status"].GetString() == status);

    /// <summary>Asks again until it is so; fails with the last answer.</summary>
    public static async Task<Said> UntilAsync(Func<Task<Said>> ask, Func<Said, bool> holds)
    {
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var said = await ask();
            if (said.Status < 400 && holds(said)) return said;
            Assert.True(since.Elapsed < Patience, said.ToString());
            await Task.Delay(20);
        }
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
