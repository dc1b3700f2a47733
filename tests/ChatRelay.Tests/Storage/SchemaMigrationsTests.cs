using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace ChatRelay.Tests.Storage;

public sealed class SchemaMigrationsTests
{
    [Fact]
    public async Task Two_nodes_that_start_at_once_migrate_once()
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        var ended = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrateAsync(database))));
        var applied = ended.Select(e => Assert.IsType<SchemaOutcome.Ready>(e).Applied).Order().ToArray();
        Assert.Equal([0, 0, 0], applied[..3]);
        Assert.True(applied[3] > 0);
    }

    [Fact]
    public async Task A_schema_with_a_step_that_this_build_does_not_know_is_refused_by_name()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await RunAsync(database, "insert into relay.migrations (number, name, checksum, expand) values (9001, '9001_drop_the_old_column', 'x', false)");
        var refused = Assert.IsType<SchemaOutcome.Refused>(await MigrateAsync(database));
        Assert.Contains("9001_drop_the_old_column", refused.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expanding_step_of_a_newer_build_is_lived_with()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await RunAsync(database, "insert into relay.migrations (number, name, checksum, expand) values (9001, '9001_add_a_column', 'x', true)");
        Assert.IsType<SchemaOutcome.Ready>(await MigrateAsync(database));
    }

    [Fact]
    public async Task A_migration_that_was_applied_with_another_text_is_refused()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await RunAsync(database, "update relay.migrations set checksum = 'changed' where number = 1");
        Assert.Contains("0001_base", Assert.IsType<SchemaOutcome.Refused>(await MigrateAsync(database)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_may_lose_a_commit_is_refused_by_the_name_of_its_setting()
    {
        var sound = new CommitDurability(true, true, "on");
        Assert.Null(sound.Fault(platformSeesToIt: false));
        Assert.Contains("fsync", (sound with { Fsync = false }).Fault(false), StringComparison.Ordinal);
        Assert.Contains("full_page_writes", (sound with { FullPageWrites = false }).Fault(false), StringComparison.Ordinal);
        Assert.Contains("synchronous_commit", (sound with { SynchronousCommit = "off" }).Fault(false), StringComparison.Ordinal);
        Assert.Null((sound with { Fsync = false, FullPageWrites = false }).Fault(platformSeesToIt: true));
        Assert.Equal(("disk", "standby", "platform"), (sound.LevelWith(false), sound.LevelWith(true), (sound with { Fsync = false }).LevelWith(true)));
    }

    private static async Task<SchemaOutcome> MigrateAsync(RelayDatabase database)
    {
        await using var databases = new Databases(database.Logins);
        return await new SchemaMigrations(databases, NullLogger<SchemaMigrations>.Instance).RunAsync((_, _) => Task.CompletedTask, CancellationToken.None);
    }

    private static async Task RunAsync(RelayDatabase database, string sql)
    {
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync();
        await using var command = new NpgsqlCommand(sql, owner);
        await command.ExecuteNonQueryAsync();
    }
}
