using ChatRelay.Deliveries;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>Tables of days: made in time although upkeep sleeps, dropped behind, and nothing that was accepted is lost with them. No node here does upkeep by itself.</summary>
public sealed class RetentionTests
{
    private static readonly (string, string) WithoutUpkeep = ("CHATRELAY_ROLES", "api,deliver,realtime");

    [Fact]
    public async Task Days_without_upkeep_lose_nothing_that_is_accepted()
    {
        await using var engine = await EngineHost.StartAsync(WithoutUpkeep);
        await engine.Host.TimePasses(TimeSpan.FromDays(9));
        var single = await engine.SendMailAsync("ann@example.com");
        await engine.ReachesAsync(single.Id, "sent"); // the sandbox's table of the day is there too

        await engine.Host.TimePasses(TimeSpan.FromDays(9));
        var resent = await engine.Http.SendAsync($"/v1/notifications/{single.Id}/resend", new { });
        Assert.True(resent.Status == 202, resent.ToString());
        await engine.DeliveryReachesAsync(resent["deliveries.0"].GetString()!, "sent");

        await engine.Host.TimePasses(TimeSpan.FromDays(9));
        var batch = await engine.Http.SendAsync("/v1/notifications/batch", new { notifications = new[] { new { to = new { email = "ann@example.com" }, content = new { subject = "x", text = "x" } } } });
        Assert.True(batch.Status == 202, batch.ToString());
        await engine.ReachesAsync(batch["data.0.id"].GetString()!, "sent");
    }

