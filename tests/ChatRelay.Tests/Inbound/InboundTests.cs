using System.Text.Json;
using System.Text.Json.Nodes;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Inbound;

/// <summary>What all four providers tell: told over HTTP as they tell it, and seen over HTTP.</summary>
public sealed class InboundTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    public static TheoryData<string> Types => [.. ProviderVoice.Types];
    public static TheoryData<string> SigningTypes => [.. ProviderVoice.Types.Where(t => ProviderVoice.Of(t).Signs)];

    [Theory, MemberData(nameof(Types))]
    public async Task A_mail_that_was_delivered_opened_and_clicked_says_so(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type);
        var (notification, delivery) = await rig.SentAsync();
        foreach (var told in (JsonObject[])[rig.Voice.Delivered(delivery, "ann@example.com"), rig.Voice.Opened(delivery, "ann@example.com"), rig.Voice.Clicked(delivery, "ann@example.com")])
        {
            var said = await rig.TellAsync(told);
            Assert.Equal((200, 1), (said.Status, said["events"].GetInt32()));
        }
        await rig.Engine.ReachesAsync(notification, "delivered");
        await rig.WorkedInAsync();
        var read = await rig.Http.ReadAsync($"/v1/deliveries/{delivery}");
        Assert.Equal(("delivered", true, true, true), (read["status"].GetString(), IsSet(read, "opened_at"), IsSet(read, "clicked_at"), !IsSet(read, "complained_at")));
        Assert.Equal(["clicked", "delivered", "opened"], (await rig.StoryAsync(notification)).Order());
        Assert.Equal(1L, await EventsAsync(rig, "notification.delivered"));
    }

    [Theory, MemberData(nameof(Types))]
    public async Task A_bounce_moves_delivery_and_notification_and_says_whether_there_is_such_a_mailbox(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type);
        foreach (var hard in (bool[])[true, false])
        {
            var (notification, delivery) = await rig.SentAsync($"{(hard ? "gone" : "strict")}@example.com");
            var to = $"{(hard ? "gone" : "strict")}@example.com";
            await rig.TellAsync(hard ? rig.Voice.HardBounce(delivery, to) : rig.Voice.SoftBounce(delivery, to));
            var failed = await rig.Engine.ReachesAsync(notification, "failed");
            Assert.Equal("bounced", failed["deliveries.0.status"].GetString());
            var told = (await rig.TimelineAsync(notification)).Single(e => e.GetProperty("type").GetString() == "bounced");
            Assert.Equal(hard, told.GetProperty("hard").GetBoolean());
            Assert.Contains(hard ? "5.1.1" : "5.7.1", told.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
        Assert.Equal(2L, await EventsAsync(rig, "delivery.bounced"));
    }

    [Theory, MemberData(nameof(Types))]
    public async Task A_complaint_and_a_farewell_stand_apart_from_the_status(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type);
        var (notification, delivery) = await rig.SentAsync();
        await rig.TellAsync(rig.Voice.Complained(delivery, "ann@example.com"));
        await rig.TellAsync(rig.Voice.Unsubscribed(delivery, "ann@example.com"));
        await rig.WorkedInAsync();
        Assert.Equal(["complained", "unsubscribed"], (await rig.StoryAsync(notification)).Order());
        var read = await rig.Http.ReadAsync($"/v1/deliveries/{delivery}");
        Assert.Equal(("sent", true), (read["status"].GetString(), IsSet(read, "complained_at")));
    }

    [Theory, MemberData(nameof(Types))]
    public async Task What_is_told_twice_has_one_effect(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type);
        var (notification, delivery) = await rig.SentAsync();
        var told = rig.Voice.HardBounce(delivery, "ann@example.com");
        var post = rig.Voice.Sign(rig.Engine.Now, told);
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await rig.TellAsync(post)).Status); // the same bytes
        await rig.Engine.ReachesAsync(notification, "failed");
        await rig.WorkedInAsync();
        Assert.Equal(200, (await rig.TellAsync(post)).Status); // and once more when it was worked in
        if (type is not "ses") await rig.TellAsync(told); // the same event, signed anew; SNS repeats its message, and signs it once
        await rig.WorkedInAsync();
        Assert.Equal(["bounced"], await rig.StoryAsync(notification));
        Assert.Equal(1L, await EventsAsync(rig, "delivery.bounced"));
        Assert.Equal(1L, await EventsAsync(rig, "notification.failed"));
    }

    [Theory, MemberData(nameof(Types))]
    public async Task What_nobody_has_heard_of_and_what_is_about_other_mail_is_thanked_for_and_passed_over(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type);
        var (notification, delivery) = await rig.SentAsync();
        foreach (var told in (JsonObject[])[rig.Voice.Unknown(delivery, "ann@example.com"), rig.Voice.Delivered("not one of ours", "ann@example.com")])
        {
            var said = await rig.TellAsync(told);
            Assert.Equal((200, 0), (said.Status, said["events"].GetInt32()));
        }
        // A delivery of ours that nobody has any more, and one of another tenant.
        var other = await fixture.Engine.ForAnotherTenantAsync();
        var foreign = (await other.SendMailAsync("bob@example.com"))["deliveries.0.id"].GetString()!;
        await other.DeliveryReachesAsync(foreign, "sent");
        foreach (var id in (string[])["dlv_01jd3m7q8x6zv9k2b4n5c8d1fg", foreign]) Assert.Equal(200, (await rig.TellAsync(rig.Voice.HardBounce(id, "bob@example.com"))).Status);
        await rig.WorkedInAsync();
        Assert.Equal("sent", (await other.Http.ReadAsync($"/v1/deliveries/{foreign}"))["status"].GetString());
        Assert.Empty(await rig.StoryAsync(notification));
    }

    [Theory, MemberData(nameof(Types))]
    public async Task A_report_about_somebody_in_cc_is_told_and_moves_nothing(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type);
        var (notification, delivery) = await rig.SentAsync(more: new { content = new { subject = "Hello", text = "x", email = new { cc = new[] { new { email = "cc@example.com" } } } } });
        await rig.TellAsync(rig.Voice.HardBounce(delivery, "CC@example.com"));
        await rig.TellAsync(rig.Voice.Delivered(delivery, "ANN@Example.com"));
        await rig.Engine.ReachesAsync(notification, "delivered");
        await rig.WorkedInAsync();
        Assert.True((await rig.TimelineAsync(notification)).Single(e => e.GetProperty("type").GetString() == "bounced").GetProperty("copy").GetBoolean());
        Assert.Equal("delivered", (await rig.Http.ReadAsync($"/v1/deliveries/{delivery}"))["status"].GetString());
    }

    [Theory, MemberData(nameof(Types))]
    public async Task A_late_bounce_overtakes_a_delivery_but_a_soft_one_does_not(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type);
        var (notification, delivery) = await rig.SentAsync();
        await rig.TellAsync(rig.Voice.Delivered(delivery, "ann@example.com"));
        await rig.Engine.ReachesAsync(notification, "delivered");
        await rig.TellAsync(rig.Voice.SoftBounce(delivery, "ann@example.com"));
        await rig.WorkedInAsync();
        Assert.Equal("delivered", (await rig.Http.ReadAsync($"/v1/notifications/{notification}"))["status"].GetString());
        await rig.TellAsync(rig.Voice.HardBounce(delivery, "ann@example.com"));
        await rig.Engine.ReachesAsync(notification, "failed");
        await rig.TellAsync(rig.Voice.Delivered(delivery, "ann@example.com"));
        await rig.WorkedInAsync();
        Assert.Equal("failed", (await rig.Http.ReadAsync($"/v1/notifications/{notification}"))["status"].GetString());
    }

    [Theory, MemberData(nameof(Types))]
    public async Task An_unknown_token_another_types_path_and_a_wrong_signature_are_answered_alike(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type);
        var (_, delivery) = await rig.SentAsync();
        var good = rig.Voice.Sign(rig.Engine.Now, rig.Voice.Delivered(delivery, "ann@example.com"));
        var last = rig.Url[^1] == 'z' ? '0' : 'z';
        var answers = new List<Said>
        {
            await rig.TellAsync(good, rig.Url[..^1] + last),
            await rig.TellAsync(good, rig.Url.Replace($"/{type}/", type == "ses" ? "/postmark/" : "/ses/", StringComparison.Ordinal)),
            await rig.TellAsync(good, $"http://x/v1/inbound/{type}/rubbish"),
            await rig.TellAsync(good, $"http://x/v1/inbound/nobody/{rig.Url.Split('/')[^1]}"),
        };
        if (rig.Voice.Signs) answers.Add(await rig.TellAsync(good with { Body = "[]", Headers = new Dictionary<string, string>() }));
        if (rig.Voice.Signs) answers.Add(await rig.TellAsync(await ForgedAsync(rig, delivery)));
        if (rig.Voice.Signs) answers.Add(await rig.TellAsync(rig.Voice.Sign(rig.Engine.Now.AddDays(-3), rig.Voice.Delivered(delivery, "ann@example.com")))); // stale
        if (rig.Voice.Signs) answers.Add(await rig.TellAsync(rig.Voice.Sign(rig.Engine.Now.AddHours(1), rig.Voice.Delivered(delivery, "ann@example.com")))); // of tomorrow
        Assert.All(answers, a => Assert.Equal((401, "unauthorized"), (a.Status, a.Code)));
        Assert.Single(answers.Select(a => a.Text.Replace(a["request_id"].GetString()!, "", StringComparison.Ordinal)).Distinct());
        Assert.Single(answers.Select(a => string.Join('\n', a.Headers.Where(h => h.Key is not ("Request-Id" or "Date")).OrderBy(h => h.Key).Select(h => $"{h.Key}: {h.Value}"))).Distinct());
        await rig.WorkedInAsync();
        Assert.Equal("sent", (await rig.Http.ReadAsync($"/v1/deliveries/{delivery}"))["status"].GetString());
    }

    // Signed with somebody else's key.
    private static async Task<ProviderVoice.Post> ForgedAsync(InboundRig rig, string delivery)
    {
        await using var stranger = ProviderVoice.Of(rig.Voice.Type);
        stranger.Account();
        return stranger.Sign(rig.Engine.Now, stranger.Delivered(delivery, "ann@example.com"));
    }

    [Theory, MemberData(nameof(SigningTypes))]
    public async Task Without_what_verifies_them_events_are_refused_and_no_step_can_wait_for_delivered(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type, verified: false);
        var opened = await rig.Http.SendAsync($"/v1/providers/{rig.Account.Id}/inbound", new { });
        Assert.Equal(type switch { "sendgrid" => "config.verification_key", "mailgun" => "credentials.webhook_signing_key", _ => "config.topic_arn" }, opened["needs"].GetString());
        Assert.Equal("incomplete", (await rig.Http.ReadAsync($"/v1/providers/{rig.Account.Id}"))["inbound"].GetString());
        var (_, delivery) = await rig.SentAsync();
        Assert.Equal(401, (await rig.TellAsync(rig.Voice.Delivered(delivery, "ann@example.com"))).Status);
        Assert.Equal(["/route/0/until not_allowed"], (await WaitingAsync(rig)).Faults);
    }

    [Theory, MemberData(nameof(Types))]
    public async Task A_step_can_wait_for_delivered_only_when_somebody_tells(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type, open: false);
        Assert.Equal("off", (await rig.Http.ReadAsync($"/v1/providers/{rig.Account.Id}"))["inbound"].GetString());
        Assert.Equal(["/route/0/until not_allowed"], (await WaitingAsync(rig)).Faults);
        await rig.OpenAsync();
        Assert.Equal("ready", (await rig.Http.ReadAsync($"/v1/providers/{rig.Account.Id}"))["inbound"].GetString());
        Assert.Equal(202, (await WaitingAsync(rig)).Status);
        Assert.Equal(204, (await rig.Http.RemoveAsync($"/v1/providers/{rig.Account.Id}/inbound")).Status);
        Assert.Equal(["/route/0/until not_allowed"], (await WaitingAsync(rig)).Faults);
    }

    [Theory, MemberData(nameof(Types))]
    public async Task Delivered_settles_a_step_that_waits_for_it_and_a_bounce_lets_the_next_one_begin(string type)
    {
        await using var rig = await InboundRig.StartAsync(fixture, type);
        await using var receiver = FakeReceiver.Answering(200);
        foreach (var good in (bool[])[true, false])
        {
            var said = await WaitingAsync(rig, receiver.Url);
            var (first, second) = (said["deliveries.0.id"].GetString()!, said["deliveries.1.id"].GetString()!);
            await rig.Engine.DeliveryReachesAsync(first, "sent");
            Assert.Equal("report", (await rig.Http.ReadAsync($"/v1/deliveries/{first}/why"))["waits_for"].GetString());
            var posts = Enumerable.Range(0, 4).Select(_ => rig.Voice.Sign(rig.Engine.Now, good ? rig.Voice.Delivered(first, "ann@example.com") : rig.Voice.HardBounce(first, "ann@example.com"))).ToList();
            await Task.WhenAll(posts.Select(p => rig.TellAsync(p))); // four events that say the same: the route moves once
            await rig.Engine.DeliveryReachesAsync(first, good ? "delivered" : "bounced");
            await rig.Engine.DeliveryReachesAsync(second, good ? "skipped" : "sent");
            await rig.Engine.ReachesAsync(said.Id, good ? "delivered" : "sent");
        }
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task A_batch_is_taken_whole()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "sendgrid");
        var mails = new List<(string Notification, string Delivery)>();
        for (var i = 0; i < 5; i++) mails.Add(await rig.SentAsync($"p{i}@example.com"));
        var events = mails.SelectMany((m, i) => (JsonObject[])[rig.Voice.Delivered(m.Delivery, $"p{i}@example.com"), rig.Voice.Opened(m.Delivery, $"p{i}@example.com"), rig.Voice.Unknown(m.Delivery, "x")]).ToArray();
        Assert.Equal(10, (await rig.TellAsync([.. events, events[0]]))["events"].GetInt32() - 1); // one of them twice
        foreach (var (notification, _) in mails) await rig.Engine.ReachesAsync(notification, "delivered");
        await rig.WorkedInAsync();
        foreach (var (notification, _) in mails) Assert.Equal(["delivered", "opened"], (await rig.StoryAsync(notification)).Order());
    }

    [Fact]
    public async Task A_token_of_Mailguns_is_good_for_one_event()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "mailgun");
        var voice = (MailgunVoice)rig.Voice;
        var (notification, delivery) = await rig.SentAsync();
        var (other, otherDelivery) = await rig.SentAsync("bob@example.com");
        await rig.TellAsync(voice.Sign(rig.Engine.Now, voice.Delivered(delivery, "ann@example.com"), "one and the same token"));
        await rig.Engine.ReachesAsync(notification, "delivered");
        // Who has seen that post can put another event under its signature.
        Assert.Equal(200, (await rig.TellAsync(voice.Sign(rig.Engine.Now, voice.HardBounce(otherDelivery, "bob@example.com"), "one and the same token"))).Status);
        await rig.WorkedInAsync();
        Assert.Equal("sent", (await rig.Http.ReadAsync($"/v1/notifications/{other}"))["status"].GetString());
    }

    [Fact]
    public async Task An_event_that_is_faster_than_the_settlement_of_its_attempt_waits_for_it()
    {
        var (asked, go) = (new TaskCompletionSource<string>(), new TaskCompletionSource());
        await using var slow = FakeReceiver.Start(async connection =>
        {
            if (await connection.ReadRequestAsync() is not { } request) return;
            asked.TrySetResult(JsonDocument.Parse(request.Body).RootElement.GetProperty("Metadata").GetProperty("chatrelay_delivery").GetString()!);
            await go.Task;
            await connection.SendAsync(FakeReceiver.Answer(200, """{"ErrorCode":0,"Message":"OK","MessageID":"x"}"""));
        });
        await using var rig = await InboundRig.StartAsync(fixture, "postmark");
        await rig.Http.ChangeAsync($"/v1/providers/{rig.Account.Id}", new { config = new { base_url = $"http://127.0.0.1:{slow.Port}" }, credentials = new { server_token = "x" } });
        await Eventually.Async(async () => (await rig.Http.ReadAsync($"/v1/providers/{rig.Account.Id}"))["config.base_url"].GetString()!.EndsWith($"{slow.Port}", StringComparison.Ordinal));
        var said = await rig.Engine.SendMailAsync("ann@example.com");
        var delivery = await asked.Task;
        await rig.TellAsync(rig.Voice.Delivered(delivery, "ann@example.com"));
        await Eventually.Async(async () => (long)(await rig.Engine.Host.SqlAsync("select count(*) from relay.mail_reports where tries > 0"))! > 0);
        Assert.Equal("sending", (await rig.Http.ReadAsync($"/v1/deliveries/{delivery}"))["status"].GetString());
        go.SetResult();
        await rig.Engine.ReachesAsync(said.Id, "delivered");
    }

    [Fact]
    public async Task What_its_provider_tells_ends_the_doubt_about_a_mail()
    {
        await using var mute = FakeReceiver.Start(async connection => { await connection.ReadRequestAsync(); connection.Reset(); });
        await using var rig = await InboundRig.StartAsync(fixture, "postmark");
        await rig.Http.ChangeAsync($"/v1/providers/{rig.Account.Id}", new { config = new { base_url = $"http://127.0.0.1:{mute.Port}" }, credentials = new { server_token = "x" } });
        foreach (var good in (bool[])[true, false])
        {
            var said = await rig.Engine.SendMailAsync("ann@example.com");
            var delivery = said["deliveries.0.id"].GetString()!;
            await rig.Engine.DeliveryReachesAsync(delivery, "held");
            await rig.TellAsync(good ? rig.Voice.Delivered(delivery, "ann@example.com") : rig.Voice.HardBounce(delivery, "ann@example.com"));
            var ended = await rig.Engine.DeliveryReachesAsync(delivery, good ? "delivered" : "bounced");
            Assert.False(ended["maybe_sent"].GetBoolean());
            await rig.Engine.ReachesAsync(said.Id, good ? "delivered" : "failed");
        }
        Assert.Equal(0L, await rig.Engine.Host.SqlAsync("select count(*) from relay.queue where held"));
    }

    [Fact]
    public async Task An_account_that_tried_before_says_nothing_about_the_one_that_has_the_mail()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "postmark");
        var second = await rig.Http.SendAsync("/v1/providers", rig.Voice.Account());
        var (notification, delivery) = await rig.SentAsync();
        var has = (await rig.Http.ReadAsync($"/v1/deliveries/{delivery}"))["provider"].GetString();
        var elsewhere = has == rig.Account.Id ? second.Id : rig.Account.Id;
        var url = (await rig.Http.SendAsync($"/v1/providers/{elsewhere}/inbound", new { }))["url"].GetString()!;
        await rig.TellAsync(rig.Voice.Sign(rig.Engine.Now, rig.Voice.HardBounce(delivery, "ann@example.com")), url);
        await rig.WorkedInAsync();
        Assert.Equal("sent", (await rig.Http.ReadAsync($"/v1/notifications/{notification}"))["status"].GetString());
        Assert.Equal(["bounced"], await rig.StoryAsync(notification));
    }

    [Fact]
    public async Task A_story_has_an_end_however_often_robots_open_the_mail()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "sendgrid");
        var (notification, delivery) = await rig.SentAsync();
        for (var i = 0; i < 3; i++) await rig.TellAsync([.. Enumerable.Range(0, 100).Select(_ => rig.Voice.Opened(delivery, "ann@example.com"))]);
        await rig.WorkedInAsync();
        Assert.Equal(200, (await rig.TimelineAsync(notification)).Count(e => e.GetProperty("type").GetString() == "opened"));
    }

    [Fact]
    public async Task What_an_erased_persons_provider_said_of_the_mail_is_blanked()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "postmark");
        var (notification, delivery) = await rig.SentAsync("secret.ann@example.com");
        await rig.TellAsync(rig.Voice.HardBounce(delivery, "secret.ann@example.com"));
        await rig.Engine.ReachesAsync(notification, "failed");
        var job = await rig.Http.SendAsync("/v1/erasures", new { email = "secret.ann@example.com" });
        await Eventually.Async(async () => (await rig.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
        Assert.Equal(0L, await rig.Engine.Host.SqlAsync("select count(*) from relay.mail_events t where t::text like '%secret.ann%'"));
        Assert.Equal(["bounced"], await rig.StoryAsync(notification)); // the bare record remains
    }

    internal static bool IsSet(Said said, string member) => said[member].ValueKind is JsonValueKind.String;

    internal static async Task<long> EventsAsync(InboundRig rig, string type) =>
        (long)(await rig.Engine.Host.SqlAsync("select count(*) from relay.events where type = $1 and tenant_id = $2", type, WallOf(rig)))!;

    internal static Guid WallOf(InboundRig rig) => RelayId.TryParse<TenantId>(rig.Engine.Tenant.Id, out var id) ? id.Value : throw new ArgumentException(rig.Engine.Tenant.Id);

    private static async Task<Said> WaitingAsync(InboundRig rig, Uri? webhook = null) => await rig.Http.SendAsync("/v1/notifications", new
    {
        to = webhook is null ? (object)new { email = "ann@example.com" } : new { email = "ann@example.com", webhook = new { url = webhook.ToString() } },
        content = new { subject = "Hello", text = "It works." },
        route = webhook is null ? (object[])[new { channel = "email", until = "delivered" }] : [new { channel = "email", until = "delivered", within_s = 3600 }, new { channel = "webhook" }],
    });
}
