using System.Collections.Concurrent;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Webhooks;
using Npgsql;

namespace ChatRelay.Presence;

/// <summary>
/// Which rooms have a member who is there, for tenants that want to be told. After a user came or went: (1) the rows of their rooms are locked; (2) whether somebody is
/// there is looked at after that, so that the last of two who leave at once finds the room empty; (3) what differs is told, by whoever wrote it.
/// </summary>
internal sealed partial class Occupancy(Databases databases, WebhookSignals signals, RelayClock clock, ILogger<Occupancy> log) : BackgroundService
{
    private const int MostAtOnce = 500;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(Guid Wall, string User), byte> moved = new();
    private readonly WakeUp wake = new(clock);

    public void Look(Guid wall, string user)
    {
        if (!signals.Wants(wall, WebhookSignals.RoomOccupied) && !signals.Wants(wall, WebhookSignals.RoomVacated)) return;
        moved[(wall, user)] = 0;
        wake.Signal();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await wake.WaitAsync(Again, stoppingToken);
            try
            {
                while (!moved.IsEmpty) await TurnAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException)
            {
                LogBlind(e.GetType().Name);
                await wake.WaitAsync(Again, stoppingToken);
            }
        }
    }

    private async Task TurnAsync(CancellationToken ct)
    {
        var some = TakeMoved(); // before they are looked at: whoever moves from here on is looked at again
        try
        {
            await LookAtAsync(some, ct);
        }
        catch
        {
            foreach (var one in some) moved.TryAdd(one, 0);
            throw;
        }
    }

    private List<(Guid Wall, string User)> TakeMoved()
    {
        var some = moved.Keys.Take(MostAtOnce).ToList();
        foreach (var one in some) moved.TryRemove(one, out _);
        return some;
    }

    private async Task LookAtAsync(List<(Guid Wall, string User)> some, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in (string[])[MakeSql, LockSql, LookSql])
            batch.BatchCommands.Add(new(sql) { Parameters = { new() { Value = some.ConvertAll(m => m.Wall).ToArray() }, new() { Value = some.ConvertAll(m => m.User).ToArray() } } });
        var told = new List<(Guid Wall, Guid Room, bool Occupied)>();
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.NextResultAsync(ct); // the locks
            while (await reader.ReadAsync(ct)) told.Add((reader.GetGuid(0), reader.GetGuid(1), reader.GetBoolean(2)));
        }
        await transaction.CommitAsync(ct);
        foreach (var (wall, room, occupied) in told)
            signals.Offer(wall, occupied ? WebhookSignals.RoomOccupied : WebhookSignals.RoomVacated, () => new { RoomId = new RoomId(room) });
    }

    private const string Theirs = "unnest($1::uuid[], $2::text[]) f(tenant_id, user_id) join room_members m on m.tenant_id = f.tenant_id and m.user_id = f.user_id and m.member";

    private const string MakeSql = $"""
        insert into room_occupancy (tenant_id, room_id, occupied) select distinct m.tenant_id, m.room_id, false from {Theirs} order by 1, 2 on conflict do nothing
        """;

    private const string LockSql = $"""
        select 1 from room_occupancy o where (o.tenant_id, o.room_id) in (select m.tenant_id, m.room_id from {Theirs}) order by o.tenant_id, o.room_id for update
        """;

    private const string LookSql = $"""
        with looked as (
          select r.tenant_id, r.room_id, exists (
            select from room_members o join presences p on p.tenant_id = o.tenant_id and p.user_id = o.user_id and p.status in ('online', 'away', 'dnd')
            where o.tenant_id = r.tenant_id and o.room_id = r.room_id and o.member) as occupied
          from (select distinct m.tenant_id, m.room_id from {Theirs}) r
        )
        update room_occupancy o set occupied = l.occupied from looked l where o.tenant_id = l.tenant_id and o.room_id = l.room_id and o.occupied <> l.occupied
        returning o.tenant_id, o.room_id, o.occupied
        """;

    [LoggerMessage(2703, LogLevel.Warning, "occupancy.blind {Reason}")]
    private partial void LogBlind(string reason);
}
