using System.Globalization;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Presence;

/// <summary>A signal to a user's devices, as it is kept for its seconds.</summary>
internal sealed record StoredSignal
{
    public required Guid Wall { get; init; }
    public required Guid Id { get; init; }
    public required string User { get; init; }
    public required string Device { get; init; }
    public required string Kind { get; init; }
    public required string? Call { get; init; }
    public required string Sender { get; init; }
    public required string? SenderDevice { get; init; }
    public required string? Payload { get; init; }
    public required bool Encrypted { get; init; }
    public required DateTimeOffset At { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>`select` goes to all devices: those that it does not name fall silent by it.</summary>
    public bool IsFor(string? device) => Device == SignalInput.AllDevices || Kind == SignalInput.Select || Device == device;

    public const string Columns = "s.tenant_id, s.id, s.user_id, s.device, s.kind, s.call, s.sender, s.sender_device, s.payload, s.encrypted, s.created_at, s.expires_at";

    public static StoredSignal Of(NpgsqlDataReader r) => new()
    {
        Wall = r.GetGuid(0),
        Id = r.GetGuid(1),
        User = r.GetString(2),
        Device = r.GetString(3),
        Kind = r.GetString(4),
        Call = Text(r, 5),
        Sender = r.GetString(6),
        SenderDevice = Text(r, 7),
        Payload = Text(r, 8),
        Encrypted = r.GetBoolean(9),
        At = r.GetFieldValue<DateTimeOffset>(10),
        ExpiresAt = r.GetFieldValue<DateTimeOffset>(11),
    };

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}

/// <summary>Where signals to devices are kept, and who may send them.</summary>
internal sealed class SignalTable(Databases databases, RelayClock clock)
{
    /// <summary>What one user may keep for another, and what a newcomer is given.</summary>
    private const int MostKept = 100, MostGiven = 200;
    private const int UsualMs = 30_000, Sweeps = 5_000;

    /// <summary>Null: nobody whom this user could reach. Encrypted: in no room that they share may it be plain.</summary>
    public async Task<(bool Blocked, bool Encrypted)?> StandAsync(Guid wall, UserToken token, string to, PathRoom? about, CancellationToken ct)
    {
        if (token.User == to && about is null) return (false, false); // one's own devices
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new($"""
            select {SharedRooms.Blocked("$2")}, r.encrypted from {SharedRooms.Rooms("$2", grants: true)}
              and ($6::boolean or r.id = $7 or r.external_id = $8) order by r.encrypted limit 1
            """)
        {
            Parameters = { new() { Value = wall }, new() { Value = to } },
        });
        var parameters = batch.BatchCommands[^1].Parameters;
        parameters.AddRange(SharedRooms.Viewer(token, RoomRights.Signal));
        parameters.Add(new() { Value = about is null });
        parameters.Add(new() { Value = (object?)about?.Id?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        parameters.Add(new() { Value = (object?)about?.ExternalId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetBoolean(0), reader.GetBoolean(1)) : null;
    }

    /// <summary>Whether the two of a direct room are kept apart.</summary>
    public async Task<bool> IsBlockedInAsync(Guid wall, Guid room, CancellationToken ct)
    {
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("""
            select exists (select from rooms r join user_blocks b on b.tenant_id = r.tenant_id
              and (b.user_id, b.blocked) in ((split_part(r.pair, ' ', 1), split_part(r.pair, ' ', 2)), (split_part(r.pair, ' ', 2), split_part(r.pair, ' ', 1)))
              where r.tenant_id = $1 and r.id = $2)
            """)
        {
            Parameters = { new() { Value = wall }, new() { Value = room } },
        });
        return (bool)(await batch.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Kept until its time is over. A `select` takes back what was kept under its call for the user's other devices. Null: too much waits already.</summary>
    public async Task<(Guid Id, DateTimeOffset ExpiresAt)?> KeepAsync(Guid wall, string sender, string? senderDevice, SignalInput.Devices to, SignalInput input, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        if (input.Kind == SignalInput.Select)
        {
            Add(TakeBackSql, wall, to.User, to.Device, sender, input.Call);
            Add(NarrowSql, wall, to.User, to.Device, sender, input.Call);
        }
        Add($"""
            insert into signals (tenant_id, id, user_id, device, kind, call, sender, sender_device, payload, encrypted, expires_at)
            select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, relay.now() + $11 * interval '1 millisecond'
            where (select count(*) from signals where tenant_id = $1 and user_id = $3 and sender = $7 and expires_at > relay.now()) < {MostKept}
            returning expires_at
            """, wall, id, to.User, to.Device, input.Kind, input.Call, sender, senderDevice, input.Payload, input.Encrypted is not null, input.TtlMs ?? UsualMs);
        return await batch.ExecuteScalarAsync(ct) is DateTime expires ? (id, new DateTimeOffset(expires)) : null;

        void Add(string sql, params object?[] values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values) command.Parameters.Add(value is null ? new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text } : new() { Value = value });
            batch.BatchCommands.Add(command);
        }
    }

    private const string OfTheCall = "tenant_id = $1 and user_id = $2 and kind <> 'select' and (sender = $4 or $4 = $2) and call is not distinct from $5";
    private const string TakeBackSql = $"delete from signals where {OfTheCall} and device not in ('*', $3)";
    private const string NarrowSql = $"update signals set device = $3 where {OfTheCall} and device = '*'";

    /// <summary>What is kept for a device, in order.</summary>
    public static async Task<IReadOnlyList<StoredSignal>> OfAsync(TenantTrip trip, Guid wall, string user, string? device)
    {
        var kept = await trip.AskAsync(new($"select {StoredSignal.Columns} from signals s where s.tenant_id = $1 and s.user_id = $2 and s.expires_at > relay.now() order by s.seq limit {MostGiven}")
        {
            Parameters = { new() { Value = wall }, new() { Value = user } },
        }, StoredSignal.Of);
        return [.. kept.Where(signal => signal.IsFor(device))];
    }

    /// <summary>What was committed since, of all tenants, and from where to read on. Null since: nothing, from here on.</summary>
    public async Task<(IReadOnlyList<StoredSignal> New, ulong UpTo)> NewAsync(ulong? since, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("select pg_snapshot_xmin(pg_current_snapshot())::text") } };
        if (since is { } from)
            batch.BatchCommands.Add(new(NewSql)
            {
                Parameters = { new() { Value = from.ToString(CultureInfo.InvariantCulture) } },
            });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var upTo = ulong.Parse(reader.GetString(0), CultureInfo.InvariantCulture);
        var found = new List<StoredSignal>();
        if (await reader.NextResultAsync(ct))
            while (await reader.ReadAsync(ct)) found.Add(StoredSignal.Of(reader));
        return (found, upTo);
    }

    public const string NewSql = $"""
        select {StoredSignal.Columns} from signals s
        where s.xid >= $1::text::xid8 and s.xid < pg_snapshot_xmax(pg_current_snapshot()) and s.expires_at > relay.now() order by s.seq
        """;

    /// <summary>Upkeep: what is over goes.</summary>
    public async Task<long> SweepAsync(CancellationToken ct)
    {
        await using var sweep = databases.Engine.CreateCommand($"delete from signals where (tenant_id, id) in (select tenant_id, id from signals where expires_at <= relay.now() limit {Sweeps})");
        return await sweep.ExecuteNonQueryAsync(ct);
    }
}