    [Fact]
    public async Task A_node_that_starts_after_four_days_makes_the_days_tables_before_it_serves()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var before = await RelayHost.StartAsync(database, null, WithoutUpkeep);
        await before.TimePasses(TimeSpan.FromDays(5));
        await using var node = await RelayHost.StartAsync(database, before.Folder, WithoutUpkeep);
        Assert.Equal(true, await node.SqlAsync("select to_regclass('relay.attempts_c365_' || to_char(relay.now() at time zone 'UTC', 'YYYYMMDD')) is not null"));
    }

    [Fact]
    public async Task While_a_days_tables_cannot_be_made_nothing_is_promised()
    {
        await using var engine = await EngineHost.StartAsync(WithoutUpkeep);
        await engine.Host.TimePasses(TimeSpan.FromDays(9));
        var mail = new { to = new { email = "ann@example.com" }, content = new { subject = "x", text = "x" } };
        await using (var other = new NpgsqlConnection(engine.Host.Database.ConnectionString))
        {
            await other.OpenAsync();
            await using var hold = new NpgsqlCommand($"select pg_advisory_lock({DayTables.Lock})", other);
            await hold.ExecuteNonQueryAsync();
            foreach (var (path, body) in new (string, object)[] { ("/v1/notifications", mail), ("/v1/notifications/batch", new { notifications = new[] { mail } }) })
            {
                var refused = await engine.Http.SendAsync(path, body, "k-1");
                Assert.Equal("unavailable", refused.Code);
                Assert.True(int.Parse(refused.Headers["Retry-After"]) > 0);
            }
            await using var release = new NpgsqlCommand($"select pg_advisory_unlock({DayTables.Lock})", other);
            await release.ExecuteNonQueryAsync();
        }
        var said = await engine.Http.SendAsync("/v1/notifications", mail, "k-1"); // the refusal was not kept
        Assert.True(said.Status == 202, said.ToString());
        await engine.ReachesAsync(said.Id, "sent");
    }

    [Fact]
    public async Task Each_class_keeps_its_days_and_not_many_more()
    {
        await using var engine = await EngineHost.StartAsync(WithoutUpkeep);
        var kept = new List<(int Days, EngineHost Engine, string Id)>();
        foreach (var days in Partition.Classes)
        {
            var tenant = await OfClassAsync(engine, days);
            var said = await tenant.SendMailAsync("ann@example.com");
            await tenant.ReachesAsync(said.Id, "sent");
            kept.Add((days, tenant, said.Id));
        }

        var day = 0;
        foreach (var look in Partition.Classes.SelectMany(days => (int[])[days, days + 2]))
        {
            await engine.Host.TimePasses(TimeSpan.FromDays(look - day));
            day = look;
            await UpkeepAsync(engine);
            foreach (var (days, tenant, id) in kept)
            {
                var read = await tenant.Http.ReadAsync($"/v1/notifications/{id}");
                Assert.True(read.Status == (days >= day ? 200 : 404), $"day {day}, class {days}: {read}");
                Assert.Equal(days >= day ? 1 : 0, (await tenant.Http.ReadAsync("/v1/notifications"))["data"].GetArrayLength());
                Assert.Equal(days >= day ? 1 : 0, (await tenant.Http.ReadAsync("/v1/sandbox/emails"))["data"].GetArrayLength());
                if (days >= day) Assert.Equal(1, (await tenant.Http.ReadAsync($"/v1/deliveries/{read["deliveries.0.id"].GetString()}/attempts"))["data"].GetArrayLength());
                else Assert.Equal(404, (await tenant.Http.SendAsync($"/v1/notifications/{id}/resend", new { })).Status);
            }
        }
    }

    [Fact]
    public async Task What_is_scheduled_further_ahead_than_the_tenants_retention_is_kept_until_it_was_sent()
    {
        await using var engine = await EngineHost.StartAsync(WithoutUpkeep);
        var tenant = await OfClassAsync(engine, 7);
        var said = await tenant.SendMailAsync("ann@example.com", new { send_at = engine.Now.AddDays(40) });
        var late = await tenant.Http.ChangeAsync($"/v1/notifications/{said.Id}", new { send_at = engine.Now.AddDays(90) });
        Assert.Equal(["/send_at out_of_range"], late.Faults);
        for (var days = 0; days < 40; days += 5)
        {
            await engine.Host.TimePasses(TimeSpan.FromDays(5));
            await UpkeepAsync(engine);
        }
        await engine.Host.TimePasses(TimeSpan.FromHours(1));
        await tenant.ReachesAsync(said.Id, "sent");
    }

    [Fact]
    public async Task What_still_waits_at_the_end_of_its_retention_expires_before_it_goes()
    {
        await using var engine = await EngineHost.StartAsync(WithoutUpkeep);
        var tenant = await OfClassAsync(engine, 7);
        var said = await tenant.SendMailAsync("timeout@simulator"); // in doubt, and nobody looks
        await tenant.DeliveryReachesAsync(said["deliveries.0.id"].GetString()!, "held");
        await engine.Host.TimePasses(TimeSpan.FromDays(8));
        await UpkeepAsync(engine);
        var read = await tenant.Http.ReadAsync($"/v1/notifications/{said.Id}");
        Assert.Equal("expired", read["status"].GetString());
        Assert.Equal("expired", read["deliveries.0.status"].GetString());
        Assert.Equal(1L, await engine.Host.SqlAsync("select count(*) from relay.events where type = 'notification.expired' and subject = $1", said.Id));
        var again = await tenant.Http.SendAsync($"/v1/notifications/{said.Id}/resend", new { });
        Assert.Equal("conflict", again.Code);

        await engine.Host.TimePasses(TimeSpan.FromDays(1));
        await UpkeepAsync(engine);
        Assert.Equal(404, (await tenant.Http.ReadAsync($"/v1/notifications/{said.Id}")).Status);
        Assert.Equal(0L, await engine.Host.SqlAsync("select count(*) from relay.queue"));
    }

    private static Task<long> UpkeepAsync(EngineHost engine) => engine.Host.Services.GetRequiredService<QueueUpkeep>().PartitionsAsync(CancellationToken.None);

    private static async Task<EngineHost> OfClassAsync(EngineHost engine, int days)
    {
        var tenant = await engine.ForAnotherTenantAsync();
        var changed = await engine.Host.Operator.ChangeAsync($"/v1/tenants/{tenant.Tenant.Id}", new { settings = new { retention_days = days } });
        Assert.True(changed.Status == 200, changed.ToString());
        return tenant;
    }
}
