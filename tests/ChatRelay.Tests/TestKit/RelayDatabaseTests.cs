using ChatRelay.TestKit;
using Npgsql;

namespace ChatRelay.Tests.TestKit;

public sealed class RelayDatabaseTests
{
    [Fact]
    public async Task Two_clones_do_not_see_each_other()
    {
        await using var one = await RelayDatabase.CreateAsync();
        await using var two = await RelayDatabase.CreateAsync();
        await using var inOne = NpgsqlDataSource.Create(one.ConnectionString);
        await using var inTwo = NpgsqlDataSource.Create(two.ConnectionString);
        await inOne.CreateCommand("create table public.mine (n int)").ExecuteNonQueryAsync();
        Assert.Equal(DBNull.Value, await inTwo.CreateCommand("select to_regclass('public.mine')::text").ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_clone_is_migrated_and_each_of_its_logins_opens()
    {
        await using var clone = await RelayDatabase.CreateAsync();
        foreach (var login in new[] { clone.Logins.Owner, clone.Logins.Engine, clone.Logins.Request })
        {
            await using var source = NpgsqlDataSource.Create(login);
            Assert.NotNull(await source.CreateCommand("select relay.now()").ExecuteScalarAsync());
        }
    }
}
