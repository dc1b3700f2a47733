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
}
