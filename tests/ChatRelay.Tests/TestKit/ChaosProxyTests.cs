using ChatRelay.TestKit;
using Npgsql;
using Xunit;

namespace ChatRelay.Tests.TestKit;

public sealed class ChaosProxyTests
{
    [Fact]
    public async Task A_prepared_commit_is_recognised_and_its_answer_can_be_lost()
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        await using var proxy = new ChaosProxy(database.ConnectionString);
        await using var node = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(proxy.Through(database.ConnectionString)) { MaxAutoPrepare = 10, AutoPrepareMinUsages = 1 });
        await ExecuteAsync(node, "create table seen (n int)");
        for (var n = 0; n < 5; n++) await WriteAsync(node, n); // by now nothing but a statement's number is on the wire

        proxy.AtNextCommit = CommitFault.LoseAnswer;
        await ExecuteAsync(node, "select count(*) from seen"); // no commit
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => WriteAsync(node, 5));

        Assert.Equal(1, proxy.Lost);
        Assert.Equal(6L, await CountAsync(database));
    }

    [Fact]
    public async Task A_write_outside_a_transaction_is_a_commit_of_its_own()
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        await using var proxy = new ChaosProxy(database.ConnectionString);
        await using var node = NpgsqlDataSource.Create(proxy.Through(database.ConnectionString));
        await ExecuteAsync(node, "create table seen (n int)");

        proxy.AtNextCommit = CommitFault.Cut;
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(node, "insert into seen values (1)"));
        await ExecuteAsync(node, "insert into seen values (2)");

        Assert.Equal(1, proxy.Lost);
        Assert.InRange(await CountAsync(database), 1, 2);
    }

    [Fact]
    public async Task While_it_is_stalled_nothing_passes_and_nothing_is_lost()
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        await using var proxy = new ChaosProxy(database.ConnectionString);
        await using var node = NpgsqlDataSource.Create(proxy.Through(database.ConnectionString));
        await ExecuteAsync(node, "create table seen (n int)");

        proxy.Stalled = true;
        var writing = ExecuteAsync(node, "insert into seen values (1)");
        Assert.Equal(0L, await CountAsync(database));
        Assert.False(writing.IsCompleted);
        proxy.Stalled = false;
        await writing;
        Assert.Equal(1L, await CountAsync(database));
    }

    [Fact]
    public async Task A_half_open_connection_looks_alive_to_the_node()
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        await using var proxy = new ChaosProxy(database.ConnectionString);
        await using var node = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(proxy.Through(database.ConnectionString)) { CommandTimeout = 1, CancellationTimeout = -1 });
        await ExecuteAsync(node, "select 1");

        proxy.HalveAll();

        var lost = await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(node, "select 1"));
        Assert.IsType<TimeoutException>(lost.InnerException); // not a connection that was closed
        await ExecuteAsync(node, "select 1");
    }

    private static async Task WriteAsync(NpgsqlDataSource node, int n)
    {
        await using var connection = await node.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new("begin"), new($"insert into seen values ($1)") { Parameters = { new() { Value = n } } }, new("commit") } };
        await batch.ExecuteNonQueryAsync();
    }

    private static async Task ExecuteAsync(NpgsqlDataSource node, string sql)
    {
        await using var command = node.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountAsync(RelayDatabase database)
    {
        await using var straight = NpgsqlDataSource.Create(database.ConnectionString);
        await using var count = straight.CreateCommand("select count(*) from seen");
        return (long)(await count.ExecuteScalarAsync())!;
    }
}
