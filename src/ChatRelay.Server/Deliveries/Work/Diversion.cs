using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Due mail whose account takes none of it (its breaker is open, it rests, is paused, disabled or gone) goes to the next account that does; so does
/// what is over an account's rate, as far as another has room. No attempt is spent, and each move is told. What no other account may send stays, and says why.
/// (1) which lanes are stuck, and who else is there; (2) a batch of a lane, locked; (3) each row by itself; (4) the moves.
/// </summary>
internal sealed class Diversion(QueueDoor door, ProviderAccounts accounts, AccountLimits limits, WorkBoard board, TimeProvider clock)
{
    private const int Batch = 500, MostBatches = 4;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private readonly Dictionary<Lane, (DateTimeOffset Due, Guid Id)> _reached = [];
    private DateTimeOffset _learnAt;

    /// <summary>How many were moved.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (clock.GetUtcNow() >= _learnAt)
        {
            await limits.LearnAsync(board.Awaited(), ct);
            _learnAt = clock.GetUtcNow() + Fresh;
        }
        var (stuck, moved) = (board.Stuck(), 0);
        foreach (var gone in _reached.Keys.Except(stuck.Select(s => s.Lane)).ToList()) _reached.Remove(gone);
        foreach (var (lane, standing) in stuck)
        {
            if (AccountLimits.IdOf(lane.Target) is not { } from) continue;
            var all = await accounts.OfAsync(lane.Tenant.Value, ct); // (1)
            for (var n = 0; n < MostBatches; n++)
            {
                var others = all.All.Where(a => a.Id != from && a.Status is ProviderStatus.Enabled && board.StandingOf(AccountLimits.TargetOf(a)) is Standing.Open).ToList();
                var room = standing is Standing.Full ? others.Sum(a => Math.Min(board.RoomOf(AccountLimits.TargetOf(a)), Batch)) : Batch;
                if (others.Count == 0 || room == 0) break;
                var (seen, went) = await MoveAsync(lane, all, [.. others.Select(a => a.Id)], Math.Min(room, Batch), ct);
                moved += went;
                if (standing is Standing.Full || seen < Batch) break;
            }
        }
        return moved;
    }

    private async Task<(int Seen, int Moved)> MoveAsync(Lane lane, TenantAccounts all, HashSet<ProviderId> others, int limit, CancellationToken ct)
    {
        await using var connection = await door.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var rows = await TakeAsync(connection, lane, _reached.GetValueOrDefault(lane), limit, ct); // (2)
        if (rows.Count < limit) _reached.Remove(lane); // to its end: the next look begins anew
        else _reached[lane] = (rows[^1].Due, rows[^1].Id);
        if (rows.Count == 0) return (0, 0);

        var moves = new List<(Row Row, ProviderId To)>();
        foreach (var (row, (named, domain)) in await ChoicesAsync(connection, lane, rows, ct))
            if (Next([.. all.Usable(named, domain).Where(a => !row.Refused.Contains(a.Id.Value))], others, row.Tried) is { } next) moves.Add((row, next)); // (3)
        if (moves.Count > 0) await WriteAsync(connection, lane, moves, ct); // (4)
        await transaction.CommitAsync(ct);
        return (rows.Count, moves.Count);
    }

    /// <summary>The first by its order that was not tried in this round; else the first: what would have been tried next is not there.</summary>
    public static ProviderId? Next(IReadOnlyList<Provider> usable, HashSet<ProviderId> open, IReadOnlyList<Guid> tried)
    {
        ProviderId? again = null;
        foreach (var account in usable)
        {
            if (!open.Contains(account.Id)) continue;
            if (!tried.Contains(account.Id.Value)) return account.Id;
            again ??= account.Id;
        }
        return again;
    }

    // A mail that may have gone out through its account stays with it.
    private static async Task<List<Row>> TakeAsync(NpgsqlConnection connection, Lane lane, (DateTimeOffset Due, Guid Id) after, int limit, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand($"""
            select id, due_at, tried, notification_id, refused from queue
            where band = $1 and tenant_id = $2 and target = $3 and (due_at, id) > ($4, $5) and due_at <= relay.now()
              and claimed_by is null and not held and not parked and not suspect and pinned is null and channel = 'email'
            order by due_at, id limit {limit} for update skip locked
            """, connection)
        {
            Parameters =
            {
                new() { Value = lane.Band }, new() { Value = lane.Tenant.Value }, new() { Value = lane.Target.Name }, new() { Value = after.Due.UtcDateTime }, new() { Value = after.Id },
            },
        };
        await using var reader = await take.ExecuteReaderAsync(ct);
        var rows = new List<Row>();
        while (await reader.ReadAsync(ct)) rows.Add(new(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<Guid[]>(2), reader.GetGuid(3), reader.GetFieldValue<Guid[]>(4)));
        return rows;
    }

    private static async Task<List<(Row Row, (IReadOnlyList<ProviderId>? Named, string? SenderDomain) Choice)>> ChoicesAsync(
        NpgsqlConnection connection, Lane lane, List<Row> rows, CancellationToken ct)
    {
        var byId = rows.ToDictionary(r => r.Id);
        var choices = new List<(Row, (IReadOnlyList<ProviderId>?, string?))>(rows.Count);
        foreach (var part in rows.GroupBy(r => Partition.Of(r.Id)))
        {
            await using var read = new NpgsqlCommand($"select id, providers, sender_domain from {part.Key.Of("deliveries")} where tenant_id = $1 and id = any($2)", connection)
            {
                Parameters = { new() { Value = lane.Tenant.Value }, new() { Value = part.Select(r => r.Id).ToArray() } },
            };
            await using var reader = await read.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                choices.Add((byId[reader.GetGuid(0)], (
                    reader.IsDBNull(1) ? null : [.. reader.GetFieldValue<Guid[]>(1).Select(p => new ProviderId(p))], reader.IsDBNull(2) ? null : reader.GetString(2))));
        }
        return choices;
    }

    private async Task WriteAsync(NpgsqlConnection connection, Lane lane, List<(Row Row, ProviderId To)> moves, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add("queue q set target = i.provider::text, provider_id = i.provider", "q", moves);
        foreach (var part in moves.GroupBy(m => Partition.Of(m.Row.Id)).OrderBy(g => g.Key)) Add($"{part.Key.Of("deliveries")} d set provider_id = i.provider", "d", [.. part]);
        batch.BatchCommands.Add(EventRecord.Append(lane.Tenant.Value, [.. moves.Select(m => EventRecord.OfDelivery("delivery.failed_over", m.Row.Notification, m.Row.Id, clock.GetUtcNow()))]));
        await batch.ExecuteNonQueryAsync(ct);

        void Add(string change, string of, IReadOnlyList<(Row Row, ProviderId To)> rows) => batch.BatchCommands.Add(new(
            $"update {change} from unnest($2::uuid[], $3::uuid[]) as i(id, provider) where {of}.tenant_id = $1 and {of}.id = i.id")
        {
            Parameters = { new() { Value = lane.Tenant.Value }, new() { Value = rows.Select(m => m.Row.Id).ToArray() }, new() { Value = rows.Select(m => m.To.Value).ToArray() } },
        });
    }

    private sealed record Row(Guid Id, DateTimeOffset Due, IReadOnlyList<Guid> Tried, Guid Notification, IReadOnlyList<Guid> Refused);
}
