using ChatRelay.Messages;
using ChatRelay.Protocol;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Tests.Messages;

/// <summary>A room of 200,000 messages that nobody has analysed: what search, threads, pins, reactions and mentions cost there, as the role that asks.</summary>
public sealed class MarkPlanTests(MarkPlanTests.BigRoom big) : IClassFixture<MarkPlanTests.BigRoom>
{
    private static NpgsqlParameter Null(NpgsqlDbType type) => new() { Value = DBNull.Value, NpgsqlDbType = type };

    [Fact]
    public async Task Search_goes_by_the_words_and_reads_what_they_lead_to()
    {
        // A function hides its plan: so its own text is asked for it, with the settings that it has.
        var body = (string)(await big.Host.Host.SqlAsync("select prosrc from pg_proc where proname = 'search_messages' and pronamespace = 'relay'::regnamespace"))!;
        var settings = (string[])(await big.Host.Host.SqlAsync("select proconfig from pg_proc where proname = 'search_messages' and pronamespace = 'relay'::regnamespace"))!;
        await using var connection = new NpgsqlConnection(big.Host.Host.Database.ConnectionString);
        await connection.OpenAsync();
        foreach (var setting in settings.Select(s => s.Split('=', 2)))
        {
            await using var set = new NpgsqlCommand($"set {setting[0]} = {setting[1]}", connection);
            await set.ExecuteNonQueryAsync();
        }
        await using var explain = new NpgsqlCommand("explain (analyze, format json) " + body, connection);
        foreach (var parameter in SearchReads.ParametersOf(big.Wall, big.Room, new("rare77", null, null, null, null), 0, long.MaxValue, 21)) explain.Parameters.Add(parameter);
        var plan = (string)(await explain.ExecuteScalarAsync())!;
        Assert.Contains("room_words_words", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("room_words_pkey", plan, StringComparison.Ordinal);

        // And what the request's role reads by it: twenty messages of the other room have the word too.
        foreach (var (words, most) in (ValueTuple<string, long>[])[("rare77", 400), ("nowhere", 200)])
        {
            var before = await ReadAsync();
            var said = await big.Host.Http.ReadAsync($"/v1/rooms/{new RoomId(big.Room)}/messages/search?q={words}");
            Assert.Equal((200, words == "rare77" ? 20 : 0), (said.Status, said["data"].GetArrayLength()));
            var read = await ReadAsync() - before;
            Assert.True(read < most, $"{read} rows were read for {words}");
        }
    }

    private async Task<long> ReadAsync()
    {
        var databases = big.Host.Host.Services.GetRequiredService<Databases>();
        databases.ForgetConnections(); // a session reports what it read when it ends
        for (var (seen, tries) = (-1L, 0); ; tries++)
        {
            Assert.True(tries < 50, "somebody reads these tables all the time");
            var now = Convert.ToInt64(await big.Host.Host.SqlAsync("select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint from pg_stat_user_tables where relname in ('room_words', 'entries')"));
            if (now == seen) return now;
            seen = now;
            await Task.Delay(TimeSpan.FromSeconds(1.2), TimeProvider.System); // statistics are flushed once a second
        }
    }

    [Fact]
    public async Task Threads_pins_reactions_and_mentions_are_found_along_an_index()
    {
        await using var connection = await big.Host.Host.Services.GetRequiredService<Databases>().Request.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var wall = new NpgsqlCommand("call relay.as_tenant($1)", connection) { Parameters = { new() { Value = big.Wall } } }) await wall.ExecuteNonQueryAsync();
        var message = new NpgsqlParameter { Value = big.Message };

        await PlanTests.AssertNoScanAsync(connection, MarkReads.RepliesSql, new() { Value = big.Wall }, new() { Value = big.Room }, message.Clone(), new() { Value = 0L }, new() { Value = 0L }, new() { Value = long.MaxValue }, new() { Value = 51L });
        await PlanTests.AssertNoScanAsync(connection, MarkReads.PinsSql, new() { Value = big.Wall }, new() { Value = big.Room }, new() { Value = long.MaxValue }, new() { Value = 0L });
        await PlanTests.AssertNoScanAsync(connection, MarkReads.ReactionsSql, new() { Value = big.Wall }, message.Clone(), new() { Value = 0L }, new() { Value = long.MaxValue }, new() { Value = 51L });
        await PlanTests.AssertNoScanAsync(connection, MarkReads.CountsSql, new() { Value = big.Wall }, new() { Value = new[] { big.Message } }, new() { Value = "u_7" });
        await PlanTests.AssertNoScanAsync(connection, ListMentions.Sql, new() { Value = big.Wall }, new() { Value = "u_7" }, new() { Value = Guid.AllBitsSet }, Null(NpgsqlDbType.Array | NpgsqlDbType.Uuid), Null(NpgsqlDbType.Array | NpgsqlDbType.Text), new() { Value = 21L });
    }

