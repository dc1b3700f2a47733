using System.Text.Json;
using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using ChatRelay.Tenants;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Notifications;

/// <summary>
/// Makes the notifications of rooms' groups: a batch of each group in turn, so that nobody's small one waits behind somebody's large one. (1) lock the
/// group; (2) see whether more may wait in the queue, and where it goes; (3) the next members; (4) their notifications and the position behind them, in one
/// commit. There is no lease: whoever dies gives the lock back, and nothing of the batch stands.
/// </summary>
internal sealed partial class GroupExpansion(
    Databases databases, IAudience audience, Acceptance acceptance, TenantCache tenants, ProviderAccounts accounts, WebhookEndpoints endpoints, OutboundPolicy outbound,
    Backlog backlog, DeliveryOptions options, RelayClock clock, ILogger<GroupExpansion> log) : BackgroundService
{
    private const int AtOnce = 50, MostMembers = 200, MostText = 2_000_000;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1), Later = TimeSpan.FromSeconds(2);
    private readonly WakeUp _wake = new(clock);

    /// <summary>A hint; polling goes on always.</summary>
    public void Wake() => _wake.Signal();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await TurnAsync(stoppingToken) > 0) { }
                await _wake.WaitAsync(Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException)
            {
                LogFailed(e.GetType().Name);
                await _wake.WaitAsync(Poll, stoppingToken);
            }
        }
    }

    /// <summary>A batch of each group that is due; how many of them went on.</summary>
    private async Task<int> TurnAsync(CancellationToken ct)
    {
        var due = new List<(Guid Tenant, Guid Id)>();
        await using (var look = databases.Engine.CreateCommand($"select tenant_id, id from notification_groups where status = 'making' and due_at <= relay.now() order by due_at limit {AtOnce}"))
        await using (var reader = await look.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct)) due.Add((reader.GetGuid(0), reader.GetGuid(1)));
        var went = 0;
        foreach (var (tenant, id) in due)
            if (await BatchOrPutOffAsync(tenant, id, ct)) went++;
        return went;
    }

    /// <summary>A bug that one group meets must not stop the others.</summary>
    private async Task<bool> BatchOrPutOffAsync(Guid tenant, Guid id, CancellationToken ct)
    {
        try
        {
            return await BatchAsync(tenant, id, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException && !LostConnection.IsBehind(e))
        {
            LogFault(e, new GroupId(id));
            await using var connection = await databases.Engine.OpenConnectionAsync(ct);
            await PutOffAsync(connection, tenant, id, ProblemCode.Internal.Code, ct);
            return false;
        }
    }

    private async Task<bool> BatchAsync(Guid wall, Guid id, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // (1) the group; one that another node has in hand is not ours
        if (await LockAsync(connection, wall, id, ct) is not (var facts, var request)) return false;

        // (2) what it waits for, or where it goes
        if (await tenants.FindAsync(wall, ct) is not { Row.Status: not TenantStatus.Deleting } tenant)
        {
            await RunAsync(connection, "update notification_groups set status = 'canceled', request = null, ended_at = relay.now() where tenant_id = $1 and id = $2", ct, wall, id);
            await transaction.CommitAsync(ct);
            return false; // its tenant is going
        }
        var planned = RoutePlan.For(request, tenant, await accounts.OfAsync(wall, ct), await endpoints.OfAsync(wall, ct), outbound);
        if (await WaitsForAsync(tenant, planned) is { } waits)
        {
            await PutOffAsync(connection, wall, id, waits, ct);
            await transaction.CommitAsync(ct);
            return false;
        }

        // (3) the next members
        var parts = StoredParts.Of(request);
        var page = await audience.NextAsync(connection, facts, Math.Clamp(MostText / (parts.Common.Length + parts.Route.Length), 10, MostMembers), ct);

        // (4) all that is theirs, and the position
        var group = new GroupId(id);
        var made = page.Members.Select(member => Make(tenant, request, parts, (RoutePlan.Ready)planned, facts, member, group)).ToList();
        await using var batch = new NpgsqlBatch(connection);
        if (made.Count > 0)
        {
            NotificationRow.Rows.Append(batch, [.. made.Select(a => a.Notification)]);
            DeliveryRow.Rows.Append(batch, [.. made.SelectMany(a => a.Deliveries).OrderBy(d => d.Id)]);
            EventLog.Rows.Append(batch, [.. made.Select(a => a.Queued.Event)]);
        }
        Move(batch, facts, page, made.Count);
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(CancellationToken.None); // past this point it is written, whoever listens
        made.ForEach(acceptance.Committed);
        if (page.Position is null) LogMade(group);
        return true;
    }

    private Accepted Make(TenantFacts tenant, NotificationInput request, StoredParts parts, RoutePlan.Ready plan, GroupFacts of, AudienceMember member, GroupId group)
    {
        var own = member.Placed?.Into(request) ?? request;
        return acceptance.Accept(tenant, own, member.Placed is null ? parts : StoredParts.Of(own), plan, new(member.User, member.Email, of.Room), group, mayBear: false);
    }

    private async Task<string?> WaitsForAsync(TenantFacts tenant, RoutePlan planned) =>
        planned is RoutePlan.Refused refused ? refused.Why.Code.Code
        : backlog.WaitingOf(tenant.Wall) >= (tenant.Row.MaxWaiting ?? options.TenantBacklog) ? ProblemCode.BacklogFull.Code
        : await acceptance.HasTablesAsync() ? null : ProblemCode.Unavailable.Code;

    private static async Task<(GroupFacts, NotificationInput)?> LockAsync(NpgsqlConnection connection, Guid wall, Guid id, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand("""
            select room_id, upto, position, request from notification_groups
            where tenant_id = $1 and id = $2 and status = 'making' and due_at <= relay.now() for update skip locked
            """, connection) { Parameters = { new() { Value = wall }, new() { Value = id } } };
        await using var reader = await take.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var request = Read(reader.GetString(3));
        return (new(wall, id, reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetInt64(1), reader.GetString(2), request.To.Except ?? []), request);
    }

    // It was read strictly when it was accepted.
    private static NotificationInput Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        var faults = new Faults();
        return Shape.Of<NotificationInput>().TryRead(document.RootElement, faults, out var request) ? request : throw new InvalidOperationException("a group's request cannot be read any more");
    }

    // Of a room where everybody had read or was told already nothing is kept: such rounds are many.
    private static void Move(NpgsqlBatch batch, GroupFacts group, AudiencePage page, int made)
    {
        batch.BatchCommands.Add(new("""
            update notification_groups set position = coalesce($3, position), made = made + $4, waits_for = null, due_at = relay.now(),
              status = case when $3 is null then 'made' else 'making' end, request = case when $3 is not null then request end, ended_at = case when $3 is null then relay.now() end
            where tenant_id = $1 and id = $2
            """)
        {
            Parameters =
            {
                new() { Value = group.Tenant }, new() { Value = group.Id }, new() { Value = (object?)page.Position ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = (long)made },
            },
        });
        if (page.Position is null && group.UpTo is not null)
            batch.BatchCommands.Add(new("delete from notification_groups where tenant_id = $1 and id = $2 and made = 0") { Parameters = { new() { Value = group.Tenant }, new() { Value = group.Id } } });
    }

    private static Task PutOffAsync(NpgsqlConnection connection, Guid tenant, Guid id, string why, CancellationToken ct) =>
        RunAsync(connection, "update notification_groups set waits_for = $3, due_at = relay.now() + $4 where tenant_id = $1 and id = $2 and status = 'making'", ct, tenant, id, why, Later);

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Upkeep: groups that are over, as long ago as their tenant keeps things.</summary>
    public async Task<long> ForgetAsync(CancellationToken ct)
    {
        await using var forget = databases.Engine.CreateCommand("""
            delete from notification_groups where (tenant_id, id) in (
              select tenant_id, id from notification_groups where status <> 'making' and kept_until <= relay.now() order by kept_until limit 2000 for update skip locked)
            """);
        return await forget.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(2070, LogLevel.Warning, "group.waiting: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(2072, LogLevel.Error, "group.fault {GroupId}")]
    private partial void LogFault(Exception fault, GroupId groupId);

    [LoggerMessage(2071, LogLevel.Information, "group.made {GroupId}")]
    private partial void LogMade(GroupId groupId);
}
