using ChatRelay.Storage;
using ChatRelay.TestKit;
using Npgsql;

namespace ChatRelay.Tests.Storage;

/// <summary>A timeline that is not the one of before raises the generation once, before anybody is let in; and who has seen a generation goes to no lower one.</summary>
public sealed class DatabasePlaceTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_database_begins_with_the_first_generation_and_keeps_it_over_restarts()
    {
        await using var database = await RelayDatabase.CreateAsync();
        for (var start = 0; start < 2; start++)
        {
            await using var databases = new Databases(database.Logins);
            Assert.Equal("1.1", await StandsAsync(databases.Request));
        }
    }

    [Fact]
    public async Task Whoever_comes_first_after_a_promotion_raises_the_generation_once_and_above_what_any_other_copy_has()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using (var before = new Databases(database.Logins)) Assert.Equal("1.1", await StandsAsync(before.Engine));
        await SetAsync(database, "update relay.installation set timeline = 77"); // as if its numbers had been given on another

        await using var databases = new Databases(database.Logins);
        var found = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => Task.Run(() => StandsAsync((n % 3) switch { 0 => databases.Request, 1 => databases.Flusher, _ => databases.Queue }), Ct)));
        var generation = long.Parse(Assert.Single(found.Distinct()).Split('.')[0]);
        Assert.InRange(generation, DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds());
    }

    [Fact]
    public async Task A_node_that_finds_its_database_elsewhere_lets_its_connections_go_and_wakes_who_waits()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var databases = new Databases(database.Logins);
        var pid = await PidAsync(databases.Request);
        Assert.Equal(pid, await PidAsync(databases.Request)); // it is pooled
        var here = databases.Place.Here;

        await SetAsync(database, "update relay.installation set timeline = 77");
        await StandsAsync(databases.Beat);
        Assert.True(here.IsCancellationRequested);
        Assert.False(databases.Place.Here.IsCancellationRequested);
        Assert.NotEqual(pid, await PidAsync(databases.Request));
    }

    [Fact]
    public async Task A_former_primary_is_entered_by_nobody_who_knows_the_next_one()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var databases = new Databases(database.Logins);
        await SetAsync(database, "update relay.installation set generation = 5, timeline = 1");
        Assert.Equal("5.1", await StandsAsync(databases.Beat));

        await SetAsync(database, "update relay.installation set generation = 4");
        var refused = await Assert.ThrowsAsync<NotThePrimary>(() => StandsAsync(databases.Beat));
        Assert.True(LostConnection.Is(refused)); // to the node it is away
    }

    private static async Task<string> StandsAsync(NpgsqlDataSource door)
    {
        await using var ask = door.CreateCommand("select generation || '.' || timeline from installation");
        return (string)(await ask.ExecuteScalarAsync(Ct))!;
    }

    private static async Task<int> PidAsync(NpgsqlDataSource door)
    {
        await using var ask = door.CreateCommand("select pg_backend_pid()");
        return (int)(await ask.ExecuteScalarAsync(Ct))!;
    }

    private static async Task SetAsync(RelayDatabase database, string sql)
    {
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, owner);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