    [Fact]
    public async Task Pages_of_the_log_threads_and_mentions_read_no_more_than_they_show()
    {
        var (room, message) = (new RoomId(big.Room), new MessageId(big.Message));
        string[] paths = [$"/v1/rooms/{room}/messages?limit=50", $"/v1/rooms/{room}/messages/{message}/thread", $"/v1/rooms/{room}/messages/{message}/reactions", $"/v1/rooms/{room}/pins", "/v1/users/u_7/mentions", $"/v1/rooms/{room}/messages/{message}/history"];
        var before = await ReadAsync();
        foreach (var path in paths) Assert.Equal(200, (await big.Host.Http.ReadAsync(path)).Status);
        var read = await ReadAsync() - before;
        Assert.True(read < 500 * paths.Length, $"{read} rows were read for {paths.Length} pages");
    }

    [Fact]
    public void A_plain_message_is_published_by_a_statement_that_knows_nothing_of_marks()
    {
        foreach (var table in (string[])["reactions", "reaction_counts", "replies", "pins", "mentions (", "room_words"])
        {
            Assert.DoesNotContain($" {table}", EntryRows.PlainSql, StringComparison.Ordinal);
            if (table != "room_words") Assert.Contains($" {table}", EntryRows.MarkedSql, StringComparison.Ordinal);
        }
    }

    /// <summary>200,000 messages of one room, all with a word that all have, some with a rare one; and a few in another room with the same words.</summary>
    public sealed class BigRoom : IAsyncLifetime
    {
        internal RoomHost Host { get; private set; } = null!;
        internal Guid Wall { get; private set; }
        internal Guid Room { get; private set; }
        internal Guid Message { get; private set; }

        public async ValueTask InitializeAsync()
        {
            Host = await RoomHost.StartAsync();
            foreach (var table in (string[])["entries", "pins", "reactions", "reaction_counts", "replies", "mentions", "room_words"]) // without fresh statistics, whenever autovacuum comes by
                await Host.Host.SqlAsync($"alter table relay.{table} set (autovacuum_enabled = false)");
            Wall = RelayId.TryParse<TenantId>(Host.Tenant.Id, out var wall) ? wall.Value : throw new InvalidOperationException();
            var (room, other) = (await Host.RoomAsync(null, "u_7"), await Host.RoomAsync(null, "u_7"));
            Room = IdOf(room);
            await FillAsync(Room, 200_000);
            await FillAsync(IdOf(other), 2_000);
            Message = (Guid)(await Host.Host.SqlAsync("select id from relay.entries where room_id = $1 and seq = 1000", Room))!;
            await using var owner = new NpgsqlConnection(Host.Host.Database.ConnectionString);
            await owner.OpenAsync();
            foreach (var sql in (string[])
            [
                $"insert into relay.reactions (tenant_id, message_id, user_id, mark, room_id, seq) select '{Wall}', '{Message}', 'u_' || i, '=k' || i % 5, '{Room}', 1000 + i from generate_series(1, 20000) i",
                $"insert into relay.reaction_counts (tenant_id, message_id, key, count, first) select '{Wall}', '{Message}', 'k' || i, 4000, 1000 + i from generate_series(0, 4) i",
                $"insert into relay.mentions (tenant_id, user_id, message_id, room_id, seq) select tenant_id, 'u_' || seq % 100, id, room_id, seq from relay.entries where room_id = '{Room}'",
                $"insert into relay.pins (tenant_id, room_id, message_id, seq) select tenant_id, room_id, id, seq from relay.entries where room_id = '{Room}' and seq between 100 and 199",
            ])
            {
                await using var fill = new NpgsqlCommand(sql, owner) { CommandTimeout = 0 };
                await fill.ExecuteNonQueryAsync();
            }
        }

        private static Guid IdOf(string path) => RelayId.TryParse<RoomId>(path.Split('/')[^1], out var id) ? id.Value : throw new InvalidOperationException(path);

        private async Task FillAsync(Guid room, int count)
        {
            await using var owner = new NpgsqlConnection(Host.Host.Database.ConnectionString);
            await owner.OpenAsync();
            foreach (var sql in (string[])
            [
                "alter table relay.entries set (autovacuum_enabled = false)", "alter table relay.room_words set (autovacuum_enabled = false)", "alter table relay.mentions set (autovacuum_enabled = false)", "alter table relay.reactions set (autovacuum_enabled = false)",
                $$"""
                insert into relay.entries (tenant_id, room_id, seq, id, kind, sender, type, payload, message_count, reply_to)
                select '{{Wall}}', '{{room}}', i, gen_random_uuid(), 'message', 'u_' || i % 100, 'text', '{"text":"common rare' || i / 20 || '"}', i, case when i % 4000 = 0 then gen_random_uuid() end from generate_series(1, {{count}}) i
                """,
                $"update relay.room_heads set head = {count}, messages = {count} where room_id = '{room}'",
                $"""
                insert into relay.room_words (tenant_id, message_id, room_id, seq, sender, type, created_at, words)
                select tenant_id, id, room_id, seq, sender, type, created_at, to_tsvector('simple', payload::json ->> 'text') || array_to_tsvector(array[relay.room_word(room_id)]) from relay.entries where room_id = '{room}'
                """,
            ])
            {
                await using var fill = new NpgsqlCommand(sql, owner) { CommandTimeout = 0 };
                await fill.ExecuteNonQueryAsync();
            }
        }

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
