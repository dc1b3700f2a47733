using ChatRelay.Storage;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ChatRelay.Tests.Storage;

/// <summary>What a message costs when it comes alone: its statement is large, and was once planned for each of them.</summary>
public sealed class CommitPlansTests(RoomFixture fixture) : IClassFixture<RoomFixture>
{
    [Fact]
    public async Task The_statement_that_publishes_is_planned_once_and_not_for_each_message()
    {
        var host = fixture.Rooms;
        var room = await host.RoomAsync(null, "ann");
        for (var n = 0; n < 30; n++) Assert.Equal(201, (await host.SayAsync(host.Http, room, $"{n}")).Status);

        var (anew, once) = (0L, 0L);
        var door = host.Host.Services.GetRequiredService<Databases>().Flusher;
        var all = new List<NpgsqlConnection>();
        for (var n = 0; n < new NpgsqlConnectionStringBuilder(door.ConnectionString).MaxPoolSize; n++)
        {
            all.Add(await door.OpenConnectionAsync());
            await using var plans = new NpgsqlCommand("select coalesce(sum(custom_plans), 0)::bigint, coalesce(sum(generic_plans), 0)::bigint from pg_prepared_statements where statement like '%insert into entries%' and statement not like '%pg_prepared%'", all[n]);
            await using var reader = await plans.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync());
            (anew, once) = (anew + reader.GetInt64(0), once + reader.GetInt64(1));
        }
        foreach (var connection in all) await connection.DisposeAsync();
        Assert.Equal(0, anew);
        Assert.True(once > 10, $"{once} of 30 messages were published by a statement that was prepared");
    }
}
