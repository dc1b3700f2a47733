using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.ApiKeys;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit;

namespace ChatRelay.Bench.House;

/// <summary>GET /v1/tenant with a key, from the caller cache, against a bare minimal API that answers the same body.</summary>
internal static class TenantReads
{
    private const int Connections = 32;

    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        using var folder = new ScratchFolder();
        await using var database = await RelayDatabase.CreateAsync();
        await using var relay = await ServerProcess.RelayAsync(folder.Path,
        [
            ("CHATRELAY_DATABASE", database.Logins.Owner), ("CHATRELAY_DATABASE_ENGINE", database.Logins.Engine), ("CHATRELAY_DATABASE_REQUEST", database.Logins.Request),
            ("CHATRELAY_RATE_PER_S", "1000000"), ("CHATRELAY_RATE_BURST", "1000000"),
        ], ct);
        using var http = new HttpClient { BaseAddress = relay.Address };
        var key = await NewTenantAsync(http, Path.Combine(folder.Path, FirstOperatorKey.FileName), ct);
        var (body, job) = await SampleAsync(http, key, ct);
        await using var bare = await ServerProcess.OwnAsync("bare",
        [
            (BareApi.Body, Convert.ToBase64String(body)), (BareApi.Database, database.Logins.Request), (BareApi.Tenant, $"{await WallAsync(database, ct)}"),
        ], ct);

        report.Add(await new Contest("An authenticated GET /v1/tenant, 32 connections", "requests/s",
        [
            Reading("relay: GET /v1/tenant", relay, HttpLoad.Get("/v1/tenant", key)),
            Reading("bare: the same body", bare, HttpLoad.Get("/bytes")),
            Reading("bare: one row under row-level security", bare, HttpLoad.Get("/row")),
            Reading("relay: GET /v1/jobs/{id}, one row through EF", relay, HttpLoad.Get($"/v1/jobs/{job}", key)),
        ], new Aim("bare: the same body", 0.6)) { WarmUp = TimeSpan.FromSeconds(6) }.RunAsync(asked.Pairs, asked.Run, ct));
        report.Add(new Report.Fact("Memory of the relay after these reads", Spread.Of([relay.ResidentMb]), "MB", null));
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

    private static async Task<string> NewTenantAsync(HttpClient http, string keyFile, CancellationToken ct)
    {
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/v1/tenants") { Content = JsonContent.Create(new { name = "Bench" }) };
        asked.Headers.Authorization = new("Bearer", (await File.ReadAllTextAsync(keyFile, ct)).Trim());
        using var answer = (await http.SendAsync(asked, ct)).EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("api_key").GetString()!;
    }

    private static async Task<(byte[] Body, string Job)> SampleAsync(HttpClient http, string key, CancellationToken ct)
    {
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var erasure = (await http.PostAsJsonAsync("/v1/erasures", new { user = "nobody" }, ct)).EnsureSuccessStatusCode();
        var job = (await erasure.Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("id").GetString()!;
        return (await http.GetByteArrayAsync(new Uri("/v1/tenant", UriKind.Relative), ct), job);
    }

    private static async Task<Guid> WallAsync(RelayDatabase database, CancellationToken ct)
    {
        await using var owner = Npgsql.NpgsqlDataSource.Create(database.ConnectionString);
        await using var find = owner.CreateCommand("select tenant_id from relay.tenants limit 1");
        return (Guid)(await find.ExecuteScalarAsync(ct))!;
    }
}
