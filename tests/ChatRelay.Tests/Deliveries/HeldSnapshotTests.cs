using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>A snapshot is held, and the queue's index is full of dead rows that may not be cleared away. Nobody delivers here: each test looks for itself.</summary>
public sealed class HeldSnapshotTests : IAsyncLifetime
{
    private const int Dead = 100_000;
    private static readonly ScanCost Dear = new(ScanCost.Dear, ScanCost.Dear);

    private readonly Guid _tenant = Guid.CreateVersion7();
    private readonly FakeClock _clock = new();
    private EngineHost _engine = null!;
    private NpgsqlConnection _owner = null!, _holder = null!, _own = null!;
    private NpgsqlTransaction _snapshot = null!;
    private LaneLook _look = null!;

    private WorkBoard Board => Service<WorkBoard>();

    public async ValueTask InitializeAsync()
    {
        _engine = await EngineHost.StartAsync(("CHATRELAY_ROLES", "api"));
        _owner = await OpenAsync();
        await RunAsync(_owner, "alter table relay.queue set (autovacuum_enabled = false)");
        await DueAsync("seen", Dead, TimeSpan.FromMinutes(10));
        _holder = await OpenAsync();
        _snapshot = await _holder.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await RunAsync(_holder, "select count(*) from relay.queue");
        await RunAsync(_owner, "delete from relay.queue");
        _own = await Service<QueueDoor>().OpenAsync(CancellationToken.None);
        _look = new LaneLook(Service<QueueDoor>(), Board, Service<AccountLimits>(), Service<WakeUps>(), _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _look.EndAsync();
        await _own.DisposeAsync();
        await _snapshot.DisposeAsync();
        await _holder.DisposeAsync();
        await _owner.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Fact]
    public async Task A_lane_that_was_seen_is_asked_without_walking_the_dead_rows_that_the_snapshot_keeps()
    {
        await DueAsync("seen");
        Assert.True(await WalkedByLookAsync() > Dead); // a scan walks them all
        _look.Cost = Dear;
        Assert.InRange(await WalkedByLookAsync(), 1, 100);
        Assert.Contains(Board.Awaited(), t => t.Name == "seen");
    }

    [Fact]
    public async Task A_lane_that_is_new_is_found_by_the_scan_that_runs_beside()
    {
        _look.Cost = Dear;
        await DueAsync("new");
        await _look.RunAsync(_own, CancellationToken.None);
        await _look.EndAsync();
        Assert.Contains(Board.Awaited(), t => t.Name == "new");
    }

    [Fact]
    public async Task A_scan_beside_that_broke_is_told_at_the_next_look_and_made_again()
    {
        _look.Cost = Dear;
        await DueAsync("new");
        await _snapshot.CommitAsync(); // it would wait for that, too
        await using (var stuck = await _owner.BeginTransactionAsync())
        {
            await RunAsync(_owner, "lock table relay.queue");
            await _look.RunAsync(_own, CancellationToken.None);
            await Eventually.Async(async () => await _engine.Host.SqlAsync("select count(pg_terminate_backend(pid)) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'chatrelay queue'") is > 0L);
            await _look.EndAsync();
        }
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => _look.RunAsync(_own, CancellationToken.None));
        Assert.Empty(Board.Awaited());
        await _look.RunAsync(_own, CancellationToken.None);
        await _look.EndAsync();
        Assert.Contains(Board.Awaited(), t => t.Name == "new");
    }

    [Fact]
    public async Task When_the_scan_is_cheap_again_it_is_made_on_each_look()
    {
        _look.Cost = Dear;
        await _look.RunAsync(_own, CancellationToken.None);
        await _look.EndAsync(); // on this clock it took no time
        await DueAsync("new");
        await _look.RunAsync(_own, CancellationToken.None);
        Assert.Contains(Board.Awaited(), t => t.Name == "new");
    }

    // Entries of the index that this look's own connection went over, dead ones too.
    private async Task<long> WalkedByLookAsync()
    {
        _clock.Advance(TimeSpan.FromSeconds(10));
        await using var transaction = await _own.BeginTransactionAsync();
        var before = await WalkedAsync();
        await _look.RunAsync(_own, CancellationToken.None);
        return await WalkedAsync() - before;
    }

    private async Task<long> WalkedAsync()
    {
        await using var count = new NpgsqlCommand("select pg_stat_get_xact_tuples_returned('relay.queue_due'::regclass)", _own);
        return (long)(await count.ExecuteScalarAsync())!;
    }

    private Task DueAsync(string target, int rows = 1, TimeSpan ago = default) => RunAsync(_owner, $"""
        insert into relay.queue (tenant_id, id, class, channel, band, target, due_at)
        select '{_tenant}', gen_random_uuid(), 30, 'webhook', 2, '{target}', relay.now() - interval '{ago.TotalSeconds} s' from generate_series(1, {rows})
        """);

    private T Service<T>() where T : notnull => _engine.Host.Services.GetRequiredService<T>();

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_engine.Host.Database.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }
}
