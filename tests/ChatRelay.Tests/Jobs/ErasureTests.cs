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
        Assert.Empty(tables.Except(rules));
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

    private async Task EraseAsync(object whom)
    {
        var job = await acme.Http.SendAsync("/v1/erasures", whom);
        await Eventually.Async(async () => (await acme.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
    }
}
