using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Tests.Inbound;
using ChatRelay.Tests.Providers;

namespace ChatRelay.Tests.Suppressions;

/// <summary>What a suppression does to mail, and what brings one about.</summary>
public sealed class SuppressedMailTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("manual", "transactional", true), InlineData("manual", "broadcast", true)]
    [InlineData("hard_bounce", "transactional", true), InlineData("hard_bounce", "broadcast", true)]
    [InlineData("complaint", "transactional", false), InlineData("complaint", "broadcast", true)]
    [InlineData("unsubscribe", "transactional", false), InlineData("unsubscribe", "broadcast", true)]
    public async Task A_reason_holds_for_its_stream(string reason, string stream, bool holds)
    {
        await SuppressAsync("ANN@example.com", reason);
        var said = await SendAsync("ann@example.com", stream);
        var notification = await _engine.ReachesAsync(said.Id, holds ? "suppressed" : "sent");
        var delivery = notification["deliveries.0"];
        Assert.Equal((holds ? "suppressed" : "sent", holds ? reason : null, holds ? 0 : 1),
            (delivery.GetProperty("status").GetString(), delivery.GetProperty("reason").GetString(), delivery.GetProperty("attempts").GetInt32()));
        Assert.Equal(holds ? 1L : 0L, await EventsAsync("notification.suppressed"));
        var preview = await _engine.Http.SendAsync("/v1/notifications/preview", Body("ann@example.com", stream));
        Assert.Equal((holds, holds ? reason : null), (preview["steps.0.suppressed"].GetBoolean(), preview["steps.0.suppressed_reason"].GetString()));
    }

    [Fact]
    public async Task The_route_moves_on_from_a_suppressed_step()
    {
        await using var receiver = FakeReceiver.Answering(200);
        await SuppressAsync("ann@example.com", "manual");
        var said = await _engine.Http.SendAsync("/v1/notifications", new
        {
            to = new { email = "ann@example.com", webhook = new { url = receiver.Url.ToString() } },
            content = new { subject = "Hello", text = "x" },
            route = new object[] { new { channel = "email" }, new { channel = "webhook" } },
        });
        var sent = await _engine.ReachesAsync(said.Id, "sent");
        Assert.Equal(["suppressed", "sent"], sent["deliveries"].EnumerateArray().Select(d => d.GetProperty("status").GetString()));
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task It_is_asked_when_the_mail_is_sent_not_when_it_is_accepted()
    {
        var later = await _engine.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(2) });
        await SuppressAsync("ann@example.com", "manual");
        await _engine.Host.TimePasses(TimeSpan.FromHours(3));
        await _engine.ReachesAsync(later.Id, "suppressed");
        var id = (await _engine.Http.ReadAsync("/v1/suppressions"))["data.0.id"].GetString();
        await _engine.Http.RemoveAsync($"/v1/suppressions/{id}");
        Assert.Equal(202, (await _engine.Http.SendAsync($"/v1/notifications/{later.Id}/resend", new { })).Status);
        await _engine.ReachesAsync(later.Id, "sent");
    }

    [Fact]
    public async Task Suppressed_copies_are_dropped_and_the_attempt_says_how_many()
    {
        await using var api = new FakeMailApi();
        await api.AccountAsync(_engine.Http);
        await SuppressAsync("gone@example.com", "hard_bounce");
        await SuppressAsync("left@example.com", "unsubscribe");
        var mail = new { subject = "Hello", text = "x", email = new { cc = Boxes("Gone@example.com", "left@example.com", "stays@example.com"), bcc = Boxes("gone@example.com") } };
        var said = await _engine.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = mail });
        await _engine.ReachesAsync(said.Id, "sent");
        var personal = api.Taken.Single().GetProperty("personalizations")[0];
        Assert.Equal(["left@example.com", "stays@example.com"], personal.GetProperty("cc").EnumerateArray().Select(b => b.GetProperty("email").GetString())); // a farewell is no reason for mail that was asked for
        Assert.False(personal.TryGetProperty("bcc", out _));
        var detail = (await _engine.Http.ReadAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}/attempts"))["data.0.detail"].GetString()!;
        Assert.Contains("1 in cc, 1 in bcc", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("@", detail, StringComparison.Ordinal);
        var preview = await _engine.Http.SendAsync("/v1/notifications/preview", new { to = new { email = "ann@example.com" }, content = mail });
        Assert.Equal(2, preview["steps.0.mail.cc"].GetArrayLength());
    }

    [Fact]
    public async Task A_suppressed_mail_takes_nothing_from_the_accounts_quota()
    {
        await using var api = new FakeMailApi();
        var account = await api.AccountAsync(_engine.Http, more: new { daily_quota = 10 });
        await SuppressAsync("ann@example.com", "manual");
        await _engine.ReachesAsync((await _engine.SendMailAsync("ann@example.com")).Id, "suppressed");
        Assert.Equal((0, 0), (api.Asked, (await _engine.Http.ReadAsync($"/v1/providers/{account.Id}"))["taken_today"].GetInt32()));
    }

    [Theory, MemberData(nameof(InboundTests.Types), MemberType = typeof(InboundTests))]
    public async Task Hard_bounces_complaints_and_farewells_fill_the_list_and_refusals_do_not(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type);
        var stories = new (string To, Func<string, string, System.Text.Json.Nodes.JsonObject> Told, string? Reason)[]
        {
            ("hard@example.com", rig.Voice.HardBounce, "hard_bounce"), ("soft@example.com", rig.Voice.SoftBounce, null), ("complains@example.com", rig.Voice.Complained, "complaint"),
            ("leaves@example.com", rig.Voice.Unsubscribed, "unsubscribe"), ("opens@example.com", rig.Voice.Opened, null),
        };
        foreach (var (to, told, _) in stories) await rig.TellAsync(told((await rig.SentAsync(to)).Delivery, to));
        await rig.WorkedInAsync();
        var list = (await rig.Http.ReadAsync("/v1/suppressions"))["data"].EnumerateArray().ToDictionary(s => s.GetProperty("email").GetString()!, s => s.GetProperty("reason").GetString()!);
        Assert.Equal(stories.Where(s => s.Reason is not null).ToDictionary(s => s.To, s => s.Reason!), list);
        Assert.Equal(3L, await InboundTests.EventsAsync(rig, "recipient.suppressed"));
        await rig.Engine.ReachesAsync((await rig.Engine.SendMailAsync("HARD@example.com")).Id, "suppressed");
        await rig.Engine.ReachesAsync((await rig.Engine.SendMailAsync("complains@example.com")).Id, "sent");
    }

    [Fact]
    public async Task A_copy_that_bounced_is_suppressed_and_the_recipient_is_not()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "postmark");
        var (_, delivery) = await rig.SentAsync(more: new { content = new { subject = "x", text = "x", email = new { cc = Boxes("cc@example.com") } } });
        await rig.TellAsync(rig.Voice.HardBounce(delivery, "cc@example.com"));
        await rig.WorkedInAsync();
        Assert.Equal("cc@example.com", (await rig.Http.ReadAsync("/v1/suppressions"))["data"].EnumerateArray().Single().GetProperty("email").GetString());
    }

    [Fact]
    public async Task What_a_tenant_took_off_its_list_does_not_come_back_with_a_repeated_event()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "postmark");
        var (_, delivery) = await rig.SentAsync();
        var post = rig.Voice.Sign(rig.Engine.Now, rig.Voice.HardBounce(delivery, "ann@example.com"));
        await rig.TellAsync(post);
        await rig.WorkedInAsync();
        await rig.Http.RemoveAsync($"/v1/suppressions/{(await rig.Http.ReadAsync("/v1/suppressions"))["data.0.id"].GetString()}");
        await rig.TellAsync(post);
        await rig.WorkedInAsync();
        Assert.Equal(0, (await rig.Http.ReadAsync("/v1/suppressions"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task A_mailbox_that_its_own_server_does_not_know_is_suppressed()
    {
        await _engine.ReachesAsync((await _engine.SendMailAsync("invalid@simulator")).Id, "failed");
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync("/v1/suppressions?email=invalid@simulator"), list => list["data"].GetArrayLength() == 1);
        await _engine.ReachesAsync((await _engine.SendMailAsync("invalid@simulator")).Id, "suppressed");
    }

    [Fact]
    public async Task Tags_metadata_and_stream_reach_the_provider()
    {
        await using var api = new FakeMailApi();
        await api.AccountAsync(_engine.Http);
        foreach (var born in (bool[])[true, false]) // handed over by the request, and read with the claim
        {
            var said = await _engine.SendMailAsync("ann@example.com", new { tags = new[] { "a", "b" }, metadata = new { order = 42, note = "x", none = (string?)null }, send_at = born ? (DateTimeOffset?)null : _engine.Now.AddSeconds(1) });
            if (!born) await _engine.Host.TimePasses(TimeSpan.FromSeconds(5));
            await _engine.ReachesAsync(said.Id, "sent");
        }
        foreach (var mail in api.Taken)
        {
            Assert.Equal(["a", "b"], mail.GetProperty("categories").EnumerateArray().Select(c => c.GetString()));
            Assert.Equal(["chatrelay_delivery", "note", "order"], mail.GetProperty("custom_args").EnumerateObject().Select(a => a.Name).Order());
        }
    }

    internal static object[] Boxes(params string[] emails) => [.. emails.Select(email => new { email })];

    private static object Body(string to, string stream) => new { to = new { email = to }, content = new { subject = "Hello", text = "x", email = new { stream } } };

    private Task<Said> SendAsync(string to, string stream) => _engine.Http.SendAsync("/v1/notifications", Body(to, stream));

    private async Task SuppressAsync(string email, string reason) => Assert.Equal(201, (await _engine.Http.SendAsync("/v1/suppressions", new { email, reason })).Status);

    private async Task<long> EventsAsync(string type) => (long)(await _engine.Host.SqlAsync("select count(*) from relay.events e join relay.tenants t on t.tenant_id = e.tenant_id where e.type = $1 and t.live_id = $2",
        type, RelayId.TryParse<TenantId>(_engine.Tenant.Id, out var id) ? id.Value : default))!;
}
