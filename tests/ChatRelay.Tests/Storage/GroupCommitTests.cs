using System.Collections.Concurrent;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using ChatRelay.TestKit;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Tests.Storage;

public sealed class GroupCommitTests : IAsyncLifetime
{
    private static readonly ThingRows Things = new();
    private RelayDatabase database = null!;

    public async ValueTask InitializeAsync()
    {
        database = await RelayDatabase.CreateAsync();
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync();
        await using var command = new NpgsqlCommand($"""
            create table relay.things (id uuid primary key, weight int not null check (weight >= 0));
            grant all on relay.things to "{database.Logins.EngineRole}";
            """, owner);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task What_is_answered_is_committed()
    {
        await using var running = await RunningAsync(database.Logins);
        var things = Enumerable.Range(0, 500).Select(_ => Thing.Sound()).ToArray();
        var outcomes = await Task.WhenAll(things.Select(t => running.Commit.WriteAsync(new CommitUnit().Add(Things, t), CancellationToken.None)));
        Assert.All(outcomes, o => Assert.IsType<CommitOutcome.Written>(o));
        Assert.Equal(500L, await CountAsync(things));
    }

    [Fact]
    public async Task A_unit_is_written_whole_or_not_at_all()
    {
        await using var running = await RunningAsync(database.Logins);
        var sound = Thing.Sound();
        await Assert.ThrowsAsync<PostgresException>(() => running.Commit.WriteAsync(new CommitUnit().Add(Things, sound).Add(Things, Thing.Bad()), CancellationToken.None));
        Assert.Equal(0L, await CountAsync([sound]));
    }

    /// <summary>For any mixture of sound and refused rows, with and without keys: each sound one is written, each bad one fails alone.</summary>
    [Fact]
    public void A_bad_row_fails_alone() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<bool>>(),
        mixture => MixtureHoldsAsync([.. mixture.Get.Take(60)]).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(25));

    private async Task<bool> MixtureHoldsAsync(bool[] sound)
    {
        await using var running = await RunningAsync(database.Logins);
        var units = sound.Select((good, i) => (Good: good, Thing: good ? Thing.Sound() : Thing.Bad(), Keyed: i % 3 == 0)).ToArray();
        var outcomes = await Task.WhenAll(units.Select(async u =>
        {
            try
            {
                return await running.Commit.WriteAsync(new CommitUnit(u.Keyed ? Given.KeptAnswer() : null).Add(Things, u.Thing), CancellationToken.None) is CommitOutcome.Written;
            }
            catch (PostgresException)
            {
                return false;
            }
        }));
        return outcomes.SequenceEqual(sound) && await CountAsync([.. units.Select(u => u.Thing)]) == sound.Count(s => s);
    }

