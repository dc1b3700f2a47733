using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Providers;

/// <summary>POST /v1/providers/{id}/test: one real mail now, and an idempotency key that spans the call.</summary>
public sealed class TestProviderTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private readonly FakeMailApi _api = new();
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_test_sends_one_mail_through_the_account_and_tells_what_its_provider_said()
    {
        var account = await _api.AccountAsync(_engine.Http);
        var said = await TestAsync(account);
        Assert.Equal((200, "ok", 202, false), (said.Status, said["outcome"].GetString(), said["response_status"].GetInt32(), said["sandbox"].GetBoolean()));
        Assert.NotNull(said["provider_message_id"].GetString());
        var mail = Assert.Single(_api.Taken);
        Assert.Equal(("news@example.com", "ann@example.org", "Test of Main"),
            (mail.GetProperty("from").GetProperty("email").GetString(), mail.GetProperty("personalizations")[0].GetProperty("to")[0].GetProperty("email").GetString(), mail.GetProperty("subject").GetString()));
        Assert.Equal(0, (await _engine.Http.ReadAsync("/v1/notifications"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task What_goes_wrong_is_an_answer_too_and_pauses_nothing()
    {
        var account = await _api.AccountAsync(_engine.Http);
        foreach (var (status, outcome) in new[] { (401, "auth_failed"), (503, "http_error"), (429, "rate_limited") })
        {
            _api.Status = status;
            var said = await TestAsync(account);
            Assert.Equal((200, outcome, status), (said.Status, said["outcome"].GetString(), said["response_status"].GetInt32()));
            Assert.Contains("not now", said["response_body"].GetString(), StringComparison.Ordinal);
        }
        Assert.Equal("enabled", (await _engine.Http.ReadAsync($"/v1/providers/{account.Id}"))["status"].GetString());
    }

    [Fact]
    public async Task A_paused_account_can_be_tried_before_it_is_enabled()
    {
        var account = await _api.AccountAsync(_engine.Http);
        await _engine.Http.ChangeAsync($"/v1/providers/{account.Id}", new { status = "paused", credentials = new { api_key = "the-new-one" } });
        Assert.Equal("ok", (await TestAsync(account))["outcome"].GetString());
        Assert.Equal("Bearer the-new-one", _api.Requests.Single().Header("Authorization"));
    }

    [Fact]
    public async Task A_sandbox_keeps_the_test_mail()
    {
        using var test = await _engine.Tenant.WithKeyAsync("test");
        var born = (await test.ReadAsync("/v1/providers"))["data.0.id"].GetString();
        var said = await test.SendAsync($"/v1/providers/{born}/test", new { to = "ann@example.org" });
        Assert.Equal(("ok", true), (said["outcome"].GetString(), said["sandbox"].GetBoolean()));
        Assert.Equal(said["provider_message_id"].GetString(), (await test.ReadAsync("/v1/sandbox/emails?to=ann@example.org"))["data.0.id"].GetString());
        Assert.Equal("auth_failed", (await test.SendAsync($"/v1/providers/{born}/test", new { to = "auth@simulator" }))["outcome"].GetString());
    }

    [Fact]
    public async Task The_address_is_checked_and_a_foreign_account_is_not_there()
    {
        var account = await _api.AccountAsync(_engine.Http);
        Assert.Equal(["/to invalid_format"], (await _engine.Http.SendAsync($"/v1/providers/{account.Id}/test", new { to = "nobody" })).Faults);
        Assert.Equal(["/to missing"], (await _engine.Http.SendAsync($"/v1/providers/{account.Id}/test", new { })).Faults);
        var other = await _engine.Host.NewTenantAsync("Other");
        Assert.Equal(404, (await other.Http.SendAsync($"/v1/providers/{account.Id}/test", new { to = "ann@example.org" })).Status);
        Assert.Empty(_api.Taken);
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_sends_nothing_more()
    {
        var account = await _api.AccountAsync(_engine.Http);
        var first = await TestAsync(account, "once");
        var again = await TestAsync(account, "once");
        Assert.Equal((first.Text, "true"), (again.Text, again.Headers["Idempotent-Replayed"]));
        Assert.Single(_api.Taken);
        var reused = await _engine.Http.SendAsync($"/v1/providers/{account.Id}/test", new { to = "bob@example.org" }, "once");
        Assert.Equal("idempotency_key_reused", reused.Code);
        Assert.Single(_api.Taken);
    }

    [Fact]
    public async Task A_twin_on_another_node_waits_while_the_call_is_under_way_and_then_gets_its_answer()
    {
        var go = new TaskCompletionSource();
        await using var slow = FakeReceiver.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await go.Task;
            await connection.SendAsync(FakeReceiver.Answer(202));
        });
        var account = await _engine.Http.SendAsync("/v1/providers", GivenProvider.Of("sendgrid", new { base_url = $"http://127.0.0.1:{slow.Port}" }));
        await using var second = await RelayHost.StartAsync(_engine.Host.Database, _engine.Host.Folder, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));
        using var there = second.Client(_engine.Tenant.Key);

        var first = TestAsync(account, "twin");
        await slow.NextAsync(TestContext.Current.CancellationToken);
        var twin = await there.SendAsync($"/v1/providers/{account.Id}/test", new { to = "ann@example.org" }, "twin");
        Assert.Equal("idempotency_in_progress", twin.Code);
        go.SetResult();
        var answered = await first;
        Assert.Equal(answered.Text, (await there.SendAsync($"/v1/providers/{account.Id}/test", new { to = "ann@example.org" }, "twin")).Text);
        Assert.Single(slow.Requests);
    }

    [Fact]
    public async Task After_its_lease_the_claim_of_a_node_that_died_is_free()
    {
        var account = await _api.AccountAsync(_engine.Http);
        await TestAsync(account, "dead");
        var wall = RelayId.TryParse<TenantId>(_engine.Tenant.Id, out var id) ? id.Value : default;
        // As a node leaves it that dies during the call.
        await _engine.Host.SqlAsync("update relay.idempotency set status = null, body = null, lease_until = relay.now() + interval '60 seconds' where tenant_id = $1", wall);
        Assert.Equal("idempotency_in_progress", (await TestAsync(account, "dead", 409)).Code);
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(61));
        await TestAsync(account, "dead");
        Assert.Equal(2, _api.Taken.Count);
    }

    [Fact]
    public async Task A_test_counts_as_any_mail_and_is_refused_over_the_quota()
    {
        var account = await _api.AccountAsync(_engine.Http, more: new { daily_quota = 1 });
        _api.Status = 503;
        Assert.Equal("http_error", (await TestAsync(account))["outcome"].GetString());
        _api.Status = 202;
        Assert.Equal("ok", (await TestAsync(account))["outcome"].GetString());
        var refused = await TestAsync(account, "over", 429);
        Assert.Equal("quota_exceeded", refused.Code);
        Assert.InRange(int.Parse(refused.Headers["Retry-After"]), 1, 24 * 60 * 60);
        await _engine.Http.ChangeAsync($"/v1/providers/{account.Id}", new { daily_quota = 2 });
        await TestAsync(account, "over");
        Assert.Equal(2, _api.Taken.Count);
    }

    private async Task<Said> TestAsync(Said account, string? key = null, int status = 200)
    {
        var said = await _engine.Http.SendAsync($"/v1/providers/{account.Id}/test", new { to = "ann@example.org" }, key);
        Assert.True(said.Status == status, said.ToString());
        return said;
    }
}
