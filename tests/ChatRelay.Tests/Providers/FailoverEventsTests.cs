using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Providers;

/// <summary>What is told of a mail that goes to another account, and what stays the same about it.</summary>
public sealed class FailoverEventsTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private readonly FakeMailApi _a = new(), _b = new();
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task A_mail_that_goes_to_the_next_account_is_told_of_with_the_attempt_that_failed()
    {
        _a.Status = 500;
        await TwoAsync();
        var sent = await _engine.ReachesAsync((await SendAsync()).Id, "sent");
        Assert.Equal(["notification.queued", "delivery.failed_over #1", "notification.sent"], await ToldAsync(sent.Id));
    }

    [Fact]
    public async Task On_a_route_of_several_steps_it_is_told_as_well()
    {
        _a.Status = 500;
        await TwoAsync();
        var said = await SendAsync(new { route = new object[] { new { channel = "email" }, new { channel = "webhook" } }, to = new { email = "ann@example.org", webhook = new { url = $"{_b.BaseUrl}/hook" } } });
        await _engine.ReachesAsync(said.Id, "sent");
        Assert.Equal(["notification.queued", "delivery.failed_over #1", "notification.sent"], await ToldAsync(said.Id));
    }

    [Fact]
    public async Task The_next_round_is_a_retry_whoever_it_begins_with()
    {
        (_a.Status, _b.Status) = (500, 500);
        await TwoAsync();
        var said = await SendAsync();
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}"), d => d["attempts"].GetInt32() == 2 && d["status"].GetString() == "retrying");
        Assert.Equal(["notification.queued", "delivery.failed_over #1", "delivery.retrying #2"], await ToldAsync(said.Id));
    }

    [Fact]
    public async Task What_is_moved_to_another_account_without_an_attempt_is_told_of_once()
    {
        var (a, _) = await TwoAsync();
        var said = await SendAsync(new { send_at = _engine.Now.AddHours(1) });
        await _engine.Http.RemoveAsync($"/v1/providers/{a.Id}");
        await _engine.Host.TimePasses(TimeSpan.FromHours(2));
        Assert.Equal(1, (await _engine.ReachesAsync(said.Id, "sent"))["deliveries.0.attempts"].GetInt32());
        Assert.Equal(["notification.queued", "delivery.failed_over", "notification.sent"], await ToldAsync(said.Id));
    }

    [Fact]
    public async Task The_message_id_is_of_the_first_accounts_domain_and_stays_over_accounts_rounds_and_restarts_of_the_choice()
    {
        (_a.Status, _b.Status) = (500, 500);
        var a = await _a.AccountAsync(_engine.Http, 10, "news@first.example");
        await _b.AccountAsync(_engine.Http, 20, "news@second.example");
        var delivery = (await SendAsync())["deliveries.0.id"].GetString()!;
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"), d => d["attempts"].GetInt32() == 2 && d["status"].GetString() == "retrying");
        await _engine.Http.RemoveAsync($"/v1/providers/{a.Id}");
        _b.Status = 202;
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(10));
        await _engine.DeliveryReachesAsync(delivery, "sent");

        var mails = _a.Requests.Concat(_b.Requests).Select(r => JsonDocument.Parse(r.Body).RootElement).ToList();
        Assert.Equal(3, mails.Count);
        Assert.All(mails, mail => Assert.Equal($"<{delivery}@first.example>", mail.GetProperty("headers").GetProperty("Message-ID").GetString()));
        Assert.Equal(["news@first.example", "news@second.example", "news@second.example"], mails.Select(mail => mail.GetProperty("from").GetProperty("email").GetString()).Order());
    }

    [Fact]
    public async Task The_message_id_is_of_the_domain_that_the_mail_says_it_is_from_and_a_resent_mail_keeps_it()
    {
        _a.Status = 400;
        await _a.AccountAsync(_engine.Http, 10, "news@first.example");
        await _b.AccountAsync(_engine.Http, 20, "news@second.example");
        var own = new { subject = "x", text = "y", email = new { from = new { email = "hello@second.example" } } };
        var sent = await _engine.ReachesAsync((await SendAsync(new { content = own })).Id, "sent");
        Assert.Equal($"<{sent["deliveries.0.id"].GetString()}@second.example>", MessageIdOf(Assert.Single(_b.Requests)));

        var failed = await SendAsync();
        await _engine.ReachesAsync(failed.Id, "failed");
        _a.Status = 202;
        Assert.Equal(202, (await _engine.Http.SendAsync($"/v1/notifications/{failed.Id}/resend", new { })).Status);
        await _engine.ReachesAsync(failed.Id, "sent");
        Assert.Equal(2, _a.Requests.Select(MessageIdOf).Distinct().Count(id => id.EndsWith("@first.example>", StringComparison.Ordinal))); // a delivery of its own, of the same domain
    }

    [Fact]
    public async Task What_a_node_finds_out_while_the_database_is_away_is_told_when_it_is_back()
    {
        await using var proxy = new ChaosProxy(_engine.Host.Database.ConnectionString);
        await using var node = await RelayHost.StartThroughAsync(_engine.Host.Database, proxy, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"), ("CHATRELAY_DATA", _engine.Host.Folder));
        using var there = node.Client(_engine.Tenant.Key);
        var known = new TaskCompletionSource();
        (_a.Status, _a.Answers) = (503, known.Task);
        var account = await _a.AccountAsync(there);
        for (var i = 0; i < 5; i++) await SendAsync(through: there);
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/providers/{account.Id}"), _ => _a.Asked == 5);

        proxy.Refusing = true; // five answers come, and the breaker opens, where nobody can be told
        known.SetResult();
        await Eventually.Async(() => Task.FromResult(node.Warnings.Any(line => line.Contains("delivery.unsettled", StringComparison.Ordinal))));
        Assert.Equal(0L, await EventsAsync("provider.degraded", account.Id));
        proxy.Refusing = false;
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/providers/{account.Id}"), said => said["health"].GetString() == "open");
        Assert.Equal(1L, await EventsAsync("provider.degraded", account.Id));
    }

    private async Task<(Said A, Said B)> TwoAsync() => (await _a.AccountAsync(_engine.Http, 10), await _b.AccountAsync(_engine.Http, 20));

    private async Task<Said> SendAsync(object? more = null, HttpClient? through = null)
    {
        var body = new Dictionary<string, object?> { ["to"] = new { email = "ann@example.org" }, ["content"] = new { subject = "x", text = "y" } };
        foreach (var property in more?.GetType().GetProperties() ?? []) body[property.Name] = property.GetValue(more);
        var said = await (through ?? _engine.Http).SendAsync("/v1/notifications", body);
        Assert.True(said.Status == 202, said.ToString());
        return said;
    }

    private static string MessageIdOf(FakeRequest request) => JsonDocument.Parse(request.Body).RootElement.GetProperty("headers").GetProperty("Message-ID").GetString()!;

    /// <summary>A notification's events in their order, with the number of the attempt that they are about.</summary>
    private async Task<string[]> ToldAsync(string notification) => ((string)(await _engine.Host.SqlAsync(
        "select string_agg(type || coalesce(' #' || (data::jsonb ->> 'attempt'), ''), ',' order by xid, id) from relay.events where subject = $1", notification))!).Split(',');

    private async Task<long> EventsAsync(string type, string subject) => (long)(await _engine.Host.SqlAsync("select count(*) from relay.events where type = $1 and subject = $2", type, subject))!;
}
