using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Xunit;

namespace ChatRelay.Tests.Notifications;

/// <summary>Two things at the same moment: one of them is first, and what both were told is what is so.</summary>
public sealed class RaceTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private const int Rounds = 25;
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_cancel_that_comes_with_the_attempt_ends_it_or_comes_too_late()
    {
        await using var receiver = FakeReceiver.Answering(200);
        for (var i = 0; i < Rounds; i++)
        {
            var said = await _engine.SendWebhookAsync(receiver.Url, more: new { send_at = _engine.Now.AddMilliseconds(i * 20 % 100) });
            var canceled = await _engine.Http.SendAsync($"/v1/notifications/{said.Id}/cancel", new { });
            var ended = await EndedAsync(said.Id);
            var arrived = receiver.Requests.Any(r => r.Header("webhook-id") == said["deliveries.0.id"].GetString());
            Assert.Equal(arrived ? 1 : 0, ended["deliveries.0.attempts"].GetInt32());
            Assert.Equal(canceled.Status == 409, ended["status"].GetString() == "sent" && canceled.Status != 200);
            if (!arrived) Assert.Equal(("canceled", 200), (ended["status"].GetString(), canceled.Status));
        }
    }

    [Fact]
    public async Task A_new_time_that_comes_at_the_due_moment_is_taken_or_refused()
    {
        await using var receiver = FakeReceiver.Answering(200);
        for (var i = 0; i < Rounds; i++)
        {
            var said = await _engine.SendWebhookAsync(receiver.Url, more: new { send_at = _engine.Now.AddMilliseconds(20 + (i * 15 % 120)) });
            var moved = await _engine.Http.ChangeAsync($"/v1/notifications/{said.Id}", new { send_at = _engine.Now.AddHours(5) });
            if (moved.Status == 200) Assert.Equal("scheduled", (await _engine.Http.ReadAsync($"/v1/notifications/{said.Id}"))["status"].GetString());
            else Assert.Equal("conflict", moved.Code);
            if (moved.Status == 409) await _engine.ReachesAsync(said.Id, "sent");
            Assert.Equal(moved.Status == 409 ? 1 : 0, receiver.Requests.Count(r => r.Header("webhook-id") == said["deliveries.0.id"].GetString()));
        }
    }

    [Fact]
    public async Task Two_resends_with_one_key_are_one()
    {
        for (var i = 0; i < Rounds; i++)
        {
            var said = await _engine.SendMailAsync("ann@example.com");
            await _engine.ReachesAsync(said.Id, "sent");
            var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => _engine.Http.SendAsync($"/v1/notifications/{said.Id}/resend", new { }, $"k-{i}")));
            Assert.Contains(both, b => b.Status == 202);
            Assert.All(both, b => Assert.True(b.Status == 202 || b.Code == "idempotency_in_progress", b.ToString()));
            Assert.Equal(2, (await _engine.Http.ReadAsync($"/v1/notifications/{said.Id}"))["deliveries"].GetArrayLength());
        }
    }

    [Theory]
    [InlineData("ann@example.com", "sent", "resend")]
    [InlineData("reject@simulator", "failed", "retry")]
    [InlineData("timeout@simulator", "queued", "cancel")]
    public async Task A_repeat_of_a_post_without_a_body_gets_the_first_answer(string to, string status, string act)
    {
        var said = await _engine.SendMailAsync(to);
        if (act is "cancel") await _engine.DeliveryReachesAsync(said["deliveries.0.id"].GetString()!, "held");
        else await _engine.ReachesAsync(said.Id, status);
        var path = act is "retry" ? $"/v1/deliveries/{said["deliveries.0.id"].GetString()}/retry" : $"/v1/notifications/{said.Id}/{act}";
        var first = await _engine.Http.SendAsync(path, new { }, "k-1");
        await EndedAsync(said.Id);
        if (act is not "cancel") await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{first["deliveries.0"].GetString()}"), d => d["status"].GetString() == status);
        var again = await _engine.Http.SendAsync(path, new { }, "k-1");
        Assert.Equal((first.Status, first.Text, "true"), (again.Status, again.Text, again.Headers.GetValueOrDefault("Idempotent-Replayed")));
        Assert.Equal(act is "cancel" ? 1 : 2, (await _engine.Http.ReadAsync($"/v1/notifications/{said.Id}"))["deliveries"].GetArrayLength());
        Assert.Equal("invalid_idempotency_key", (await _engine.Http.SendAsync(path, new { }, "two words")).Code);
    }

    [Fact]
    public async Task Two_retries_of_one_delivery_are_one()
    {
        for (var i = 0; i < Rounds; i++)
        {
            var said = await _engine.SendMailAsync("reject@simulator");
            await _engine.ReachesAsync(said.Id, "failed");
            var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => _engine.Http.SendAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}/retry", new { })));
            Assert.Equal([202, 409], both.Select(b => b.Status).Order());
            Assert.Equal(2, (await _engine.Http.ReadAsync($"/v1/notifications/{said.Id}"))["deliveries"].GetArrayLength());
        }
    }

    [Fact]
    public async Task Two_replays_at_once_send_everything_again_once()
    {
        var sent = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _engine.SendMailAsync("reject@simulator")));
        foreach (var one in sent) await _engine.ReachesAsync(one.Id, "failed");
        Assert.Equal(204, (await _engine.Host.Operator.SendAsync($"/v1/ops/tenants/{_engine.Tenant.Id}/pause", new { })).Status); // what is sent again does not fail again before both have looked
        var range = new { since = _engine.Now.AddHours(-1), until = _engine.Now.AddHours(1) };
        var jobs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => _engine.Http.SendAsync("/v1/deliveries/replay", range)));
        foreach (var job in jobs) await JobEndsAsync(job);
        foreach (var one in sent) Assert.Equal(2, (await _engine.Http.ReadAsync($"/v1/notifications/{one.Id}"))["deliveries"].GetArrayLength());
    }

    [Fact]
    public async Task A_replay_of_what_fails_again_ends_and_counts_only_what_was_not_repeated()
    {
        var said = await _engine.SendMailAsync("reject@simulator");
        await _engine.ReachesAsync(said.Id, "failed");
        var range = new { since = _engine.Now.AddHours(-1), until = _engine.Now.AddHours(1) };
        for (var round = 2; round <= 3; round++)
        {
            var dry = await _engine.Http.SendAsync("/v1/deliveries/replay", new { range.since, range.until, dry_run = true });
            Assert.Equal(1, dry["count"].GetInt32());
            var job = await JobEndsAsync(await _engine.Http.SendAsync("/v1/deliveries/replay", range));
            Assert.Equal(1, job["done"].GetInt32());
            var read = await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/notifications/{said.Id}"), n => n["status"].GetString() == "failed");
            Assert.Equal(round, read["deliveries"].GetArrayLength());
        }
    }

    [Fact]
    public async Task An_erasure_that_comes_with_the_attempt_leaves_nothing_behind()
    {
        for (var i = 0; i < Rounds; i++)
        {
            var said = await _engine.SendMailAsync("ann@example.com", new { content = new { subject = "secret", text = $"secret {i}" }, send_at = _engine.Now.AddMilliseconds(i * 20 % 100) });
            Assert.Equal(204, (await _engine.Http.RemoveAsync($"/v1/notifications/{said.Id}/content")).Status);
            await EndedAsync(said.Id);
        }
        Assert.DoesNotContain("secret", (await _engine.Http.ReadAsync("/v1/sandbox/emails?limit=100")).Text);
        foreach (var table in new[] { "notifications", "contents", "attempts", "sandbox_emails" })
            Assert.Equal((table, 0L), (table, await _engine.Host.SqlAsync($"select count(*) from relay.{table} t where t::text like '%secret%'")));
    }

    [Fact]
    public async Task A_resend_is_refused_while_the_backlog_is_full()
    {
        await _engine.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(1) });
        var said = await _engine.SendMailAsync("ann@example.com");
        await _engine.ReachesAsync(said.Id, "sent");
        await _engine.Host.Operator.ChangeAsync($"/v1/tenants/{_engine.Tenant.Id}", new { settings = new { max_waiting = 1 } });
        var full = await EngineHost.UntilAnyAsync(() => _engine.Http.SendAsync($"/v1/notifications/{said.Id}/resend", new { }), r => r.Status != 202);
        Assert.Equal("backlog_full", full.Code);
    }

    private Task<Said> EndedAsync(string id) => EngineHost.UntilAsync(
        () => _engine.Http.ReadAsync($"/v1/notifications/{id}"), n => n["deliveries.0.ended_at"].ValueKind is System.Text.Json.JsonValueKind.String);

    private Task<Said> JobEndsAsync(Said started) => EngineHost.UntilAsync(
        () => _engine.Http.ReadAsync($"/v1/jobs/{started["job.id"].GetString()}"), j => j["status"].GetString() == "succeeded");
}
