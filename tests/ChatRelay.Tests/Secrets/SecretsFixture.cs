using System.Globalization;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatRelay.Tests.Secrets;

/// <summary>A database with its ring, and three tables that keep secrets: by tenant and id, by tenant and text, and without a tenant.</summary>
public sealed class SecretsFixture : IAsyncDisposable
{
    private readonly RelayDatabase database;
    private readonly string folder = Directory.CreateTempSubdirectory("ring").FullName;

    private SecretsFixture(RelayDatabase database)
    {
        this.database = database;
        Databases = new Databases(database.Logins);
        Place = new KeyRingPlace(folder, environment: null);
    }

    internal Databases Databases { get; }

    internal KeyRingPlace Place { get; }

    internal Chance Chance { get; } = Chance.Seeded(1);

    internal KeyRing Ring => ((RingFound.Here)Place.Read()).Ring;

    public static async Task<SecretsFixture> CreateAsync()
    {
        var made = new SecretsFixture(await RelayDatabase.CreateAsync());
        await using var owner = await made.Databases.Owner.OpenConnectionAsync();
        Assert.IsType<RingFound.Here>(await KeyRingGate.PassAsync(owner, made.Place, made.Chance, CancellationToken.None));
        await made.RunAsync("""
            create table by_id (tenant_id uuid, id uuid, secret relay.sealed, other relay.sealed, primary key (tenant_id, id));
            create table by_text (tenant_id uuid, name text, part int, secret relay.sealed, primary key (tenant_id, name, part));
            create table of_operators (id uuid primary key, secret relay.sealed);
            call relay.wall('by_id'); call relay.wall('by_text');
            """);
        await made.RunAsync($"grant all on of_operators to \"{made.Databases.Logins.EngineRole}\"");
        return made;
    }

    /// <summary>What a node starts with: nothing cached.</summary>
    internal Sealer NewNode() => new(
        new TenantDataKeys(Databases, new LiveKeyRing(Ring, Place), Chance), Chance, NullLogger<Sealer>.Instance);

    internal KeyRotation NewRotation() => new(Databases, Place, Chance, pageSize: 50);

    /// <summary>The tenants' ids are small numbers, the secrets tell where they stand.</summary>
    internal static Guid Id(int number) => new(number, 0, 0, new byte[8]);

    internal async Task StoreAsync(Sealer node, SealedCell cell, string secret)
    {
        var value = await node.SealAsync(cell, System.Text.Encoding.UTF8.GetBytes(secret), CancellationToken.None);
        Assert.True(value.Done);
        var keys = KeysOf(cell);
        await using var command = Databases.Engine.CreateCommand(
            $"insert into {cell.Table} ({string.Join(", ", keys.Select(k => k.Name))}, {cell.Column}) values ({string.Join(", ", keys.Select((_, i) => $"${i + 2}"))}, $1) "
            + $"on conflict ({string.Join(", ", keys.Select(k => k.Name))}) do update set {cell.Column} = excluded.{cell.Column}");
        command.Parameters.AddWithValue(value.Bytes);
        foreach (var (_, key) in keys) command.Parameters.AddWithValue(key);
        await command.ExecuteNonQueryAsync();
    }

    internal async Task<byte[]> BlobAsync(SealedCell cell)
    {
        var keys = KeysOf(cell);
        await using var command = Databases.Engine.CreateCommand(
            $"select {cell.Column} from {cell.Table} where {string.Join(" and ", keys.Select((k, i) => $"{k.Name} = ${i + 1}"))}");
        foreach (var (_, key) in keys) command.Parameters.AddWithValue(key);
        return (byte[])(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The secret, or the fault's name in brackets.</summary>
    internal async Task<string> OpenAsync(Sealer node, SealedCell cell) =>
        await node.OpenAsync(cell, await BlobAsync(cell), CancellationToken.None) switch
        {
            Opened.Plain plain => System.Text.Encoding.UTF8.GetString(plain.Bytes),
            Opened.Closed closed => $"[{closed.Fault}]",
            _ => "?",
        };

    internal async Task RunAsync(string sql)
    {
        await using var command = Databases.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    internal async Task<T> AskAsync<T>(string sql)
    {
        await using var command = Databases.Owner.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await Databases.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static (string Name, object Value)[] KeysOf(SealedCell cell) => cell.Table switch
    {
        "by_id" => [("tenant_id", cell.Tenant), ("id", Guid.Parse(cell.Row[0]))],
        "by_text" => [("tenant_id", cell.Tenant), ("name", cell.Row[0]), ("part", int.Parse(cell.Row[1], CultureInfo.InvariantCulture))],
        _ => [("id", Guid.Parse(cell.Row[0]))],
    };
}
