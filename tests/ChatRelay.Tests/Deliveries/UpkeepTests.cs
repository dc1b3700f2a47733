using ChatRelay.Deliveries;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>What is swept and vacuumed, asked for by the test itself.</summary>
public sealed class UpkeepTests : IAsyncLifetime
{
    private EngineHost _engine = null!;
    private QueueUpkeep Upkeep => _engine.Host.Services.GetRequiredService<QueueUpkeep>();

    public async ValueTask InitializeAsync() => _engine = await EngineHost.StartAsync(("CHATRELAY_ROLES", "api,deliver"));
    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task A_kept_answer_is_forgotten_after_its_day_and_its_key_is_free_again()
    {
        var mail = new { to = new { email = "ann@example.com" }, content = new { subject = "x", text = "x" } };
        var first = await _engine.Http.SendAsync("/v1/notifications", mail, "k-1");
        await _engine.Host.TimePasses(TimeSpan.FromHours(23));
        Assert.Equal(0, await Upkeep.ForgetAnswersAsync(CancellationToken.None));
        Assert.Equal(first.Text, (await _engine.Http.SendAsync("/v1/notifications", mail, "k-1")).Text);
        await _engine.Host.TimePasses(TimeSpan.FromHours(2));
        Assert.Equal(1, await Upkeep.ForgetAnswersAsync(CancellationToken.None));
        Assert.Equal(0L, await _engine.Host.SqlAsync("select count(*) from relay.idempotency"));
        Assert.NotEqual(first.Id, (await _engine.Http.SendAsync("/v1/notifications", mail, "k-1")).Id);
    }

    [Fact]
    public async Task A_queue_that_has_turned_over_is_vacuumed_at_once()
    {
        await _engine.Host.SqlAsync("alter table relay.queue set (autovacuum_enabled = false)");
        await _engine.Host.SqlAsync("""
            insert into relay.queue (tenant_id, id, class, channel, band, target, due_at) select gen_random_uuid(), gen_random_uuid(), 30, 'webhook', 2, 't', relay.now() + interval '1 day' from generate_series(1, 3000)
            """);
        await _engine.Host.SqlAsync("delete from relay.queue");
        await Eventually.Async(async () => await Upkeep.VacuumAsync(CancellationToken.None) >= 3000); // a session tells what it left behind a little later
        await Eventually.Async(async () => await _engine.Host.SqlAsync("select vacuum_count > 0 and n_dead_tup = 0 from pg_stat_user_tables where relname = 'queue'") is true);
        Assert.Equal(0, await Upkeep.VacuumAsync(CancellationToken.None)); // nothing to do is nothing done
    }
}
