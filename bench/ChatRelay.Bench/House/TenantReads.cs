using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Bench.House;

/// <summary>GET /v1/tenant with a key, from the caller cache, against a bare minimal API that answers the same body.</summary>
internal static class TenantReads
{
    private const int Connections = 32;
    private const string Bare = "bare: the same body";

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        await using var relay = await RelayNode.StartAsync(null, [], ct);
        var body = await relay.Http.GetByteArrayAsync(new Uri("/v1/tenant", UriKind.Relative), ct);
        using var erasure = (await relay.Http.PostAsJsonAsync("/v1/erasures", new { user = "nobody" }, ct)).EnsureSuccessStatusCode();
        var job = (await erasure.Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("id").GetString();
        var wall = await relay.SqlAsync<Guid>("select tenant_id from relay.tenants limit 1", ct);
        await using var bare = await BenchServers.OwnAsync("bare", "/",
        [
            (BareApi.Body, Convert.ToBase64String(body)), (BareApi.Database, relay.Database.Logins.Request), (BareApi.Tenant, $"{wall}"),
        ], ct);

        var contest = new Contest($"An authenticated GET /v1/tenant, {Connections} connections", "requests/s",
        [
            Reading("relay: GET /v1/tenant", relay.Process, HttpLoad.Get("/v1/tenant", relay.Key)),
            Reading(Bare, bare, HttpLoad.Get("/bytes")),
            Reading("bare: one row under row-level security", bare, HttpLoad.Get("/row")),
            Reading("relay: GET /v1/jobs/{id}, one row through EF", relay.Process, HttpLoad.Get($"/v1/jobs/{job}", relay.Key)),
        ], new Aim(Bare, 0.6))
        { WarmUp = TimeSpan.FromSeconds(8) }; // until the compiler is done
        report.Add(await contest.RunAsync(asked.Pairs, asked.Run, ct));
        report.Add(new Report.Fact("Memory of the relay after these reads", Spread.Of([relay.Process.ResidentMb]), "MB", null));
    }

    private static Side Reading(string name, ServerProcess server, byte[] request) => new(name, async (time, ct) =>
    {
        var cpu = server.Cpu;
        var result = (await new HttpLoad(server.Port, Connections, () => request).RunAsync(time, ct)).AllGood();
        return new Measured(result.PerSecond)
        {
            Beside =
            [
                ("server CPU, µs a request", (server.Cpu - cpu).TotalMicroseconds / result.Answers),
                ("p50 ms", result.Latencies.Percentile(50)), ("p99 ms", result.Latencies.Percentile(99)),
            ],
        };
    });
}
