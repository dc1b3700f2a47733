using ChatRelay.TestKit;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd.Console;

/// <summary>The console as an operator sees it, in the distribution's Chromium.</summary>
public sealed class ConsoleInChromiumTests(ConsoleBrowser browser) : IClassFixture<ConsoleBrowser>
{
    private RelayHost Host => browser.Host;

    [Theory]
    [InlineData("light", ColorScheme.Light, 1280)]
    [InlineData("dark", ColorScheme.Dark, 1280)]
    [InlineData("phone", ColorScheme.Light, 390)]
    [InlineData("phone-dark", ColorScheme.Dark, 390)]
    public async Task An_operator_signs_in_sees_every_page_and_signs_out(string name, ColorScheme scheme, int width)
    {
        await FillAsync();
        var window = await browser.OpenAsync(scheme, width);
        var page = window.Page;
        await page.GotoAsync("/hangfire");
        await Assertions.Expect(page).ToHaveTitleAsync("Sign in · ChatRelay");
        await window.LookAsync($"{name}-sign-in");

        // By keyboard only: the field has the focus.
        await Assertions.Expect(page.GetByLabel("Operator key")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(Host.OperatorKey);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();

        foreach (var (path, title) in Pages)
        {
            await page.GotoAsync(path);
            await Assertions.Expect(page).ToHaveTitleAsync($"{title} · ChatRelay");
            await window.LookAsync($"{name}-{path.Split('/')[^1].Split('?')[0]}");
        }

        await page.GetByRole(AriaRole.Link, new() { Name = "Bakery" }).First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Providers" })).ToBeVisibleAsync();
        await window.LookAsync($"{name}-tenant");

        await page.GetByRole(AriaRole.Link, new() { Name = "Sandbox" }).First.ClickAsync();
        await Assertions.Expect(page).ToHaveTitleAsync("Provider account · ChatRelay");
        await window.LookAsync($"{name}-provider");

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page).ToHaveTitleAsync("Sign in · ChatRelay");
        await page.GotoAsync("/ops");
        await Assertions.Expect(page).ToHaveTitleAsync("Sign in · ChatRelay");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task A_wrong_key_is_told_and_not_kept_in_the_page()
    {
        var window = await browser.OpenAsync();
        var page = window.Page;
        await page.GotoAsync("/ops");
        await page.GetByLabel("Operator key").FillAsync("cr_op_mistyped");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("This is not an operator's key.");
        await Assertions.Expect(page.GetByLabel("Operator key")).ToHaveValueAsync("");
        Assert.DoesNotContain("mistyped", page.Url, StringComparison.Ordinal);
        await window.LookAsync("wrong-key");
    }

    [Fact]
    public async Task A_delivery_fails_is_understood_goes_out_again_and_arrives()
    {
        var mended = false;
        await using var receiver = FakeReceiver.Answering(_ => mended ? FakeReceiver.Answer(200) : FakeReceiver.Answer(410, "the shop has moved"));
        var shop = await Host.NewTenantAsync("The corner shop");
        var window = await browser.OpenAsync();
        var page = window.Page;
        await window.SignInAsync(await browser.NewKeyAsync("operator"), "/ops/deliveries");

        // 1. It fails, and the open page shows it by itself.
        await shop.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = "your bread is ready" } });
        var row = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "The corner shop" });
        await Assertions.Expect(row).ToContainTextAsync("failed");

        // 2. Why?
        await row.GetByRole(AriaRole.Link).First.ClickAsync();
        await Assertions.Expect(page.GetByText("http_error 410").First).ToBeVisibleAsync();
        await page.GetByText("Answer", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("the shop has moved")).ToBeVisibleAsync();
        await window.LookAsync("story-failed");

        // 3. The far end is mended, and it goes out again: here once, and with all that failed.
        mended = true;
        await page.GetByRole(AriaRole.Link, new() { Name = "Deliveries of The corner shop" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Replay what failed…" }).ClickAsync();
        await Assertions.Expect(page.Locator("b.count")).ToHaveTextAsync("1");
        await window.LookAsync("story-replay");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send them again" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Sending again what failed.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("1 done of 1.")).ToBeVisibleAsync();
        await window.LookAsync("story-job");

        // 4. It arrives.
        await page.GotoAsync($"/ops/deliveries?tenant={shop.Id}");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("sent");
        Assert.Empty(window.Complaints);
        Assert.True(await Host.SqlAsync("select exists (select from relay.events where type = 'console.deliveries.replay' and audit)") is true);
    }

    [Fact]
    public async Task A_mail_fails_is_understood_its_provider_is_mended_and_the_replay_is_delivered()
    {
        await using var sendgrid = Sendgrid();
        var (shop, account) = await ShopAsync("The print shop", sendgrid);
        var window = await browser.OpenAsync();
        var page = window.Page;
        await window.SignInAsync(await browser.NewKeyAsync("operator"), $"/ops/deliveries?tenant={shop.Id}");

        // 1. It fails. Why? The answer says it, and the account is a click away.
        await shop.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Your prints", text = "They are ready." } });
        var row = page.Locator("tbody tr").First;
        await Assertions.Expect(row).ToContainTextAsync("failed");
        await row.GetByRole(AriaRole.Link).First.ClickAsync();
        await Assertions.Expect(page.GetByText("does not match a verified Sender Identity").First).ToBeAttachedAsync();
        await window.LookAsync("story-mail-failed");
        await page.GetByRole(AriaRole.Link, new() { Name = account }).First.ClickAsync();
        await Assertions.Expect(page).ToHaveTitleAsync("Provider account · ChatRelay");

        // 2. The provider is mended: new credentials, which are shown nowhere.
        await page.GetByLabel("api_key").FillAsync("SG.the-right-account");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Saved. What waited for it is looked at now.");
        await Assertions.Expect(page.GetByText("api_key …ount")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("api_key")).ToHaveValueAsync("");
        Assert.DoesNotContain("the-right", await page.ContentAsync(), StringComparison.Ordinal);
        await window.LookAsync("story-provider-mended");

        // 3. Replayed, and delivered.
        await page.GotoAsync($"/ops/deliveries?tenant={shop.Id}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Replay what failed…" }).ClickAsync();
        await Assertions.Expect(page.Locator("b.count")).ToHaveTextAsync("1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send them again" }).ClickAsync();
        await Assertions.Expect(page.GetByText("1 done of 1.")).ToBeVisibleAsync();
        await page.GotoAsync($"/ops/deliveries?tenant={shop.Id}");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("sent");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task Very_many_wrong_items_of_a_tenant_are_counted_sampled_held_and_discarded_and_others_go_on()
    {
        // CHATRELAY_TEST_FLOOD=1000000 makes it a million: many minutes instead of seconds.
        var wrong = int.Parse(Environment.GetEnvironmentVariable("CHATRELAY_TEST_FLOOD") ?? "3000");
        var (all, patience) = ($"{wrong:#,0}", new LocatorAssertionsToBeVisibleOptions { Timeout = 120_000 + (wrong / 2) });
        await using var receiver = FakeReceiver.Answering(200);
        var (flood, other) = (await Host.NewTenantAsync("The flood"), await Host.NewTenantAsync("A neighbour"));
        await FloodAsync(flood, wrong);
        var window = await browser.OpenAsync();
        var page = window.Page;
        await window.SignInAsync(await browser.NewKeyAsync("operator"), $"/ops/deliveries/many?act=hold&tenant={flood.Id}");

        // 1. Held: the count and a sample first, then how far it is.
        await Assertions.Expect(page.Locator("b.count")).ToHaveTextAsync(all, new() { Timeout = 120_000 });
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "A sample" })).ToBeVisibleAsync();
        await window.LookAsync("flood-hold");
        await page.GetByRole(AriaRole.Button, new() { Name = "Hold them" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        await SendsAsync(); // while the job runs
        await Assertions.Expect(page.GetByText($"{all} done of {all}.")).ToBeVisibleAsync(patience);
        await window.LookAsync("flood-held");

        // 2. Looked at, and thrown away.
        await page.GotoAsync($"/ops/deliveries?tenant={flood.Id}&status=held");
        Assert.Equal(50, await page.Locator("tbody tr").CountAsync());
        await page.GotoAsync($"/ops/deliveries/many?act=discard&tenant={flood.Id}");
        await Assertions.Expect(page.Locator("b.count")).ToHaveTextAsync(all, new() { Timeout = 120_000 });
        page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Discard them" }).ClickAsync();
        await SendsAsync();
        await Assertions.Expect(page.GetByText($"{all} done of {all}.")).ToBeVisibleAsync(patience);
        Assert.Equal(0L, await Host.SqlAsync("select count(*) from relay.queue q join relay.tenants t on t.tenant_id = q.tenant_id where t.name = 'The flood'"));
        Assert.Empty(window.Complaints);

        async Task SendsAsync()
        {
            var sent = await other.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = "hi" } });
            await Eventually.Async(async () => (await other.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["status"].GetString() == "sent");
        }
    }

    [Fact]
    public async Task Hostile_and_endless_names_break_no_page_on_a_phone()
    {
        const string markup = "<script>document.title='run'</script>\"'><img src=x onerror=\"document.title='run'\">\u202Egnp.exe =cmd|'/C calc'!A0";
        await using var receiver = FakeReceiver.Answering(410, markup[..60]);
        var tenant = await Host.NewTenantAsync(markup);
        var sent = await tenant.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { url = $"{receiver.Url}/{new string('w', 300)}" } }, content = new { text = markup }, category = markup[..60], tags = new[] { new string('t', 64) }, metadata = new { note = markup } });
        await Eventually.Async(async () => (await tenant.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["status"].GetString() == "failed");
        var account = await tenant.Http.SendAsync("/v1/providers", new { channel = "email", type = "sandbox", name = new string('p', 120) });
        await tenant.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url.ToString(), description = new string('d', 400), event_types = new[] { "notification.*" } });
        var room = await tenant.Http.SendAsync("/v1/rooms", new { type = "group", name = new string('r', 120), external_id = new string('x', 128), members = new[] { new { user = new string('u', 128), role = "member" } } });
        var window = await browser.OpenAsync(width: 390);
        await window.SignInAsync(Host.OperatorKey);
        foreach (var path in (string[])["/ops", "/ops/deliveries", $"/ops/deliveries/{tenant.Id}/{sent["deliveries.0.id"].GetString()}", $"/ops/tenants/{tenant.Id}", $"/ops/tenants/{tenant.Id}/providers/{account.Id}", $"/ops/rooms?tenant={tenant.Id}", $"/ops/rooms/{tenant.Id}/{room.Id}"])
        {
            await window.Page.GotoAsync(path);
            Assert.EndsWith(" · ChatRelay", await window.Page.TitleAsync(), StringComparison.Ordinal);
            await window.LookAsync($"hostile-{path.Split('?')[0].Split('/')[2..].Length}-{path.Split('?')[0].Split('/').ElementAtOrDefault(2) ?? "now"}");
        }
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task An_alert_fires_before_the_operators_eyes_is_looked_after_and_the_relay_is_paused_and_let_go()
    {
        var window = await browser.OpenAsync();
        var page = window.Page;
        await window.SignInAsync(await browser.NewKeyAsync("operator"));
        await Host.Operator.ChangeAsync("/v1/ops/alert-rules/upkeep_failing", new { for_s = 0 });
        await Host.SqlAsync("insert into relay.upkeep (name, every, due_at, error) values ('broken <b>', '1 hour', relay.now() + interval '1 hour', '42P01')");
        try
        {
            // 1. The open page shows it by itself; the page of alerts says more.
            await page.GetByRole(AriaRole.Link, new() { Name = "An alert fires" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "I look after upkeep_failing" }).ClickAsync();
            await Assertions.Expect(page.GetByText("somebody looks after it").First).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Silence upkeep_failing" }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "End the silence of upkeep_failing" })).ToBeVisibleAsync();
            await window.LookAsync("alert-fires");
        }
        finally
        {
            await Host.SqlAsync("delete from relay.upkeep where name = 'broken <b>'");
            await Host.Operator.ChangeAsync("/v1/ops/alert-rules/upkeep_failing", new { for_s = (int?)null, silenced_until = (string?)null });
        }

        // 2. A channel rests, and goes on.
        await page.GotoAsync("/ops/pauses");
        page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause websocket" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Paused: what is accepted for it waits.");
        await window.LookAsync("channel-paused");
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume websocket" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("It goes on.");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task By_keyboard_only_a_failed_delivery_is_found_and_tried_again()
    {
        await FillAsync();
        var window = await browser.OpenAsync();
        var page = window.Page;
        await page.GotoAsync("/ops");
        await Assertions.Expect(page.GetByLabel("Operator key")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(await browser.NewKeyAsync("operator"));
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page).ToHaveTitleAsync("Now · ChatRelay");
        await window.TabToAsync("Deliveries");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page).ToHaveTitleAsync("Deliveries · ChatRelay");
        await window.TabToAsync("dlv_…");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page).ToHaveTitleAsync("Delivery · ChatRelay");
        await window.TabToAsync("Retry");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("It goes out again.");
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task By_keyboard_only_a_provider_is_mended_and_what_failed_through_it_is_replayed_and_delivered()
    {
        await using var sendgrid = Sendgrid();
        var (shop, account) = await ShopAsync("The keyboard shop", sendgrid);
        var sent = await shop.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Your prints", text = "They are ready." } });
        await Eventually.Async(async () => (await shop.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["status"].GetString() == "failed");
        var window = await browser.OpenAsync();
        var page = window.Page;
        await page.GotoAsync("/ops/tenants");
        await Assertions.Expect(page.GetByLabel("Operator key")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(await browser.NewKeyAsync("operator"));
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page).ToHaveTitleAsync("Tenants · ChatRelay");

        // 1. Whose, which, and through what it failed.
        await GoAsync("The keyboard shop", "Tenant");
        await GoAsync("Its deliveries", "Deliveries");
        await GoAsync("dlv_…", "Delivery");
        await GoAsync(account, "Provider account");

        // 2. Mended.
        await window.TabToAsync("api_key");
        await page.Keyboard.TypeAsync("SG.the-right-account");
        await window.TabToAsync("Save");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Saved. What waited for it is looked at now.");

        // 3. Replayed, after a look at how many it means, and delivered.
        await GoAsync("To The keyboard shop", "Tenant");
        await GoAsync("Its deliveries", "Deliveries");
        await GoAsync("Replay what failed…", "Replay failed deliveries");
        await Assertions.Expect(page.Locator("b.count")).ToHaveTextAsync("1");
        await window.TabToAsync("Send them again");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("1 done of 1.")).ToBeVisibleAsync();
        await GoAsync("Tenants", "Tenants");
        await GoAsync("The keyboard shop", "Tenant");
        await GoAsync("Its deliveries", "Deliveries");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("sent");
        Assert.Empty(window.Complaints);

        async Task GoAsync(string link, string title)
        {
            await window.TabToAsync(link);
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page).ToHaveTitleAsync($"{title} · ChatRelay");
        }
    }

    [Fact]
    public async Task Figures_and_charts_of_the_first_page_follow_what_happens_without_a_reload()
    {
        var window = await browser.OpenAsync();
        var page = window.Page;
        await window.SignInAsync(await browser.NewKeyAsync("viewer"));
        await page.EvaluateAsync("window.neverLeft = true");
        var chart = page.Locator("figure").Filter(new() { HasText = "got through" });
        var (drawn, time) = (await LinesAsync(), await page.Locator("h1 span").TextContentAsync());
        await Assertions.Expect(chart).Not.ToContainTextAsync("top 81,234");

        // 1. A node beside this one writes what it did in its last ten seconds: the lines are drawn anew, on another scale.
        await Host.SqlAsync("""
            insert into relay.node_figures (incarnation, seconds, accepted, attempts, failed, first_attempts, messages, in_flight, breakers_open, sockets, rooms, due, oldest_due_s, disk_free, disk_size)
            values (gen_random_uuid(), 10, 812340, 700000, 10, 0, 0, 0, 0, 0, 0, 0, 0, 50, 100)
            """);
        await Assertions.Expect(chart).ToContainTextAsync("top 81,234");
        Assert.NotEqual(drawn, await LinesAsync());

        // 2. What is accepted for later waits, and is counted in the queue.
        var waiting = await FigureAsync("waiting");
        var shop = await Host.NewTenantAsync("The early shop");
        foreach (var _ in (int[])[1, 2]) await shop.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Soon", text = "Not yet." }, send_at = TimeProvider.System.GetUtcNow().AddDays(2) });
        await Eventually.Async(async () => await FigureAsync("waiting") >= waiting + 2);
        await Assertions.Expect(page.Locator("h1 span")).Not.ToHaveTextAsync(time!);

        // 3. Nobody reloaded anything, and what was drawn meanwhile is as well readable as the first page.
        Assert.True(await page.EvaluateAsync<bool>("window.neverLeft"));
        Assert.Equal(1, await page.EvaluateAsync<int>("performance.getEntriesByType('navigation').length"));
        await window.LookAsync("now-live");
        Assert.Empty(window.Complaints);

        async Task<string> LinesAsync() => string.Join(' ', await chart.Locator("polyline").EvaluateAllAsync<string[]>("lines => lines.map(l => l.getAttribute('points'))"));
        async Task<long> FigureAsync(string of) => long.Parse((await page.Locator(".numbers li").Filter(new() { HasText = of }).First.Locator("b").TextContentAsync())!.Replace(",", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_viewer_sees_all_of_it_and_is_offered_no_act()
    {
        await FillAsync();
        var window = await browser.OpenAsync();
        await window.SignInAsync(await browser.NewKeyAsync("viewer"), "/ops/deliveries");
        Assert.Equal("/ops/deliveries", new Uri(window.Page.Url).AbsolutePath);
        await Assertions.Expect(window.Page.Locator("tbody tr").First).ToBeVisibleAsync();
        Assert.Equal(0, await window.Page.GetByRole(AriaRole.Checkbox).CountAsync());
        await window.Page.Locator("tbody a").First.ClickAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Heading, new() { Name = "Attempts" })).ToBeVisibleAsync();
        Assert.Equal(1, await window.Page.GetByRole(AriaRole.Button).CountAsync()); // sign out
        Assert.Empty(window.Complaints);
    }

    [Fact]
    public async Task An_admin_makes_a_tenant_and_looks_at_a_mail_in_which_nothing_runs_and_nothing_is_fetched()
    {
        var window = await browser.OpenAsync();
        var page = window.Page;
        await window.SignInAsync(Host.OperatorKey, "/ops/tenants");
        await page.GetByLabel("Name").FillAsync("Flower stall");
        await page.Keyboard.PressAsync("Enter");
        var key = await page.Locator("pre").TextContentAsync();
        Assert.StartsWith("cr_live_", key, StringComparison.Ordinal);
        await window.LookAsync("secret");
        await page.GetByRole(AriaRole.Link, new() { Name = "I have it" }).ClickAsync();

        using var stall = Host.Client(key);
        var html = "<h1>Roses</h1><img src='https://tracker.example/p.gif'><script>document.title = 'run'; parent.document.title = 'run'</script><form action='https://evil.example'><button>Go</button></form>";
        await stall.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "<b>Roses</b>", text = "Roses", html } });
        await page.GetByRole(AriaRole.Link, new() { Name = "Flower stall" }).ClickAsync();
        await Eventually.Async(async () => { await page.ReloadAsync(); return await page.GetByRole(AriaRole.Link, new() { Name = "<b>Roses</b>" }).CountAsync() == 1; });
        await page.GetByRole(AriaRole.Link, new() { Name = "<b>Roses</b>" }).ClickAsync();
        await Assertions.Expect(page.FrameLocator("iframe").GetByRole(AriaRole.Heading, new() { Name = "Roses" })).ToBeVisibleAsync();
        await page.ScreenshotAsync(new() { Path = Repository.File("artifacts/console/mail.png"), FullPage = true });
        Assert.Equal("Kept mail · ChatRelay", await page.TitleAsync());
        // What the mail tried is refused, and nothing else is complained of.
        Assert.NotEmpty(window.Complaints);
        Assert.All(window.Complaints, c => Assert.True(c.Contains("tracker.example", StringComparison.Ordinal) || c.Contains("sandboxed", StringComparison.Ordinal) || c.Contains("Content Security Policy", StringComparison.Ordinal), c));
    }

    private static readonly (string Path, string Title)[] Pages =
    [
        ("/ops", "Now"), ("/ops/deliveries", "Deliveries"), ("/ops/deliveries/many?act=hold", "Hold waiting deliveries"), ("/ops/jobs", "Jobs"), ("/ops/rooms", "Rooms"), ("/ops/alerts", "Alerts"), ("/ops/pauses", "Pauses"), ("/ops/tenants/due", "Tenants with due work"), ("/ops/tenants", "Tenants"),
    ];

    /// <summary>What a tenant's mistake leaves behind, written as accepting it would: all to come in an hour.</summary>
    private Task<object?> FloodAsync(TenantAccess tenant, int count)
    {
        Assert.True(ChatRelay.Protocol.RelayId.TryParse<ChatRelay.Protocol.TenantId>(tenant.Id, out var wall));
        return Host.SqlAsync("""
            with made as materialized (
              select (lpad(to_hex((extract(epoch from relay.now()) * 1000)::bigint), 12, '0') || '7000b0000000' || lpad(to_hex(i), 6, '0') || '01')::uuid as id, i from generate_series(1, $2) i
            ), notified as (
              insert into relay.notifications (tenant_id, id, class, recipient, to_user, priority, route, channels, content, delivery_ids)
              select $1, id, 30, '{"webhook":{"url":"https://wrong.example/hook"}}', null, 1, '[{"channel":"webhook"}]', '{webhook}', '{"text":"Everything is free today."}', array[id] from made
            ), delivered as (
              insert into relay.deliveries (tenant_id, id, class, notification_id, channel, target, url, until, status, notification_status, attempts, begun_at)
              select $1, id, 30, id, 'webhook', 'https://wrong.example', 'https://wrong.example/hook', 'accepted', 'queued', 'queued', 0, relay.now() from made
            ), queued as (
              insert into relay.queue (tenant_id, id, class, notification_id, channel, band, target, due_at, simple)
              select $1, id, 30, id, 'webhook', 2, 'https://wrong.example', relay.now() + interval '1 hour', true from made returning 1
            )
            select count(*) from queued
            """, wall.Value, count);
    }

    /// <summary>SendGrid, which lets in one key.</summary>
    private static FakeReceiver Sendgrid() => FakeReceiver.Answering(request => request.Header("Authorization") == "Bearer SG.the-right-account"
        ? FakeReceiver.Answer(202, "", "X-Message-Id: made-1") : FakeReceiver.Answer(400, """{"errors":[{"message":"The from address does not match a verified Sender Identity."}]}"""));

    /// <summary>A tenant whose account has another one.</summary>
    private async Task<(TenantAccess Shop, string Account)> ShopAsync(string name, FakeReceiver sendgrid)
    {
        var shop = await Host.NewTenantAsync(name);
        var made = await shop.Http.SendAsync("/v1/providers", new
        {
            channel = "email",
            type = "sendgrid",
            name = "House account",
            from = new { email = "print@shop.example" },
            config = new { base_url = $"http://127.0.0.1:{sendgrid.Port}" },
            credentials = new { api_key = "SG.wrong-one-of-old" },
        });
        Assert.True(made.Status == 201, made.ToString());
        return (shop, made.Id);
    }

    /// <summary>Something to see: two tenants, some of it well and some of it not.</summary>
    private async Task FillAsync()
    {
        await using var refusing = FakeReceiver.Answering(410, "gone");
        foreach (var name in (string[])["Bakery", "Post office"])
        {
            var tenant = await Host.NewTenantAsync(name);
            await tenant.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "It works." } });
            var failing = await tenant.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { url = refusing.Url.ToString() } }, content = new { text = "hi" } });
            await Eventually.Async(async () => (await tenant.Http.ReadAsync($"/v1/notifications/{failing.Id}"))["status"].GetString() == "failed");
        }
    }
}
