using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>Operators' jobs on a queue of 200,000 that nobody has analysed, and among workers that claim from it.</summary>
public sealed class QueueJobsTests(QueueJobsTests.BigQueue big) : IClassFixture<QueueJobsTests.BigQueue>
{
    private const int Many = 200_000;

    [Fact]
    public async Task Jobs_find_and_move_their_rows_by_key()
    {
        var databases = big.Engine.Host.Services.GetRequiredService<Databases>();
        await using var connection = await databases.Engine.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var steady = new NpgsqlCommand("call relay.steady_plans()", connection)) await steady.ExecuteNonQueryAsync();
        foreach (var selection in new[]
        {
            new QueueSelection { Walls = [big.Wall] }, new QueueSelection { Walls = [big.Wall], Held = true }, new QueueSelection { Channel = ChannelKind.Webhook },
            new QueueSelection { Walls = [big.Wall], Tag = "even" }, new QueueSelection { Walls = [big.Wall], Since = big.Engine.Now },
        })
        {
            await using var next = selection.NextCommand(connection, (big.Wall, big.Some[0].Id), 2000);
            await PlanTests.AssertNoScanAsync(connection, next.CommandText, [.. next.Parameters.Cast<NpgsqlParameter>().Select(p => p.Clone())]);
        }
        foreach (var move in new PlainMove[] { new PlainMove.Hold(), new PlainMove.Release(), new PlainMove.Cancel() })
        {
            var command = move.CommandFor(Partition.Of(big.Some[0].Id), big.Some, big.Engine.Now);
            await PlanTests.AssertNoScanAsync(connection, command.CommandText, [.. command.Parameters.Cast<NpgsqlParameter>().Select(p => p.Clone())]);
        }
    }

    [Fact]
    public async Task Two_hundred_thousand_are_held_let_go_and_thrown_away()
    {
        var tenant = big.Engine.Tenant.Id;
        var half = OperateAsync(big.Engine, "hold", new { tenant, tag = "even" });
        await SmallJobAsync();
        Assert.False(half.IsCompleted, "somebody's small job waited behind somebody's large one");
        Assert.Equal(Many / 2, await half);
        Assert.Equal($"held {Many / 2}, queued {Many / 2}", await CountsAsync());
        Assert.Equal(Many / 2, await OperateAsync(big.Engine, "hold", new { tenant })); // the other half
        Assert.Equal($"held {Many}", await CountsAsync());
        Assert.Equal(Many, await OperateAsync(big.Engine, "release", new { tenant }));
        Assert.Equal($"queued {Many}", await CountsAsync());
        Assert.Equal(0L, await big.Engine.Host.SqlAsync("select count(*) from relay.queue where held or due_at < relay.now()")); // their time has not changed
        Assert.Equal(Many, await OperateAsync(big.Engine, "discard", new { tenant }));
        Assert.Equal($"canceled {Many}", await CountsAsync());
        Assert.Equal(0L, await big.Engine.Host.SqlAsync("select count(*) from relay.queue"));
        Assert.Equal((long)Many, await big.Engine.Host.SqlAsync("select count(distinct subject) from relay.events where type = 'notification.canceled'"));
        Assert.Equal((long)Many, await big.Engine.Host.SqlAsync("select count(*) from relay.events where type = 'notification.canceled'"));
    }

    [Fact]
    public async Task Among_workers_that_claim_every_delivery_is_sent_or_taken_back_and_never_both()
    {
        await using var engine = await EngineHost.StartAsync(("CHATRELAY_DELIVERY_SLOTS", "16"));
        await using var receiver = FakeReceiver.Answering(200);
        var one = new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = "x" }, route = new[] { new { channel = "webhook" } } };
        var two = new { to = new { email = "ann@example.com", webhook = new { url = receiver.Url.ToString() } }, content = new { subject = "x", text = "x" }, route = new[] { new { channel = "webhook" }, new { channel = "email" } } };
        var ids = new List<string>();
        for (var batch = 0; batch < 4; batch++)
        {
            var said = await engine.Http.SendAsync("/v1/notifications/batch", new { notifications = Enumerable.Range(0, 500).Select(i => i % 5 == 0 ? (object)two : one).ToArray() });
            Assert.True(said.Status == 202, said.ToString());
            ids.AddRange(said["data"].EnumerateArray().Select(d => d.GetProperty("id").GetString()!));
            await OperateAsync(engine, "hold", new { tenant = engine.Tenant.Id });
            if (batch < 3) await OperateAsync(engine, "release", new { tenant = engine.Tenant.Id });
        }
        var thrown = OperateAsync(engine, "discard", new { tenant = engine.Tenant.Id, since = engine.Now.AddMinutes(-10) });
        await OperateAsync(engine, "release", new { tenant = engine.Tenant.Id });
        await thrown;

        await EngineHost.UntilAsync(() => engine.Http.ReadAsync("/v1/deliveries?status=queued"), _ => engine.Host.SqlAsync("select count(*) from relay.queue").GetAwaiter().GetResult() is 0L);
        var sent = receiver.Requests.Select(r => r.Header("webhook-id")!).ToList();
        Assert.Equal(sent.Count, sent.Distinct().Count());
        var status = await StatusesAsync(engine);
        Assert.Equal(ids.Count, status.Count);
        Assert.All(status, s => Assert.True(s.Webhook == (sent.Contains(s.Delivery) ? "sent" : "canceled"), $"{s}"));
        Assert.All(status, s => Assert.Equal(s.Webhook, s.Notification)); // the mail behind it is skipped or taken back with it
        Assert.Equal(ids.Count, Convert.ToInt32(await engine.Host.SqlAsync("select count(*) from relay.events where type in ('notification.sent', 'notification.canceled')")));
    }

    private async Task SmallJobAsync()
    {
        var other = await big.Engine.ForAnotherTenantAsync();
        var job = await other.Http.SendAsync("/v1/erasures", new { user = "u_1" });
        await EngineHost.UntilAsync(() => other.Http.ReadAsync($"/v1/jobs/{job.Id}"), j => j["status"].GetString() == "succeeded");
    }

    private static async Task<List<(string Delivery, string Webhook, string Notification)>> StatusesAsync(EngineHost engine)
    {
        await using var owner = new NpgsqlConnection(engine.Host.Database.ConnectionString);
        await owner.OpenAsync();
        await using var look = new NpgsqlCommand("select id, status, notification_status from relay.deliveries where step = 0", owner);
        await using var reader = await look.ExecuteReaderAsync();
        var all = new List<(string, string, string)>();
        while (await reader.ReadAsync()) all.Add((new DeliveryId(reader.GetGuid(0)).ToString(), reader.GetString(1), reader.GetString(2)));
        return all;
    }

    /// <summary>Back when the job has ended, with how many it counted first.</summary>
    private static async Task<int> OperateAsync(EngineHost engine, string act, object which)
    {
        var started = await engine.Host.Operator.SendAsync($"/v1/ops/{act}", which);
        Assert.True(started.Status == 202, started.ToString());
        await Eventually.Async(async () => (await engine.Host.Operator.ReadAsync($"/v1/ops/jobs/{started["job.id"].GetString()}"))["finished_at"].ValueKind is System.Text.Json.JsonValueKind.String, seconds: 180);
        var job = await engine.Host.Operator.ReadAsync($"/v1/ops/jobs/{started["job.id"].GetString()}");
        Assert.Equal("succeeded", job["status"].GetString());
        return started["count"].GetInt32();
    }

    private async Task<string> CountsAsync() => (string)(await big.Engine.Host.SqlAsync(
        "select string_agg(status || ' ' || n, ', ' order by status) from (select status, count(*) as n from relay.deliveries group by status) s"))!;

    /// <summary>One tenant with 200,000 deliveries for tomorrow, each alone on its route.</summary>
    public sealed class BigQueue : IAsyncLifetime
    {
        internal EngineHost Engine { get; private set; } = null!;
        internal Guid Wall { get; private set; }
        internal IReadOnlyList<JobRow> Some { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            Engine = await EngineHost.StartAsync();
            Wall = RelayId.TryParse<TenantId>(Engine.Tenant.Id, out var id) ? id.Value : throw new InvalidOperationException();
            var day = DateOnly.FromDateTime(Engine.Now.UtcDateTime).ToString("yyyyMMdd");
            await using var owner = new NpgsqlConnection(Engine.Host.Database.ConnectionString);
            await owner.OpenAsync();
            await using (var fill = new NpgsqlCommand($$"""
                alter table relay.queue set (autovacuum_enabled = false);
                alter table relay.deliveries_c30_{{day}} set (autovacuum_enabled = false);
                alter table relay.notifications_c30_{{day}} set (autovacuum_enabled = false);
                create temp table made as
                  select i, (lpad(to_hex((extract(epoch from date_trunc('day', relay.now() at time zone 'UTC') at time zone 'UTC') * 1000)::bigint + i), 12, '0') || '7000a0000000' || lpad(to_hex(i), 6, '0') || '01')::uuid as id
                  from generate_series(1, {{Many}}) i;
                insert into relay.notifications_c30_{{day}} (tenant_id, id, class, recipient, priority, tags, route, channels, content, delivery_ids)
                  select '{{Wall}}', id, 30, '{}', 1, case when i % 2 = 0 then '{even}'::text[] else '{}' end, '[]', '{webhook}', '{}', array[id] from made;
                insert into relay.deliveries_c30_{{day}} (tenant_id, id, class, notification_id, channel, target, until, status, notification_status, begun_at)
                  select '{{Wall}}', id, 30, id, 'webhook', 't' || (i % 50), 'accepted', 'queued', 'queued', relay.now() from made;
                insert into relay.queue (tenant_id, id, class, notification_id, channel, band, target, due_at)
                  select '{{Wall}}', id, 30, id, 'webhook', 2, 't' || (i % 50), relay.now() + interval '1 day' from made;
                """, owner) { CommandTimeout = 0 }) await fill.ExecuteNonQueryAsync();
            await using var some = new NpgsqlCommand("select id from relay.queue order by id limit 2000", owner);
            await using var reader = await some.ExecuteReaderAsync();
            var rows = new List<JobRow>();
            while (await reader.ReadAsync()) rows.Add(new(Wall, reader.GetGuid(0), reader.GetGuid(0)));
            Some = rows;
        }

        public ValueTask DisposeAsync() => Engine.DisposeAsync();
    }
}
