using ChatRelay.Operations.Alerts;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Mail;

namespace ChatRelay.Tests.Operations;

/// <summary>Alerts as mails: through a tenant's account, over SMTP, to a server that we did not write.</summary>
public sealed class AlertMailTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_arrives_when_a_rule_fires_and_when_it_is_over_and_the_outside_hears_it_also_while_the_relay_rests()
    {
        await using var server = await NodeSmtpServer.StartAsync();
        await using var outside = FakeReceiver.Answering(200);
        await using var host = await RelayHost.StartAsync(null, null, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"), ("CHATRELAY_ALERT_URL", outside.Url.ToString()));
        foreach (var form in AlertForm.All.Where(f => f.Rule is not AlertRule.UpkeepFailing)) await host.Operator.ChangeAsync($"/v1/ops/alert-rules/{form.Name}", new { enabled = false });
        var tenant = await host.NewTenantAsync("Operations of a shop");
        var made = await tenant.Http.SendAsync("/v1/providers", new
        {
            channel = "email",
            type = "smtp",
            name = "Mail of the house",
            from = new { email = "relay@house.example", name = "The relay" },
            config = new { host = "127.0.0.1", port = server.Port, security = "none", auth = "none" },
            credentials = new { },
        });
        Assert.True(made.Status == 201, made.ToString());
        Assert.Equal(200, (await host.Operator.AskAsync(HttpMethod.Put, "/v1/ops/alert-route", new { tenant = tenant.Id, email = "on-call@house.example" })).Status);
        await host.Operator.ChangeAsync("/v1/ops/alert-rules/upkeep_failing", new { for_s = 0 });

        // 1. It fires.
        await BreakAsync();
        var fired = await NextAsync(server.NextAsync(Ct));
        Assert.Equal(("relay@house.example", "on-call@house.example"), (fired.From, Assert.Single(fired.To)));
        var read = (await ParsedMail.ReadAsync([fired.Bytes], Ct)).Single();
        Assert.Equal("Alert: upkeep_failing", read.Subject);
        Assert.Contains("What to do: docs/runbooks/upkeep.md", read.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(tenant.Id, read.Text, StringComparison.Ordinal);
        await Eventually.Async(() => Task.FromResult(Outside() is ["fired"]));

        // 2. It is over.
        await MendAsync();
        Assert.Equal("Resolved: upkeep_failing", (await ParsedMail.ReadAsync([(await NextAsync(server.NextAsync(Ct))).Bytes], Ct)).Single().Subject);
        await Eventually.Async(() => Task.FromResult(Outside() is ["fired", "resolved"]));

        // 3. The whole relay rests: its own mail waits with all others, and the sink outside is told.
        var waiting = server.NextAsync(Ct);
        await host.Operator.SendAsync("/v1/ops/pause", new { });
        await BreakAsync();
        await Eventually.Async(async () =>
        {
            await LookAsync();
            return Outside().Count == 3;
        });
        Assert.False(waiting.IsCompleted);
        await host.Operator.SendAsync("/v1/ops/resume", new { });
        Assert.Equal("Alert: upkeep_failing", (await ParsedMail.ReadAsync([(await NextAsync(waiting)).Bytes], Ct)).Single().Subject);

        Task BreakAsync() => host.SqlAsync("insert into relay.upkeep (name, every, due_at, error) values ('broken', '1 hour', relay.now() + interval '1 hour', '42P01')");
        Task MendAsync() => host.SqlAsync("delete from relay.upkeep where name = 'broken'");
        Task LookAsync() => AlertsTests.LookAsync(TimeSpan.FromSeconds(11), host);
        List<string> Outside() => [.. AlertsTests.Bodies(outside).Select(w => w.GetProperty("state").GetString()!).Order(StringComparer.Ordinal)];

        async Task<ArrivedMail> NextAsync(Task<ArrivedMail> arriving)
        {
            await Eventually.Async(async () =>
            {
                if (!arriving.IsCompleted) await LookAsync();
                return arriving.IsCompleted;
            });
            return await arriving;
        }
    }
}
