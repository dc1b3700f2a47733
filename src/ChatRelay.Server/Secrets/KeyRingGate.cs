using System.Text;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Secrets;

/// <summary>
/// The first step of a node, before it knows the database's passwords: a database and its ring must belong together.
/// A ring is made only under the migration lock, for a database that names none.
/// </summary>
internal static class KeyRingGate
{
    private const string TableSql = """
        create schema if not exists relay;
        create table if not exists relay.key_ring (
          only_one boolean primary key default true check (only_one),
          fingerprint text not null,
          ring_key int not null,
          proof bytea not null,
          rotating boolean not null default false
        );
        """;

    /// <summary>Comes back with the ring, or with one line that says which ring is wanted.</summary>
    public static async Task<RingFound> PassAsync(NpgsqlConnection owner, KeyRingPlace place, Chance chance, CancellationToken ct)
    {
        await ExecuteAsync(owner, $"select pg_advisory_lock({SchemaMigrations.Lock})", ct);
        try
        {
            await ExecuteAsync(owner, TableSql, ct);
            return await NamedAsync(owner, ct) is { } named
                ? Check(place.Read(), named, place)
                : await AdoptAsync(owner, place, chance, ct);
        }
        finally
        {
            if (owner.State is System.Data.ConnectionState.Open) await ExecuteAsync(owner, $"select pg_advisory_unlock({SchemaMigrations.Lock})", CancellationToken.None); // a pooled session would keep it
        }
    }

    /// <summary>A box that opens with this key of the ring only: a wrong key is found at the start, not at the first secret.</summary>
    public static byte[] Prove(RingKey key, Chance chance)
    {
        var proof = new byte[SecretKey.BoxOverhead];
        key.Key.Seal([], Bound(key), proof, chance);
        return proof;
    }

    private static RingFound Check(RingFound found, Named named, KeyRingPlace place) => found switch
    {
        RingFound.Nothing => Refuse($"the database belongs to key ring {Short(named.Fingerprint)}, and {place.Name} does not exist: bring that ring here"),
        RingFound.Here { Ring: var ring } when ring.Fingerprint != named.Fingerprint =>
            Refuse($"the database belongs to key ring {Short(named.Fingerprint)}, and {place.Name} holds {Short(ring.Fingerprint)}"),
        RingFound.Here { Ring: var ring } when ring.Find(named.Key) is null =>
            Refuse($"the database uses key {named.Key} of key ring {Short(named.Fingerprint)}, and {place.Name} holds only {string.Join(", ", ring.Numbers)}: bring the newer ring here"),
        RingFound.Here { Ring: var ring } when !Proves(ring.Find(named.Key)!, named.Proof) =>
            Refuse($"key {named.Key} of key ring {Short(named.Fingerprint)} in {place.Name} is damaged: it is not the key that the database was sealed with"),
        _ => found,
    };

    /// <summary>The file before the row: a crash between them leaves a ring that the next start takes up.</summary>
    private static async Task<RingFound> AdoptAsync(NpgsqlConnection owner, KeyRingPlace place, Chance chance, CancellationToken ct)
    {
        var found = place.Read();
        if (found is RingFound.Nothing)
        {
            var made = KeyRing.Make(chance);
            place.Write(made);
            found = new RingFound.Here(made);
        }
        if (found is not RingFound.Here { Ring: var ring }) return found;

        await using var name = new NpgsqlCommand("insert into relay.key_ring (fingerprint, ring_key, proof) values ($1, $2, $3)", owner)
        {
            Parameters = { new() { Value = ring.Fingerprint }, new() { Value = ring.Newest.Number }, new() { Value = Prove(ring.Newest, chance) } },
        };
        await name.ExecuteNonQueryAsync(ct);
        return found;
    }

    private static async Task<Named?> NamedAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select fingerprint, ring_key, proof from relay.key_ring", owner);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new Named(reader.GetString(0), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2)) : null;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static bool Proves(RingKey key, byte[] proof) => key.Key.TryOpen(proof, Bound(key), []);

    private static byte[] Bound(RingKey key) => Encoding.UTF8.GetBytes($"chatrelay ring key {key.Number}");

    private static RingFound.Refused Refuse(string line) => new(line);

    private static string Short(string fingerprint) => fingerprint[..16];

    private sealed record Named(string Fingerprint, int Key, byte[] Proof);
}
