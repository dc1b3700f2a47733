using System.Text.Json;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>Tables of 200,000 rows that nobody has analysed: what the planner makes of our statements, and what lists really read.</summary>
public sealed class PlanTests(PlanTests.BigTables big) : IClassFixture<PlanTests.BigTables>
{
    [Fact]
    public async Task Claim_scan_and_asking_walk_the_queue_by_its_index()
    {
        await using var connection = await big.Engine.Host.Services.GetRequiredService<QueueDoor>().OpenAsync(CancellationToken.None);
        await AssertNoScanAsync(connection, Claims.ClaimSql,
            new() { Value = Guid.CreateVersion7() }, new() { Value = new short[] { 2, 2 } }, new() { Value = new[] { big.Wall, big.Wall } },
            new() { Value = new[] { "t1", "t2" } }, new() { Value = new[] { 50, 50 } },
            new() { Value = new[] { DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch }, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        await AssertNoScanAsync(connection, LaneScan.Sql, new() { Value = (short)-1 }, new() { Value = Guid.Empty }, new() { Value = "" });
        var lane = Lane.Of(2, new Target(new TenantId(big.Wall), "t1"));
        await AssertNoScanAsync(connection, LaneAsk.Sql, LaneAsk.ParametersOf([new(lane, DateTimeOffset.UnixEpoch), new(lane with { Retries = true }, DateTimeOffset.UnixEpoch)]));
    }

    [Fact]
    public async Task Settling_reaches_every_row_by_its_key()
    {
        await using var connection = await big.Engine.Host.Services.GetRequiredService<QueueDoor>().OpenAsync(CancellationToken.None);
        foreach (var status in (DeliveryStatus[])[DeliveryStatus.Sent, DeliveryStatus.Retrying])
        {
            var command = SettledRow.CommandFor([.. Enumerable.Repeat(RowFor(big.SomeDelivery, status), 100)]);
            await AssertNoScanAsync(connection, command.CommandText, [.. command.Parameters.Cast<NpgsqlParameter>().Select(p => p.Clone())]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task A_row_is_reached_by_its_key_also_on_a_plan_that_was_made_while_the_queue_was_known_to_hold_next_to_nothing(int rows)
    {
        await using var engine = await EngineHost.StartAsync(("CHATRELAY_ROLES", "api"));
        string Insert(int count) => $"""
            insert into relay.queue (tenant_id, id, class, channel, band, target, due_at, notification_id)
            select '{big.Wall}', gen_random_uuid(), 30, 'webhook', 2, 't', relay.now(), gen_random_uuid() from generate_series(1, {count})
            """;
        foreach (var dead in (int[])[0, 20_000])
        {
            foreach (var sql in (string[])[Insert(dead), "delete from relay.queue", Insert(rows), "vacuum (truncate false) relay.queue"]) await engine.Host.SqlAsync(sql);
            await using var connection = await engine.Host.Services.GetRequiredService<QueueDoor>().OpenAsync(CancellationToken.None);
            await AssertByKeyAsync(connection, Claims.ClaimSql, 6);
            foreach (var status in (DeliveryStatus[])[DeliveryStatus.Sent, DeliveryStatus.Retrying])
            {
                var command = SettledRow.CommandFor([RowFor(big.SomeDelivery, status)]);
                await AssertByKeyAsync(connection, command.CommandText, command.Parameters.Count);
            }
        }
    }

    private static async Task AssertByKeyAsync(NpgsqlConnection connection, string sql, int parameters)
    {
        var name = $"it_{Guid.CreateVersion7():n}";
        await using (var prepare = new NpgsqlCommand($"prepare {name} as {sql}", connection)) await prepare.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand($"explain execute {name}({string.Join(", ", Enumerable.Repeat("null", parameters))})", connection);
        await using var reader = await explain.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await reader.ReadAsync()) plan.Add(reader.GetString(0));
        var way = plan.FindIndex(line => line.Contains(" on queue q ", StringComparison.Ordinal) && !line.Contains("Update on", StringComparison.Ordinal) && !line.Contains("Delete on", StringComparison.Ordinal));
        Assert.Contains("Index Scan using queue_pkey", plan[way], StringComparison.Ordinal);
        Assert.Matches(@"Index Cond: \(\(tenant_id = .*\) AND \(id = .*\)\)", plan[way + 1]);
    }

    [Fact]
    public async Task Lists_and_filters_read_no_more_than_their_page_needs()
    {
        var before = await big.ReadAsync();
        string[] paths =
        [
            "/v1/notifications", "/v1/notifications?limit=100&channel=webhook", "/v1/notifications?to=u_77", "/v1/notifications?external_id=x_99", "/v1/notifications?status=failed",
            "/v1/notifications?status=scheduled", "/v1/notifications?status=queued", "/v1/notifications?status=sent", "/v1/deliveries?status=queued", "/v1/deliveries?status=sent", "/v1/deliveries?status=waiting", "/v1/notifications?status=sending", "/v1/notifications?status=canceled", "/v1/deliveries", "/v1/deliveries?status=failed",
            "/v1/deliveries?status=sending", "/v1/deliveries?status=held", $"/v1/deliveries?status=failed&created_after={Uri.EscapeDataString(big.Engine.Now.AddHours(-1).ToString("O"))}",
        ];
        foreach (var path in paths)
        {
            var said = await big.Engine.Http.ReadAsync(path);
            Assert.True(said.Status == 200, $"{path} {said}");
        }
        var read = await big.ReadAsync() - before;
        Assert.True(read < 20_000 * paths.Length / 10, $"{read} rows were read for {paths.Length} pages");
    }

    [Fact]
    public async Task How_few_attempts_ended_is_found_along_an_index()
    {
        var before = await big.ReadAsync();
        foreach (var more in (string[])["", "&status=failed", "&channel=webhook", "&limit=1", $"&created_after={Uri.EscapeDataString(big.Engine.Now.AddDays(-2).ToString("O"))}"])
        {
            var said = await big.Engine.Http.ReadAsync($"/v1/deliveries?outcome=tls_error{more}");
            Assert.Equal([big.Garbled], IdsOf(said));
            Assert.False(said["has_more"].GetBoolean());
        }
        foreach (var more in (string[])["&status=sent", "&channel=email", "&status=queued"])
            Assert.Equal([], IdsOf(await big.Engine.Http.ReadAsync($"/v1/deliveries?outcome=tls_error{more}")));
        using var visitor = new ConsoleVisitor(big.Engine.Host);
        await visitor.SignInAsync(big.Engine.Host.OperatorKey);
        Assert.Contains(big.Garbled, (await visitor.OpenAsync($"/ops/deliveries?tenant={big.Engine.Tenant.Id}&outcome=tls_error")).Html, StringComparison.Ordinal);
        var read = await big.ReadAsync() - before;
        Assert.True(read < BoundedWalk.Most + 9_000, $"{read} rows were read for nine pages"); // what is queued is looked through in one bounded walk
    }

    [Fact]
    public async Task A_filter_that_no_index_knows_looks_through_a_bounded_part_and_its_pages_lead_to_all_that_fit()
    {
        foreach (var filter in (string[])[$"provider={new ProviderId(big.SomeAccount)}", "channel=websocket&status=sent", $"provider={new ProviderId(big.SomeAccount)}&outcome=ok"])
        {
            var before = await big.ReadAsync();
            var first = await big.Engine.Http.ReadAsync($"/v1/deliveries?{filter}");
            var read = await big.ReadAsync() - before;
            Assert.Empty(IdsOf(first));
            Assert.True(first["has_more"].GetBoolean());
            Assert.InRange(read, 1, BoundedWalk.Most + 1_000);

            var (found, pages) = (new List<string>(), 1);
            for (var said = first; said["next_cursor"].GetString() is { } next; pages++)
            {
                said = await big.Engine.Http.ReadAsync($"/v1/deliveries?{filter}&after={Uri.EscapeDataString(next)}");
                Assert.True(said.Status == 200, said.ToString());
                found.AddRange(IdsOf(said));
            }
            Assert.Equal([big.Diverted], found);
            Assert.InRange(pages, 150_000 / BoundedWalk.Most, (200_000 / BoundedWalk.Most) + 2);
        }
    }

    [Fact]
    public async Task The_console_says_how_many_it_looked_through_and_leads_on()
    {
        using var visitor = new ConsoleVisitor(big.Engine.Host);
        await visitor.SignInAsync(big.Engine.Host.OperatorKey);
        var (path, pages) = ($"/ops/deliveries?tenant={big.Engine.Tenant.Id}&provider={new ProviderId(big.SomeAccount)}", 1);
        for (var html = ""; ; pages++)
        {
            html = (await visitor.OpenAsync(path)).Html;
            if (html.Contains(big.Diverted, StringComparison.Ordinal)) break;
            Assert.Contains("20,000 deliveries were looked through. Older ones may fit too.", html, StringComparison.Ordinal);
            path = System.Net.WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(html, "href=\"([^\"]+)\">Older</a>").Groups[1].Value);
        }
        Assert.InRange(pages, 150_000 / BoundedWalk.Most, (200_000 / BoundedWalk.Most) + 2);
    }

    [Fact]
    public async Task A_plain_deliverys_move_touches_no_index()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var (moved, inPlace) = await big.MovedAsync();
        foreach (var sent in await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => big.Engine.SendWebhookAsync(receiver.Url)))) await big.Engine.ReachesAsync(sent.Id, "sent");
        var now = await big.MovedAsync();
        Assert.Equal((20, 20), (now.Moved - moved, now.InPlace - inPlace));
    }

