using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Providers;

/// <summary>Who a mail may be from, which accounts it may go through, and what a request is told when there is none.</summary>
public sealed class SenderRulesTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private readonly FakeMailApi _shop = new(), _news = new();
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();

    public async ValueTask DisposeAsync()
    {
        await _shop.DisposeAsync();
        await _news.DisposeAsync();
    }

    [Fact]
    public async Task Mail_is_from_its_accounts_own_sender_unless_it_says_so_itself()
    {
        await _shop.AccountAsync(_engine.Http, from: "orders@shop.example");
        await SentAsync(Mail());
        await SentAsync(Mail(from: "Ann@SHOP.example"));
        Assert.Equal(["orders@shop.example", "Ann@shop.example"], _shop.Taken.Select(m => m.GetProperty("from").GetProperty("email").GetString()));
        Assert.Equal("Example", _shop.Taken[0].GetProperty("from").GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_sender_outside_the_accounts_domain_is_refused_where_it_stands()
    {
        await _shop.AccountAsync(_engine.Http, from: "orders@shop.example");
        foreach (var from in (string[])["ann@other.example", "ann@sub.shop.example", "ann@shop.example.evil"])
        {
            Assert.Equal(("sender_not_allowed", "/content/email/from/email not_allowed"), await RefusedAsync(Mail(from)));
            var laidOver = new { to = new { email = "ann@example.org" }, route = new[] { new { channel = "email", content = new { email = new { from = new { email = from } } } } }, content = new { subject = "x", text = "x" } };
            Assert.Equal(("sender_not_allowed", "/route/0/content/email/from/email not_allowed"), await RefusedAsync(laidOver));
        }
        var batch = await _engine.Http.SendAsync("/v1/notifications/batch", new { notifications = new[] { Mail(), Mail("ann@other.example") } });
        Assert.Equal("sender_not_allowed", batch["data.1.problem.code"].GetString());
        Assert.Equal("sender_not_allowed", (await _engine.Http.SendAsync("/v1/notifications/preview", Mail("ann@other.example"))).Code);
    }

    [Fact]
    public async Task Of_several_accounts_those_of_the_senders_domain_are_used_and_no_other_even_in_a_failover()
    {
        _news.Status = 500;
        await _shop.AccountAsync(_engine.Http, 10, "orders@shop.example");
        var news = await _news.AccountAsync(_engine.Http, 20, "hello@news.example");
        var said = await _engine.Http.SendAsync("/v1/notifications", Mail("ann@news.example"));
        var delivery = await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}"), d => d["status"].GetString() == "retrying");
        Assert.Equal((news.Id, 1), (delivery["provider"].GetString(), delivery["attempts"].GetInt32()));
        Assert.Equal(0, _shop.Asked);
        Assert.Equal(("sender_not_allowed", "/content/email/from/email not_allowed"), await RefusedAsync(Mail("ann@news.example", (await _engine.Http.ReadAsync("/v1/providers"))["data.1.id"].GetString())));

        // Its account goes away: what is from that domain waits for another one of it.
        await _engine.Http.RemoveAsync($"/v1/providers/{news.Id}");
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(10));
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{delivery.Id}/why"), why => why["waits_for"].GetString() == "provider");
        _news.Status = 202;
        await _news.AccountAsync(_engine.Http, 90, "other@news.example");
        await _engine.DeliveryReachesAsync(delivery.Id, "sent");
        Assert.Equal((0, 1), (_shop.Asked, _news.Subjects.Count));
    }

    [Fact]
    public async Task In_live_the_born_sandbox_takes_mail_until_there_is_another_account_and_never_again()
    {
        var first = await SentAsync(Mail(from: "anyone@anywhere.example"));
        Assert.Equal((true, _engine.Tenant.Id[4..]), (first["deliveries.0.sandbox"].GetBoolean(), first["deliveries.0.provider"].GetString()![4..]));
        var account = await _shop.AccountAsync(_engine.Http);
        Assert.False((await SentAsync(Mail()))["deliveries.0.sandbox"].GetBoolean());
        await _engine.Http.RemoveAsync($"/v1/providers/{account.Id}");
        Assert.Equal(("no_provider", "/to/email not_allowed"), await RefusedAsync(Mail()));
        var born = (await _engine.Http.ReadAsync("/v1/providers"))["data.0.id"].GetString();
        Assert.Equal(("no_provider", "/route/0 not_allowed"), await RefusedAsync(Mail(through: born)));
        Assert.True((await _engine.Http.ReadAsync($"/v1/notifications/{first.Id}"))["deliveries.0.sandbox"].GetBoolean());
    }

    [Fact]
    public async Task Beside_real_accounts_a_live_tenants_sandbox_takes_only_mail_that_names_it()
    {
        _shop.Status = 500;
        await _shop.AccountAsync(_engine.Http, 10);
        var sandbox = await _engine.Http.SendAsync("/v1/providers", new { type = "sandbox", name = "Trial", priority = 0 });
        var said = await _engine.Http.SendAsync("/v1/notifications", Mail());
        await _engine.DeliveryReachesAsync(said["deliveries.0.id"].GetString()!, "retrying");
        Assert.Equal(1, _shop.Asked);
        var named = await SentAsync(Mail(through: sandbox.Id));
        Assert.Equal((true, sandbox.Id), (named["deliveries.0.sandbox"].GetBoolean(), named["deliveries.0.provider"].GetString()));
    }

    [Fact]
    public async Task A_preview_shows_the_accounts_in_their_order_and_whether_the_first_sends_anything()
    {
        Assert.True((await _engine.Http.SendAsync("/v1/notifications/preview", Mail()))["steps.0.sandbox"].GetBoolean());
        var (second, first) = (await _shop.AccountAsync(_engine.Http, 20, "orders@shop.example"), await _news.AccountAsync(_engine.Http, 10, "hello@news.example"));
        var preview = await _engine.Http.SendAsync("/v1/notifications/preview", Mail());
        Assert.Equal([first.Id, second.Id], preview["steps.0.providers"].EnumerateArray().Select(p => p.GetString()));
        Assert.Equal((false, "hello@news.example"), (preview["steps.0.sandbox"].GetBoolean(), preview["steps.0.mail.from.email"].GetString()));
    }

    [Fact]
    public async Task A_foreign_account_in_a_route_is_told_like_an_unknown_one()
    {
        var theirs = await _shop.AccountAsync((await _engine.Host.NewTenantAsync("Other")).Http);
        var foreign = await _engine.Http.SendAsync("/v1/notifications", Mail(through: theirs.Id));
        var unknown = await _engine.Http.SendAsync("/v1/notifications", Mail(through: RelayId.Format(new ProviderId(Guid.CreateVersion7()))));
        Assert.Equal(["/route/0/providers/0 not_found"], foreign.Faults);
        Assert.Equal(unknown["errors"].GetRawText(), foreign["errors"].GetRawText());
    }

    [Fact]
    public async Task A_repeat_of_a_request_gets_its_first_answer_although_its_account_is_gone()
    {
        var account = await _shop.AccountAsync(_engine.Http);
        var first = await _engine.Http.SendAsync("/v1/notifications", Mail(), "k");
        await _engine.Http.RemoveAsync($"/v1/providers/{account.Id}");
        var again = await _engine.Http.SendAsync("/v1/notifications", Mail(), "k");
        Assert.Equal((202, first.Text), (again.Status, again.Text));
        Assert.Equal("no_provider", (await _engine.Http.SendAsync("/v1/notifications", Mail(), "k-2")).Code);
    }

    private static object Mail(string? from = null, string? through = null)
    {
        object content = from is null ? new { subject = "Hello", text = "x" } : new { subject = "Hello", text = "x", email = new { from = new { email = from } } };
        return through is null ? new { to = new { email = "ann@example.org" }, content } : new { to = new { email = "ann@example.org" }, content, route = new[] { new { channel = "email", providers = new[] { through } } } };
    }

    private async Task<Said> SentAsync(object mail)
    {
        var said = await _engine.Http.SendAsync("/v1/notifications", mail);
        Assert.True(said.Status == 202, said.ToString());
        return await _engine.ReachesAsync(said.Id, "sent");
    }

    private async Task<(string Code, string Fault)> RefusedAsync(object mail)
    {
        var said = await _engine.Http.SendAsync("/v1/notifications", mail);
        Assert.True(said.Status == 422, said.ToString());
        return (said.Code, said.Faults.Single());
    }
}
