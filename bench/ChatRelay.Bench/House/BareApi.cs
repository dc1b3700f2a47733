using System.Text.Json;
using ChatRelay.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChatRelay.Bench.House;

/// <summary>What the framework can do alone: the same bytes without key, limits, headers or log; and one row read under the wall.</summary>
internal static class BareApi
{
    public const string Body = "BENCH_BODY", Database = "BENCH_DATABASE", Tenant = "BENCH_TENANT";

    public static async Task<int> ServeAsync(int port)
    {
        var body = Convert.FromBase64String(Environment.GetEnvironmentVariable(Body)!);
        var tenant = Guid.Parse(Environment.GetEnvironmentVariable(Tenant)!);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenLocalhost(port);
        });
        builder.Services.AddSingleton(RequestDoor(Environment.GetEnvironmentVariable(Database)!));

        var app = builder.Build();
        app.MapGet("/", () => Results.Ok());
        app.MapGet("/bytes", () => TypedResults.Bytes(body, "application/json"));
        app.MapGet("/row", (NpgsqlDataSource request, CancellationToken ct) => ReadRowAsync(request, tenant, ct));
        app.MapPost("/v1/notifications", (JsonElement body, NpgsqlDataSource source, CancellationToken ct) => InsertAsync(source, tenant, body, ct));
        await MakeTableAsync(app.Services.GetRequiredService<NpgsqlDataSource>());
        await app.RunAsync();
        return 0;
    }

    // The door that requests of the relay go through, with the same settings.
    private static NpgsqlDataSource RequestDoor(string connection) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection)
    {
        SearchPath = "relay",
        MaxPoolSize = 24,
        MaxAutoPrepare = 100,
        AutoPrepareMinUsages = 3,
        NoResetOnClose = true,
    });

    private static async Task<IResult> ReadRowAsync(NpgsqlDataSource request, Guid tenant, CancellationToken ct)
    {
        await using var connection = await request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, tenant);
        batch.BatchCommands.Add(new("select name, status::text, created_at from tenants where tenant_id = $1") { Parameters = { new() { Value = tenant } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? TypedResults.Bytes(JsonSerializer.SerializeToUtf8Bytes(new Row(reader.GetString(0), reader.GetString(1), reader.GetDateTime(2))), "application/json")
            : TypedResults.NotFound();
    }

    // Only for who may; the door of requests has no right to make one.
    private static async Task MakeTableAsync(NpgsqlDataSource source)
    {
        if (new NpgsqlConnectionStringBuilder(source.ConnectionString).Username!.EndsWith("_request", StringComparison.Ordinal)) return;
        await using var make = source.CreateCommand("create table if not exists public.bare_notifications (id uuid primary key, tenant uuid, recipient text, content text, created_at timestamptz default now())");
        await make.ExecuteNonQueryAsync();
    }

    /// <summary>The usual intake: one INSERT and COMMIT of its own for each request.</summary>
    private static async Task<IResult> InsertAsync(NpgsqlDataSource source, Guid tenant, JsonElement body, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        await using var insert = source.CreateCommand("insert into public.bare_notifications (id, tenant, recipient, content) values ($1, $2, $3, $4)");
        insert.Parameters.AddWithValue(id);
        insert.Parameters.AddWithValue(tenant);
        insert.Parameters.AddWithValue(body.GetProperty("to").GetRawText());
        insert.Parameters.AddWithValue(body.GetProperty("content").GetRawText());
        await insert.ExecuteNonQueryAsync(ct);
        return TypedResults.Accepted($"/v1/notifications/{id}");
    }

    private sealed record Row(string Name, string Status, DateTime CreatedAt);
}
