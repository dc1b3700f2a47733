using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Console;

/// <summary>What is done to deliveries at the console, to one and to many.</summary>
public sealed class DeliveryActsTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private RelayHost Host => fixture.Engine.Host;

    [Fact]
    public async Task The_sample_before_an_act_is_of_what_will_be_hit()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var later = engine.Now.AddHours(2);
        using var test = Host.Client((await engine.Http.SendAsync("/v1/api-keys", new { name = "test", environment = "test" }))["key"].GetString()!);
        var tagged = await engine.SendWebhookAsync(receiver.Url, more: new { send_at = later, tags = new[] { "sale" } });
        await engine.SendWebhookAsync(receiver.Url, more: new { send_at = later });
        var cut = engine.Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var tested = await test.SendAsync("/v1/notifications", new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = "hi" }, send_at = later, tags = new[] { "sale" } });
        Assert.True(tested.Status == 202, tested.ToString());
        var (one, two) = (tagged["deliveries.0.id"].GetString()!, tested["deliveries.0.id"].GetString()!);

        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        Assert.Equal([one, two], await SampleAsync($"act=hold&tenant={engine.Tenant.Id}&tag=sale"));
        Assert.Equal([one], await SampleAsync($"act=hold&tenant={engine.Tenant.Id}&tag=sale&until={cut}"));
        Assert.Equal([one, two], await SampleAsync("act=discard&tag=sale")); // over all tenants
        Assert.Equal([], await SampleAsync($"act=release&tenant={engine.Tenant.Id}&tag=sale")); // nothing is held

        async Task<List<string>> SampleAsync(string query)
        {
            var html = (await operating.OpenAsync($"/ops/deliveries/many?{query}")).Html;
            Assert.Contains("deliveries fit", html, StringComparison.Ordinal);
            return [.. System.Text.RegularExpressions.Regex.Matches(html, "dlv_\\w+(?=</a>)").Select(m => m.Value).Order(StringComparer.Ordinal)];
        }
    }

    [Fact]
    public async Task A_failed_delivery_goes_out_again_once_and_the_audit_log_knows_who_asked()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(410);
        var sent = await engine.SendWebhookAsync(receiver.Url);
        await engine.ReachesAsync(sent.Id, "failed");
        var (ten, dlv) = (engine.Tenant.Id, sent["deliveries.0.id"].GetString()!);

        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        var story = await operating.OpenAsync($"/ops/deliveries/{ten}/{dlv}");
        Assert.Contains("http_error 410", story.Html, StringComparison.Ordinal);
        (string, string)[] form = [("pick", $"{ten}/{dlv}"), ("once", "a1"), ("back", $"/ops/deliveries/{ten}/{dlv}")];
        var done = await operating.SubmitAsync("/ops/do/retry", story.Token, form);
        Assert.Equal((302, $"/ops/deliveries/{ten}/{dlv}"), (done.Status, done.Location));
        Assert.Contains("It goes out again.", (await operating.OpenAsync(done.Location!)).Html, StringComparison.Ordinal);
        Assert.DoesNotContain("It goes out again.", (await operating.OpenAsync(done.Location!)).Html, StringComparison.Ordinal); // told once

        await operating.SubmitAsync("/ops/do/retry", story.Token, form); // the same form twice
        Assert.Equal(2L, await Host.SqlAsync("select count(*) from relay.deliveries where tenant_id = $1", engine.Tenant.Wall));
        var line = await Host.SqlAsync("select actor || ' ' || subject || ' ' || data from relay.events where type = 'console.deliveries.retry' and audit and subject = $1 limit 1", dlv);
        Assert.Matches($$"""^operator:opk_\S+ {{dlv}} \{"tenant":"{{ten}}"\}$""", (string)line!);
    }

    [Fact]
    public async Task What_waits_of_a_tenant_is_held_after_a_count_and_others_go_on()
    {
        var (one, other) = (await fixture.Engine.ForAnotherTenantAsync(), await fixture.Engine.ForAnotherTenantAsync());
        await using var receiver = FakeReceiver.Answering(200);
        var later = new { send_at = one.Now.AddHours(2) };
        foreach (var engine in (EngineHost[])[one, one, other]) await engine.SendWebhookAsync(receiver.Url, more: later);

        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        var page = await operating.OpenAsync($"/ops/deliveries/many?act=hold&tenant={one.Tenant.Id}&channel=webhook");
        Assert.Contains(">2</b> deliveries fit, of <bdi>Acme</bdi> in both", page.Html, StringComparison.Ordinal);
        Assert.Equal(0L, await Host.SqlAsync("select count(*) from relay.queue where held and tenant_id = $1", one.Tenant.Wall)); // counted only
        var asked = await operating.SubmitAsync("/ops/do/hold", page.Token, ("tenant", one.Tenant.Id), ("channel", "webhook"), ("once", "b1"));
        Assert.StartsWith("/ops/jobs/", asked.Location, StringComparison.Ordinal);
        await Eventually.Async(async () => (await operating.OpenAsync(asked.Location!)).Html.Contains("2 done of 2.", StringComparison.Ordinal));
        Assert.Equal(2L, await Host.SqlAsync("select count(*) from relay.queue where held and tenant_id = $1", one.Tenant.Wall));
        Assert.Equal(0L, await Host.SqlAsync("select count(*) from relay.queue where held and tenant_id = $1", other.Tenant.Wall));
        Assert.Equal($$"""{"tenant":"{{one.Tenant.Id}}","channel":"webhook"}""", await Host.SqlAsync("select data::text from relay.events where type = 'console.ops.hold' and audit order by id desc limit 1"));
        Assert.Contains("class=\"tag held\"", (await operating.OpenAsync($"/ops/deliveries?tenant={one.Tenant.Id}&status=held")).Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_is_canceled_and_never_sent()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var sent = await engine.SendWebhookAsync(receiver.Url, more: new { send_at = engine.Now.AddHours(2) });
        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        var story = await operating.OpenAsync(StoryOf(engine, sent));
        Assert.Contains("Cancel the notification", story.Html, StringComparison.Ordinal);

        Assert.Equal("Canceled.", await DoAsync(operating, "cancel", story.Token, PickOf(engine, sent)));
        Assert.Equal("canceled", (await engine.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["status"].GetString());
        Assert.Equal(0L, await Host.SqlAsync("select count(*) from relay.queue where tenant_id = $1", engine.Tenant.Wall));
        Assert.DoesNotContain("Cancel the notification", (await operating.OpenAsync(StoryOf(engine, sent))).Html, StringComparison.Ordinal);
        Assert.Equal(1L, await Host.SqlAsync("select count(*) from relay.events where type = 'console.notifications.cancel' and audit and subject = $1", sent.Id));
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task A_held_mail_is_looked_at_and_let_go()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        var sent = await engine.SendMailAsync("ann@example.com", new { send_at = engine.Now.AddHours(3) });
        var dlv = sent["deliveries.0.id"].GetString()!;
        await engine.DieWithAsync(dlv, begun: true); // it may have gone out
        await engine.DeliveryReachesAsync(dlv, "held");

        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        var story = await operating.OpenAsync(StoryOf(engine, sent));
        Assert.Contains(">Let it go</button>", story.Html, StringComparison.Ordinal);
        Assert.Contains(dlv[^8..], (await operating.OpenAsync($"/ops/deliveries?status=held&tenant={engine.Tenant.Id}")).Html, StringComparison.Ordinal);
        Assert.Equal("It goes out again.", await DoAsync(operating, "retry", story.Token, PickOf(engine, sent)));
        await engine.ReachesAsync(sent.Id, "sent");
        Assert.Single((await engine.Http.ReadAsync("/v1/sandbox/emails"))["data"].EnumerateArray());
    }

    [Fact]
    public async Task What_is_held_by_a_filter_is_released_by_one_and_goes_on()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var sent = new List<Said>();
        foreach (var _ in (int[])[1, 2]) sent.Add(await engine.SendWebhookAsync(receiver.Url, more: new { send_at = engine.Now.AddHours(2) }));
        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        var token = (await operating.OpenAsync("/ops")).Token;
        await JobAsync("hold", 2);
        await Host.SqlAsync("update relay.queue set due_at = relay.now() where tenant_id = $1", engine.Tenant.Wall);

        var page = await operating.OpenAsync($"/ops/deliveries/many?act=release&tenant={engine.Tenant.Id}");
        Assert.Contains(">2</b> deliveries fit", page.Html, StringComparison.Ordinal);
        Assert.Empty(receiver.Requests); // due, and held
        await JobAsync("release", 2);
        foreach (var one in sent) await engine.ReachesAsync(one.Id, "sent");
        Assert.Equal(2, receiver.Requests.Count);

        async Task JobAsync(string act, int count)
        {
            var asked = await operating.SubmitAsync($"/ops/do/{act}", token, ("tenant", engine.Tenant.Id));
            await Eventually.Async(async () => (await operating.OpenAsync(asked.Location!)).Html.Contains($"{count} done of {count}.", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task What_brought_nodes_down_is_released_from_quarantine_by_hand()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var receiver = FakeReceiver.Answering(200);
        var sent = await engine.SendWebhookAsync(receiver.Url, more: new { send_at = engine.Now.AddHours(3) });
        var dlv = sent["deliveries.0.id"].GetString()!;
        await engine.DieWithAsync(dlv, begun: true, alone: true, crashes: 2);
        await engine.DeliveryReachesAsync(dlv, "quarantined");

        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        Assert.Contains(dlv[^8..], (await operating.OpenAsync("/ops/deliveries?status=quarantined")).Html, StringComparison.Ordinal); // of all tenants
        var story = await operating.OpenAsync(StoryOf(engine, sent));
        Assert.Contains(">Release from quarantine</button>", story.Html, StringComparison.Ordinal);
        Assert.Empty(receiver.Requests);
        Assert.Equal("It goes out again.", await DoAsync(operating, "retry", story.Token, PickOf(engine, sent)));
        await engine.ReachesAsync(sent.Id, "sent");
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task Some_are_picked_from_the_list_and_only_those_go_again_or_are_canceled()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        var mended = false;
        await using var receiver = FakeReceiver.Answering(_ => FakeReceiver.Answer(mended ? 200 : 410));
        var (failed, waiting) = (new List<Said>(), new List<Said>());
        foreach (var _ in (int[])[1, 2, 3]) failed.Add(await engine.SendWebhookAsync(receiver.Url));
        foreach (var one in failed) await engine.ReachesAsync(one.Id, "failed");
        foreach (var _ in (int[])[1, 2, 3]) waiting.Add(await engine.SendWebhookAsync(receiver.Url, more: new { send_at = engine.Now.AddHours(2) }));
        mended = true;

        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        var list = await operating.OpenAsync($"/ops/deliveries?tenant={engine.Tenant.Id}");
        var boxes = System.Text.RegularExpressions.Regex.Matches(list.Html, "name=\"pick\" value=\"([^\"]+)\"").Select(m => m.Groups[1].Value).ToHashSet();
        Assert.Equal([.. failed.Concat(waiting).Select(s => PickOf(engine, s)).Order(StringComparer.Ordinal)], boxes.Order(StringComparer.Ordinal));

        Assert.Equal("It goes out again. (2)", await DoAsync(operating, "retry", list.Token, PickOf(engine, failed[0]), PickOf(engine, failed[1])));
        foreach (var one in failed[..2]) await engine.ReachesAsync(one.Id, "sent");
        Assert.Equal("failed", (await engine.Http.ReadAsync($"/v1/notifications/{failed[2].Id}"))["status"].GetString());

        Assert.Equal("Canceled. (2)", await DoAsync(operating, "cancel", list.Token, PickOf(engine, waiting[0]), PickOf(engine, waiting[1])));
        Assert.Equal(["canceled", "canceled", "scheduled"], [.. waiting.Select(w => engine.Http.ReadAsync($"/v1/notifications/{w.Id}").Result["status"].GetString()!)]);

        // One of two that cannot be any more is said; nothing picked does nothing.
        Assert.StartsWith("1 done, 1 not: ", await DoAsync(operating, "cancel", list.Token, PickOf(engine, waiting[2]), PickOf(engine, failed[2])), StringComparison.Ordinal);
        Assert.Equal("Nothing was picked.", await DoAsync(operating, "retry", list.Token));
    }

    [Fact]
    public async Task The_list_is_narrowed_by_channel_and_by_outcome_for_a_tenant_and_over_all()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        await using var gone = FakeReceiver.Answering(410);
        await using var mute = FakeReceiver.Answering(_ => "this is no HTTP\r\n\r\n");
        var refused = await engine.SendWebhookAsync(gone.Url);
        var garbled = await engine.SendWebhookAsync(mute.Url);
        var mail = await engine.SendMailAsync("ann@example.com");
        await engine.ReachesAsync(refused.Id, "failed");
        await engine.ReachesAsync(mail.Id, "sent");
        await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/deliveries/{IdOf(garbled)}"), d => d["last_outcome"].GetString() is not null);
        var odd = (await engine.Http.ReadAsync($"/v1/deliveries/{IdOf(garbled)}"))["last_outcome"].GetString()!;
        Assert.NotEqual("http_error", odd);

        using var viewing = await ConsoleVisitor.OfRoleAsync(Host, "viewer");
        Assert.Equal([refused, garbled, mail], await ShownAsync(""));
        Assert.Equal([refused, garbled], await ShownAsync("&channel=webhook"));
        Assert.Equal([mail], await ShownAsync("&channel=email"));
        Assert.Equal([], await ShownAsync("&channel=websocket"));
        Assert.Equal([refused], await ShownAsync("&outcome=http_error"));
        Assert.Equal([garbled], await ShownAsync($"&outcome={odd}"));
        Assert.Equal([mail], await ShownAsync("&outcome=ok"));
        Assert.Equal([], await ShownAsync("&outcome=quota"));
        Assert.Equal([refused], await ShownAsync("&outcome=http_error&channel=webhook&status=failed"));
        Assert.Equal([], await ShownAsync("&outcome=http_error&channel=email"));
        Assert.Equal([refused], await ShownAsync("&outcome=http_error&channel=webhook", tenant: false));
        Assert.Equal([garbled], await ShownAsync($"&outcome={odd}", tenant: false));
        Assert.Equal([], await ShownAsync("&channel=email", tenant: false)); // over all only what ails
        Assert.Contains("The page knows no such outcome.", (await viewing.OpenAsync("/ops/deliveries?outcome=misfortune")).Html, StringComparison.Ordinal);

        // Of the three, in the order in which they were made; what other tests made is left out.
        async Task<List<Said>> ShownAsync(string filter, bool tenant = true)
        {
            var html = (await viewing.OpenAsync($"/ops/deliveries?{(tenant ? $"tenant={engine.Tenant.Id}" : "")}{filter}")).Html;
            return [.. new[] { refused, garbled, mail }.Where(s => html.Contains(StoryOf(engine, s), StringComparison.Ordinal))];
        }
    }

    private static string IdOf(Said sent) => sent["deliveries.0.id"].GetString()!;
    private static string StoryOf(EngineHost engine, Said sent) => $"/ops/deliveries/{engine.Tenant.Id}/{IdOf(sent)}";
    private static string PickOf(EngineHost engine, Said sent) => $"{engine.Tenant.Id}/{IdOf(sent)}/{sent.Id}";

    /// <summary>Does it with these picked, and reads what is told of it.</summary>
    private static async Task<string> DoAsync(ConsoleVisitor visitor, string act, string? token, params string[] picks)
    {
        var done = await visitor.SubmitAsync($"/ops/do/{act}", token, [.. picks.Select(p => ("pick", p)), ("once", $"{Guid.NewGuid():n}"), ("back", "/ops/deliveries")]);
        Assert.Equal((302, "/ops/deliveries"), (done.Status, done.Location));
        var word = System.Text.RegularExpressions.Regex.Match((await visitor.OpenAsync(done.Location!)).Html, "class=\"word [a-z]+\"[^>]*><bdi>(.*?)</bdi>");
        return System.Net.WebUtility.HtmlDecode(word.Groups[1].Value);
    }
}
