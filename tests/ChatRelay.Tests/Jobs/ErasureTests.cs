using ChatRelay.Jobs;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Jobs;

public sealed class ErasureTests : IAsyncLifetime
{
    private RelayHost host = null!;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync()
    {
        host = await RelayHost.StartAsync();
        acme = await host.NewTenantAsync();
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task Every_table_that_names_a_person_has_a_rule()
    {
        var tables = (string[])(await host.SqlAsync("""
            select array_agg(distinct c.relname::text) from pg_class c
            join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'relay'
            join pg_attribute a on a.attrelid = c.oid and not a.attisdropped and a.attnum > 0
            where c.relkind in ('r', 'p') and not c.relispartition and a.attname ~ '(^|_)(user|email|recipient)(_id)?$'
            """))!;
        var rules = host.Services.GetRequiredService<Erasure>().Rules.Select(r => r.Table).ToHashSet();
        Assert.Empty(tables.Except(rules).Except(["room_members", "alert_watch"])); // who is in a room is the bare record; where operators are told is theirs, no tenant's
        Assert.Contains("entries", rules); // named by `sender`
        Assert.Contains("attempts", rules); // a receiver may have answered with what it was sent
    }

    [Fact]
    public async Task What_was_sent_to_a_person_is_gone_and_the_others_stays()
    {
        foreach (var (user, address) in (ValueTuple<string, string>[])[("u_ann", "ann@example.com"), ("u_bob", "bob@example.com")])
        {
            var sent = await acme.Http.SendAsync("/v1/notifications", new { to = new { user, email = address }, content = new { subject = $"secret of {user}", text = $"secret of {user}" }, metadata = new { note = $"secret of {user}" } });
            await Eventually.Async(async () => (await acme.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["status"].GetString() == "sent");
        }

        var job = await acme.Http.SendAsync("/v1/erasures", new { user = "u_ann" });
        await Eventually.Async(async () => (await acme.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");

        foreach (var table in (string[])["notifications", "contents", "deliveries", "attempts", "sandbox_emails", "events", "jobs"])
        {
            Assert.Equal((table, 0L), (table, await host.SqlAsync($"select count(*) from relay.{table} t where t::text like '%secret of u_ann%'")));
        }
        Assert.NotEqual(0L, await host.SqlAsync("select count(*) from relay.sandbox_emails t where t::text like '%secret of u_bob%'"));
        Assert.Equal(2, (await acme.Http.ReadAsync("/v1/notifications"))["data"].GetArrayLength()); // the bare record remains
    }

    [Fact]
    public async Task An_address_is_found_however_it_was_written()
    {
        foreach (var address in (string[])["Ann.Example@EXAMPLE.com", "ann.example@example.com"])
        {
            var sent = await acme.Http.SendAsync("/v1/notifications", new { to = new { email = address }, content = new { subject = "secret of ann", text = new string('x', 100_000) + "secret of ann" } });
            await Eventually.Async(async () => (await acme.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["status"].GetString() == "sent");
        }
        await EraseAsync(new { email = "ann.EXAMPLE@example.com" });
        foreach (var table in (string[])["notifications", "contents", "sandbox_emails"])
            Assert.Equal((table, 0L), (table, await host.SqlAsync($"select count(*) from relay.{table} t where t::text like '%secret of ann%'")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_an_attempt_under_way_brings_back_is_not_kept_after_the_content_is_gone(bool person)
    {
        var (asked, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var echo = FakeReceiver.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            asked.SetResult();
            await go.Task;
            await connection.SendAsync(FakeReceiver.Answer(500, "you said: secret of ann", "X-Said: secret of ann"));
        });
        await using var open = await RelayHost.StartAsync(null, null, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));
        var tenant = await open.NewTenantAsync();
        var sent = await tenant.Http.SendAsync("/v1/notifications", new { to = new { user = "u_ann", webhook = new { url = echo.Url.ToString() } }, content = new { text = "secret of ann" } });
        await asked.Task;
        if (person)
        {
            var job = await tenant.Http.SendAsync("/v1/erasures", new { user = "u_ann" });
            await Eventually.Async(async () => (await tenant.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
        }
        else Assert.Equal(204, (await tenant.Http.RemoveAsync($"/v1/notifications/{sent.Id}/content")).Status);
        go.SetResult();
        var delivery = sent["deliveries.0.id"].GetString();
        await Eventually.Async(async () => (await tenant.Http.ReadAsync($"/v1/deliveries/{delivery}"))["attempts"].GetInt32() == 1);
        var attempts = await tenant.Http.ReadAsync($"/v1/deliveries/{delivery}/attempts");
        Assert.Equal(500, attempts["data.0.response_status"].GetInt32());
        Assert.DoesNotContain("secret", attempts.Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_tenants_own_events_say_is_gone_from_the_log_from_what_waits_and_from_what_receivers_answered(bool byUser)
    {
        var (asked, go, first) = (new TaskCompletionSource(), new TaskCompletionSource(), true);
        await using var echo = FakeReceiver.Start(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } request)
            {
                var text = System.Text.Encoding.UTF8.GetString(request.Body);
                if (Interlocked.Exchange(ref first, false))
                {
                    asked.SetResult();
                    await go.Task; // on the wire while it is erased
                }
                await connection.SendAsync(FakeReceiver.Answer(500, $"you said: {text}"));
            }
        });
        await using var open = await RelayHost.StartAsync(null, null, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));
        var tenant = await open.NewTenantAsync();
        var endpoint = await tenant.Http.SendAsync("/v1/webhook-endpoints", new { url = echo.Url, retry_schedule_s = new[] { 3600 }, timeout_s = 30 }); // longer than a slow machine takes to come by a few times
        var about = await tenant.Http.SendAsync("/v1/events", new { type = "order.placed", user = "u_ann", data = new { text = "secret of ann" } });
        await asked.Task;
        var other = await tenant.Http.SendAsync("/v1/events", new { type = "order.placed", user = "u_bob", data = new { text = "secret of bob" } });
        await Eventually.Async(async () => (long)(await open.SqlAsync("select count(*) from relay.attempts t where convert_from(t.response_body, 'UTF8') like '%secret of bob%'"))! == 1);

        var job = await tenant.Http.SendAsync("/v1/erasures", byUser ? new { user = "u_ann" } : new { @event = about.Id });
        await Eventually.Async(async () => (await tenant.Http.ReadAsync($"/v1/events/{about.Id}"))["data"].ValueKind is System.Text.Json.JsonValueKind.Null);
        var waits = open.Services.GetRequiredService<Erasure>().Rules.Index().Single(r => r.Item.Waits.Count > 0 && r.Item.Person == (byUser ? PersonKind.User : PersonKind.Event)).Index;
        var turns = new HashSet<string>();
        await Eventually.Async(async () =>
        {
            if (await open.SqlAsync("select xmin::text from relay.jobs where status = 'running' and cursor = $1", $"{waits}") is string written) turns.Add(written);
            return turns.Count >= 4; // it comes by there again and again, while the attempt is on the wire
        });
        go.SetResult();
        await Eventually.Async(async () => (await tenant.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded", 60);
        await Eventually.Async(async () => (long)(await open.SqlAsync("select count(*) from relay.attempts"))! == 2);

        Assert.Equal(0L, await open.SqlAsync("select count(*) from relay.events t where t::text like '%secret of ann%'"));
        Assert.Equal(0L, await open.SqlAsync("select count(*) from relay.attempts t where convert_from(t.response_body, 'UTF8') like '%secret of ann%'"));
        Assert.Contains("secret of bob", (await tenant.Http.ReadAsync($"/v1/events/{other.Id}")).Text, StringComparison.Ordinal);
        Assert.Equal(1L, await open.SqlAsync("select count(*) from relay.attempts t where convert_from(t.response_body, 'UTF8') like '%secret of bob%'"));
        await Eventually.Async(async () =>
        {
            // Each once: an attempt that is still being written down puts its row back to the schedule's time.
            await open.SqlAsync("update relay.queue set due_at = relay.now() where target = $1 and attempts = 1 and claimed_by is null and due_at > relay.now() + interval '1 minute'", endpoint.Id);
            return echo.Requests.Count == 4;
        }, 60);
        Assert.Single(echo.Requests, r => System.Text.Encoding.UTF8.GetString(r.Body).Contains("secret of ann", StringComparison.Ordinal)); // the first time only
        Assert.Contains(echo.Requests, r => System.Text.Encoding.UTF8.GetString(r.Body).Contains("\"data\":null", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_erasure_is_about_one_person_or_one_event()
    {
        foreach (var whom in (object[])[new { }, new { user = "u", email = "a@example.com" }, new { user = "u", @event = "evt_01jd3m7q8x6zv9k2b4n5c8d1fg" }])
            Assert.Equal([" not_allowed"], (await acme.Http.SendAsync("/v1/erasures", whom)).Faults);
    }

    private async Task EraseAsync(object whom)
    {
        var job = await acme.Http.SendAsync("/v1/erasures", whom);
        await Eventually.Async(async () => (await acme.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
    }
}