    private static List<string> IdsOf(Said said) => [.. said["data"].EnumerateArray().Select(d => d.GetProperty("id").GetString()!)];

    [Fact]
    public async Task Many_who_look_at_a_resting_queue_make_it_be_counted_once()
    {
        var reads = big.Engine.Host.Services.GetRequiredService<ChatRelay.Operations.PauseReads>();
        await big.Engine.Host.SqlAsync("update relay.installation set restored_as_of = relay.now()"); // from then on it is counted in full
        try
        {
            var looks = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => reads.NowAsync(CancellationToken.None)));
            Assert.All(looks, look => Assert.Equal((50_000, 20), (look.Deliveries, look.Sample.Count)));
            Assert.Single(looks.Select(look => look.Sample).Distinct());
        }
        finally
        {
            await big.Engine.Host.SqlAsync("update relay.installation set restored_as_of = null");
        }
    }

    [Theory]
    [InlineData(0, 20, true)]
    [InlineData(199, 20, true)]
    [InlineData(200, 20, false)]
    [InlineData(1, 0, false)]
    public void A_count_stands_for_ten_times_as_long_as_it_took(int age, int took, bool stands) =>
        Assert.Equal(stands, ChatRelay.Operations.PauseReads.Stands(TimeSpan.FromMilliseconds(age), TimeSpan.FromMilliseconds(took)));

    [Fact]
    public async Task What_the_console_asks_over_all_tenants_is_found_along_an_index()
    {
        await using var connection = await big.Engine.Host.Services.GetRequiredService<Databases>().Engine.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var steady = new NpgsqlCommand("call relay.steady_plans()", connection)) await steady.ExecuteNonQueryAsync();
        var troubled = TroubledReads.Command(TroubledReads.Statuses, null, null, DayWindows.IdAt(big.Engine.Now.AddDays(-2)), DayWindows.IdAt(big.Engine.Now.AddDays(2)), 51);
        await AssertNoScanAsync(connection, troubled.CommandText, [.. troubled.Parameters.Cast<NpgsqlParameter>().Select(p => p.Clone())]);
        await AssertNoScanAsync(connection, ChatRelay.Console.JobFigures.WorkersSql);
    }

    [Fact]
    public async Task The_consoles_pages_read_no_more_than_they_show()
    {
        using var visitor = new ConsoleVisitor(big.Engine.Host);
        await visitor.SignInAsync(big.Engine.Host.OperatorKey);
        var before = await big.ReadAsync();
        string[] paths = ["/ops", "/ops/deliveries", "/ops/deliveries?status=failed", $"/ops/deliveries?tenant={big.Engine.Tenant.Id}", $"/ops/deliveries?tenant={big.Engine.Tenant.Id}&status=queued", "/ops/jobs"];
        foreach (var path in paths) Assert.Equal(200, (await visitor.OpenAsync(path)).Status);
        var read = await big.ReadAsync() - before;
        Assert.True(read < 2_000 * paths.Length, $"{read} rows were read for {paths.Length} pages");
    }

    [Fact]
    public async Task The_pages_of_tenants_rooms_and_alerts_walk_their_indexes_however_many_rows_there_are()
    {
        await big.FillAsync($$"""
            insert into relay.tenants (tenant_id, live_id, environment, name, external_id, paused_at)
              select id, id, 'live', 'Many ' || i, 'many-' || i, case when i % 5000 = 0 then relay.now() end from (select gen_random_uuid() as id, i from generate_series(1, 20000) i) t;
            insert into relay.rooms (tenant_id, id, type, name, external_id, max_members, write, history, created_by)
              select '{{big.Wall}}', gen_random_uuid(), 'group', 'Room ' || i, 'many-' || i, 100, 'members', 'all', 'test' from generate_series(1, 200000) i;
            insert into relay.alerts (id, rule, resolved_at, value, worst, threshold) select gen_random_uuid(), 'queue_age', case when i % 50000 <> 0 then relay.now() end, 400, 500, 300 from generate_series(1, 200000) i;
            """);
        using var visitor = new ConsoleVisitor(big.Engine.Host);
        await visitor.SignInAsync(big.Engine.Host.OperatorKey);
        string[] paths =
        [
            "/ops/tenants", "/ops/tenants?external_id=many-19999", "/ops/tenants/due", $"/ops/tenants/{big.Engine.Tenant.Id}", $"/ops/rooms?tenant={big.Engine.Tenant.Id}", $"/ops/rooms?tenant={big.Engine.Tenant.Id}&room=many-77",
            "/ops/alerts", "/ops/pauses",
        ];
        // What they read is not counted as on the other pages: upkeep reads these tables beside them.
        foreach (var path in paths) Assert.Equal(200, (await visitor.OpenAsync(path)).Status);
        Assert.Contains("Room 77", (await visitor.OpenAsync($"/ops/rooms?tenant={big.Engine.Tenant.Id}&room=many-77")).Html, StringComparison.Ordinal);

        await using var connection = await big.Engine.Host.Services.GetRequiredService<Databases>().Engine.OpenConnectionAsync();
        await using var page = ChatRelay.Operations.Alerts.AlertReads.PageCommand(connection, new(20, null, null, default!));
        await AssertNoScanAsync(connection, page.CommandText, [.. page.Parameters.Cast<NpgsqlParameter>().Select(p => p.Clone())]);
        await using var steady = await big.Engine.Host.Services.GetRequiredService<QueueDoor>().OpenAsync(CancellationToken.None);
        await AssertNoScanAsync(steady, PauseNews.Sql);
        await AssertNoScanAsync(connection, "select id from alerts where resolved_at is null order by id");
        await AssertNoScanAsync(connection, ChatRelay.Operations.Alerts.AlertsSlice.ForgetSql);
        foreach (var sql in (string[])[ChatRelay.Rooms.RoomUpkeep.RetireSql, ChatRelay.Rooms.RoomUpkeep.RemoveSql])
            await AssertNoScanAsync(steady, sql, new() { Value = Guid.Empty }, new() { Value = Guid.Empty }, new() { Value = Guid.AllBitsSet }, new() { Value = Guid.AllBitsSet });
    }

    [Fact]
    public async Task Lists_of_jobs_and_of_kept_mails_read_no_more_than_a_page_however_long_they_are()
    {
        var at = big.Engine.Now.ToUnixTimeMilliseconds();
        await big.FillAsync($$"""
            create temp table listed as select (lpad(to_hex({{at}} + i), 12, '0') || '7000a0000000' || lpad(to_hex(i), 6, '0') || '01')::uuid as id, i from generate_series(1, 200000) i;
            insert into relay.jobs (tenant_id, id, kind, status, input, created_by, finished_at) select case when i % 2 = 0 then '{{big.Wall}}' else '{{Guid.Empty}}' end::uuid, id, 'none', 'succeeded', '{}', 'test', relay.now() from listed;
            insert into relay.sandbox_emails (tenant_id, id, class, delivery_id, message_id, recipient, subject, mail) select '{{big.Wall}}', id, 30, id, 'm' || i, 'ann@example.com', 'One', '{"to":{"email":"ann@example.com"},"subject":"One","text":"hi"}' from listed;
            """);
        using var visitor = new ConsoleVisitor(big.Engine.Host);
        await visitor.SignInAsync(big.Engine.Host.OperatorKey);
        const string tables = "^(jobs|sandbox_emails)";
        var before = await big.ReadAsync(tables);
        var (tenant, read) = ($"/ops/tenants/{big.Engine.Tenant.Id}", 0);
        foreach (var path in (string[])["/ops/jobs/list", $"/ops/jobs/list?tenant={big.Engine.Tenant.Id}", $"{tenant}/mails"])
        {
            for (var (next, page) = (path, 0); page < 3; page++, read++)
            {
                var html = (await visitor.OpenAsync(next)).Html;
                Assert.Equal(50, System.Text.RegularExpressions.Regex.Count(html, "<th scope=\"row\">"));
                next = System.Net.WebUtility.HtmlDecode(System.Text.RegularExpressions.Regex.Match(html, "href=\"([^\"]+)\">Older</a>").Groups[1].Value);
            }
        }
        var rows = await big.ReadAsync(tables) - before;
        Assert.True(rows < 1_000 * read, $"{rows} rows were read for {read} pages");
    }

    private SettledRow RowFor(Guid delivery, DeliveryStatus status) => new()
    {
        Delivery = new ClaimedDelivery { Tenant = big.Wall, Id = delivery, Channel = ChannelKind.Webhook, Lane = default, Incarnation = Guid.CreateVersion7(), Claim = 1, Before = Progress.None },
        Attempt = new AttemptRecord { Id = Guid.CreateVersion7(), Number = 1, Trigger = "automatic", StartedAt = DateTimeOffset.UnixEpoch, Took = default, Outcome = Outcome.Ok },
        Status = status,
        Progress = Progress.None,
    };

    internal static async Task AssertNoScanAsync(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        await using var explain = new NpgsqlCommand("explain (format json) " + sql, connection);
        foreach (var parameter in parameters) explain.Parameters.Add(parameter);
        var plan = (string)(await explain.ExecuteScalarAsync())!;
        using var document = JsonDocument.Parse(plan);
        var scans = new List<string>();
        Walk(document.RootElement[0].GetProperty("Plan"), scans);
        Assert.True(scans.Count == 0, $"{string.Join(", ", scans)}\n{plan}");
    }

    private static void Walk(JsonElement node, List<string> scans)
    {
        if (node.GetProperty("Node Type").GetString() is "Seq Scan" && node.GetProperty("Relation Name").GetString() is { } table && table is not "installation") scans.Add(table);
        if (node.TryGetProperty("Plans", out var plans))
            foreach (var child in plans.EnumerateArray()) Walk(child, scans);
    }

    /// <summary>One tenant with 200,000 notifications of today: most sent, some failed, all of the queue still to come.</summary>
    public sealed class BigTables : IAsyncLifetime
    {
        internal EngineHost Engine { get; private set; } = null!;
        internal Guid Wall { get; private set; }
        internal Guid SomeDelivery { get; private set; }

        /// <summary>Through which one went of all, and that one; and the only one that ended so.</summary>
        internal Guid SomeAccount { get; } = Guid.CreateVersion7();
        internal string Diverted { get; private set; } = "";
        internal string Garbled { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Engine = await EngineHost.StartAsync();
            var said = await Engine.SendMailAsync("ann@example.com");
            await Engine.ReachesAsync(said.Id, "sent");
            Wall = RelayId.TryParse<TenantId>(Engine.Tenant.Id, out var id) ? id.Value : throw new InvalidOperationException();
            var day = DateOnly.FromDateTime(Engine.Now.UtcDateTime).ToString("yyyyMMdd");
            await FillAsync($$"""
                alter table relay.queue set (autovacuum_enabled = false);
                alter table relay.deliveries_c30_{{day}} set (autovacuum_enabled = false);
                alter table relay.notifications_c30_{{day}} set (autovacuum_enabled = false);
                create temp table made as
                  select i, (lpad(to_hex((extract(epoch from date_trunc('day', relay.now() at time zone 'UTC') at time zone 'UTC') * 1000)::bigint + i), 12, '0') || '7000a0000000' || lpad(to_hex(i), 6, '0') || '01')::uuid as id
                  from generate_series(1, 200000) i;
                insert into relay.notifications_c30_{{day}} (tenant_id, id, class, recipient, to_user, priority, external_id, route, channels, content, delivery_ids)
                  select '{{Wall}}', id, 30, '{}', 'u_' || (i % 5000), 1, 'x_' || (i % 5000), '[]', '{webhook}', '{}', array[id] from made;
                insert into relay.deliveries_c30_{{day}} (tenant_id, id, class, notification_id, channel, target, until, status, notification_status, attempts, last_outcome, provider_id, begun_at, ended_at)
                  select '{{Wall}}', id, 30, id, case when i = 3 then 'websocket' else 'webhook' end, 't' || (i % 50), 'accepted',
                    case when i % 4 = 0 then 'queued' when i % 1000 = 1 then 'failed' else 'sent' end, case when i % 4 = 0 then 'queued' when i % 1000 = 1 then 'failed' else 'sent' end,
                    case when i % 4 = 0 then 0 else 1 end, case when i = 1 then 'tls_error' when i % 1000 = 1 then 'http_error' when i % 4 > 0 then 'ok' end, case when i = 3 then '{{SomeAccount}}'::uuid end,
                    relay.now() + case when i % 8 = 0 then interval '1 day' else interval '0' end, case when i % 4 = 0 then null else relay.now() end from made;
                insert into relay.queue (tenant_id, id, class, notification_id, channel, band, target, due_at)
                  select '{{Wall}}', id, 30, id, 'webhook', 2, 't' || (i % 50), relay.now() + interval '1 day' from made where i % 4 = 0;
                """);
            SomeDelivery = (Guid)(await Engine.Host.SqlAsync($"select id from relay.deliveries_c30_{day} limit 1"))!;
            Diverted = await DeliveryAsync("provider_id is not null and channel = 'websocket'");
            Garbled = await DeliveryAsync("last_outcome = 'tls_error'");

            async Task<string> DeliveryAsync(string where) => new DeliveryId((Guid)(await Engine.Host.SqlAsync($"select id from relay.deliveries_c30_{day} where {where}"))!).ToString();
        }

        // A busy machine may take a while over it.
        internal async Task FillAsync(string sql)
        {
            await using var owner = new NpgsqlConnection(Engine.Host.Database.ConnectionString);
            await owner.OpenAsync();
            await using var fill = new NpgsqlCommand(sql, owner) { CommandTimeout = 0 };
            await fill.ExecuteNonQueryAsync();
        }

        /// <summary>How many rows of notifications, deliveries and queue were read, by any way. A new session sees what ended ones have reported.</summary>
        public async Task<long> ReadAsync(string tables = "^(notifications|deliveries)")
        {
            var databases = Engine.Host.Services.GetRequiredService<Databases>();
            databases.ForgetConnections(); // a session reports what it read when it ends
            for (var (seen, tries) = (-1L, 0); ; tries++)
            {
                Assert.True(tries < 50, "somebody reads these tables all the time");
                var now = Convert.ToInt64(await Engine.Host.SqlAsync("""
                    select coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::bigint from pg_stat_user_tables where relname ~ $1
                    """, tables));
                if (now == seen) return now;
                seen = now;
                await Task.Delay(1200); // statistics are flushed once a second
            }
        }

        /// <summary>How many changes deliveries have seen, and how many of them in place: no index was written for these.</summary>
        public async Task<(long Moved, long InPlace)> MovedAsync()
        {
            await ReadAsync(); // what sessions have to report is reported
            var text = (string)(await Engine.Host.SqlAsync("select sum(n_tup_upd) || ' ' || sum(n_tup_hot_upd) from pg_stat_user_tables where relname ~ '^deliveries_c'"))!;
            return (long.Parse(text.Split(' ')[0]), long.Parse(text.Split(' ')[1]));
        }

        public ValueTask DisposeAsync() => Engine.DisposeAsync();
    }
}