    [Fact]
    public async Task Killed_connections_lose_nothing_that_was_answered()
    {
        const int enough = 2_000, kills = 20;
        await using var running = await RunningAsync(database.Logins);
        var (acknowledged, killed) = (new ConcurrentQueue<Thing>(), 0);
        using var written = new SemaphoreSlim(0);
        var writing = Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            while (acknowledged.Count < enough || Volatile.Read(ref killed) < kills)
            {
                var thing = Thing.Sound();
                if (await running.Commit.WriteAsync(new CommitUnit().Add(Things, thing), CancellationToken.None) is not CommitOutcome.Written) continue;
                acknowledged.Enqueue(thing);
                written.Release();
            }
        }));

        await using var killer = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Logins.Engine) { ApplicationName = "killer" });
        while (!writing.IsCompleted)
        {
            await using var kill = killer.CreateCommand("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'chatrelay flusher' and datname = current_database()");
            Interlocked.Add(ref killed, (int)(long)(await kill.ExecuteScalarAsync())!);
            while (written.CurrentCount > 0) await written.WaitAsync();
            await Task.WhenAny(written.WaitAsync(), writing); // on a slow machine it would else kill every connection before it has written anything
        }
        await writing;
        Assert.Equal(acknowledged.Count, await CountAsync([.. acknowledged]));
    }

    [Fact]
    public async Task A_lost_answer_to_the_commit_is_run_again_and_answered_once()
    {
        await using var proxy = new ChaosProxy(database.ConnectionString);
        await using var running = await RunningAsync(new DatabaseLogins(database.Logins.Owner, proxy.Through(database.Logins.Engine), database.Logins.Request));
        var thing = Thing.Sound();
        proxy.LoseAnswerTo(sent => sent.Contains("insert into things", StringComparison.Ordinal));
        Assert.IsType<CommitOutcome.Written>(await running.Commit.WriteAsync(new CommitUnit().Add(Things, thing), CancellationToken.None));
        Assert.Equal(1, proxy.Lost);
        Assert.Equal(1L, await CountAsync([thing]));
    }

    [Fact]
    public async Task A_keyed_unit_whose_commit_was_not_heard_of_gets_its_own_answer()
    {
        await using var proxy = new ChaosProxy(database.ConnectionString);
        await using var running = await RunningAsync(new DatabaseLogins(database.Logins.Owner, proxy.Through(database.Logins.Engine), database.Logins.Request));
        var (thing, keep) = (Thing.Sound(), Given.KeptAnswer());
        proxy.LoseAnswerTo(sent => sent.Contains("commit", StringComparison.Ordinal));
        var outcome = await running.Commit.WriteAsync(new CommitUnit(keep).Add(Things, thing), CancellationToken.None);
        var replayed = Assert.IsType<CommitOutcome.Replayed>(outcome);
        Assert.Equal(keep.Answer.Body, replayed.Answer.Body);
        Assert.Equal(1L, await CountAsync([thing]));
    }

    [Fact]
    public async Task A_database_that_is_away_is_said_and_nothing_is_promised()
    {
        await using var proxy = new ChaosProxy(database.ConnectionString);
        await using var running = await RunningAsync(new DatabaseLogins(database.Logins.Owner, proxy.Through(database.Logins.Engine), database.Logins.Request));
        proxy.Refusing = true;
        Assert.IsType<CommitOutcome.Unavailable>(await running.Commit.WriteAsync(new CommitUnit().Add(Things, Thing.Sound()), CancellationToken.None));
        proxy.Refusing = false;
        Assert.IsType<CommitOutcome.Written>(await running.Commit.WriteAsync(new CommitUnit().Add(Things, Thing.Sound()), CancellationToken.None));
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once()
    {
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync();
        await using var locked = await owner.BeginTransactionAsync(); // the first batch waits for this table
        await using (var command = new NpgsqlCommand("lock table relay.things", owner)) await command.ExecuteNonQueryAsync();

        await using var databases = new Databases(database.Logins);
        using var commit = GroupCommit.Of(databases, new GroupCommitOptions { MaxWaiting = 100 }, NullLogger<GroupCommit>.Instance);
        var waiting = Enumerable.Range(0, 101).Select(_ => commit.WriteAsync(new CommitUnit().Add(Things, Thing.Sound()), CancellationToken.None)).ToArray(); // one is on its way
        Assert.IsType<CommitOutcome.Unavailable>(await commit.WriteAsync(new CommitUnit().Add(Things, Thing.Sound()), CancellationToken.None));
        Assert.All(waiting, w => Assert.False(w.IsCompleted));

        await locked.RollbackAsync();
        Assert.All(await Task.WhenAll(waiting), o => Assert.IsType<CommitOutcome.Written>(o));
    }

    [Fact]
    public async Task What_waits_when_the_node_stops_is_still_written()
    {
        var running = await RunningAsync(database.Logins);
        var things = Enumerable.Range(0, 200).Select(_ => Thing.Sound()).ToArray();
        var writes = things.Select(t => running.Commit.WriteAsync(new CommitUnit().Add(Things, t), CancellationToken.None)).ToArray();
        await running.DisposeAsync();
        Assert.All(await Task.WhenAll(writes), o => Assert.IsType<CommitOutcome.Written>(o));
        Assert.Equal(200L, await CountAsync(things));
    }

    private async Task<long> CountAsync(IReadOnlyList<Thing> things)
    {
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync();
        await using var command = new NpgsqlCommand("select count(*) from relay.things where id = any($1)", owner) { Parameters = { new() { Value = things.Select(t => t.Id).ToArray() } } };
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<Running> RunningAsync(DatabaseLogins logins)
    {
        var databases = new Databases(logins);
        var commit = GroupCommit.Of(databases, new GroupCommitOptions { MaxBatch = 64 }, NullLogger<GroupCommit>.Instance);
        await commit.StartAsync(CancellationToken.None);
        return new(databases, commit);
    }

    private sealed record Running(Databases Databases, GroupCommit Commit) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Commit.StopAsync(CancellationToken.None);
            Commit.Dispose();
            await Databases.DisposeAsync();
        }
    }

    private sealed record Thing(Guid Id, int Weight)
    {
        public static Thing Sound() => new(Guid.NewGuid(), 1);
        public static Thing Bad() => new(Guid.NewGuid(), -1);
    }

    private sealed class ThingRows() : RowKind<Thing>(100)
    {
        protected override int Compare(Thing a, Thing b) => a.Id.CompareTo(b.Id);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<Thing> rows) => batch.BatchCommands.Add(
            new("insert into things (id, weight) select * from unnest($1::uuid[], $2::int[]) on conflict (id) do nothing")
            {
                Parameters = { UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Weight, NpgsqlDbType.Integer) },
            });
    }
}
