using System.Net;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Console;

/// <summary>A tenant that fills every field it has with markup, formulas and what turns the direction of writing, each as long as it may be.</summary>
public sealed partial class HostileWordsTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private static readonly string
        _name = Words("tenant", 120), _category = Words("category", 64), _tag = Words("tag", 64), _note = Words("metadata", 500), _answer = Words("answer", 700), _key = Words("key", 120),
        _account = Words("account", 120), _description = Words("description", 500), _reason = Words("reason", 500), _subject = Words("subject", 900), _text = Words("text", 2000), _by = Words("operator", 200),
        _error = Words("error", 400), _target = Words("target", 200), _said = Words("said", 120), _room = OneWay(Words("room", 200)), _user = new string('u', 128), _formula = "-2:@SUM";

    private readonly string external = $"-1:@SUM.{Guid.NewGuid():n}".PadRight(128, 'x'); // of one tenant each

    private ConsoleVisitor admin = null!;
    private TenantAccess tenant = null!;

    private RelayHost Host => fixture.Engine.Host;
    private string At => $"/ops/tenants/{tenant.Id}";

    public async ValueTask InitializeAsync()
    {
        admin = await ConsoleVisitor.OfRoleAsync(Host, "admin");
        tenant = await Host.NewTenantAsync(_name);
        Assert.Equal(200, (await Host.Operator.ChangeAsync($"/v1/tenants/{tenant.Id}", new { external_id = external })).Status);
    }

    public ValueTask DisposeAsync()
    {
        admin.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task On_the_pages_of_its_deliveries_they_are_shown_and_do_nothing()
    {
        await using var receiver = FakeReceiver.Answering(410, _answer, "X-Said: <script>alert(1)</script>");
        var url = $"{receiver.Url}?q=%3Cscript%3E&w={new string('w', 1500)}";
        var failed = await MadeAsync("/v1/notifications", Webhook(url));
        await Eventually.Async(async () => (await tenant.Http.ReadAsync($"/v1/notifications/{failed.Id}"))["status"].GetString() == "failed");
        var waiting = await MadeAsync("/v1/notifications", Webhook(url, fixture.Engine.Now.AddHours(1)));

        await SeesAsync("/ops/deliveries", _name, url);
        await SeesAsync($"/ops/deliveries?tenant={tenant.Id}", _name, url);
        await SeesAsync($"/ops/deliveries?tenant={Uri.EscapeDataString(external)}", _name, external);
        await SeesAsync($"/ops/deliveries?tenant={Uri.EscapeDataString(_name)}", _name, "There is no such tenant.");
        await SeesAsync($"/ops/deliveries/{tenant.Id}/{failed["deliveries.0.id"]}", _name, url, _category, _tag, System.Text.Json.JsonSerializer.Serialize(_note)[1..^1], _answer, "X-Said: <script>alert(1)</script>", external);
        await SeesAsync($"/ops/deliveries/many?act=hold&tenant={tenant.Id}", _name, waiting["deliveries.0.id"].GetString()!);
        await SeesAsync($"/ops/deliveries/many?act=hold&tag={Uri.EscapeDataString(_tag)}", _name, _tag);

        // What a worker has in its hands, and a job that ended badly. The other node is played by its rows.
        var node = Guid.CreateVersion7();
        await Host.SqlAsync("insert into relay.nodes (incarnation, node, roles, version, address, seen_at) values ($1, $2, '{}', '0', '', relay.now())", node, _by);
        await Host.SqlAsync("update relay.queue set claimed_by = $1, claim = 7, target = $2 where tenant_id = $3", node, _target, tenant.Wall);
        await Host.SqlAsync("insert into relay.jobs (tenant_id, id, kind, status, input, created_by, finished_at, error) values ($1, gen_random_uuid(), 'none', 'failed', '{}', 'test', relay.now(), $2)", tenant.Wall, _error);
        await SeesAsync("/ops/jobs", _by, _target, _error);
        await SeesAsync($"/ops/jobs/list?tenant={tenant.Id}", _name, _error);
        var job = (Guid)(await Host.SqlAsync("select id from relay.jobs where tenant_id = $1 and error = $2", tenant.Wall, _error))!;
        await SeesAsync($"/ops/jobs/{tenant.Id}/{new ChatRelay.Protocol.JobId(job)}", _error);
        await Host.SqlAsync("delete from relay.queue where claimed_by = $1", node);

        object Webhook(string to, DateTimeOffset? at = null) => new
        {
            to = new { webhook = new { url = to } },
            content = new { text = _text },
            category = _category,
            external_id = external,
            tags = new[] { _tag },
            metadata = new { note = _note },
            send_at = at,
        };
    }

    [Fact]
    public async Task On_the_pages_of_a_tenant_and_what_it_has_they_are_shown_and_do_nothing()
    {
        await using var receiver = FakeReceiver.Answering(400, $$"""{"errors":[{"message":"{{InJson(_said)}}"}]}""", "Content-Type: application/json");
        await MadeAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = _subject, text = _text, html = $"<p>{_text}</p>" } });
        await Eventually.Async(async () => (await tenant.Http.ReadAsync("/v1/sandbox/emails"))["data"].GetArrayLength() == 1);
        var mail = (await tenant.Http.ReadAsync("/v1/sandbox/emails"))["data.0.id"].GetString();
        await MadeAsync("/v1/api-keys", new { name = _key });
        var account = await MadeAsync("/v1/providers", new
        {
            channel = "email",
            type = "sendgrid",
            name = _account,
            from = new { email = "a@shop.example" },
            config = new { base_url = $"http://127.0.0.1:{receiver.Port}" },
            credentials = new { api_key = "SG.ends-with-'<b>" },
        });
        var endpoint = await MadeAsync("/v1/webhook-endpoints", new { url = $"{receiver.Url}?q=%3Cscript%3E", description = _description, account = _formula, event_types = new[] { "notification.*" } });
        Assert.Equal(200, (await tenant.Http.ChangeAsync($"/v1/webhook-endpoints/{endpoint.Id}", new { status = "paused", disabled_reason = _reason })).Status);
        await Host.SqlAsync("update relay.providers set status = 'paused', status_reason = $2 where tenant_id = $1 and name = $3", tenant.Wall, _reason, _account);

        await SeesAsync("/ops/tenants", _name, external);
        await SeesAsync($"/ops/tenants?external_id={Uri.EscapeDataString(external)}", _name, external);
        var page = await SeesAsync(At, _name, external, _key, _account, _description, _reason, _formula, _subject, $"{receiver.Url}?q=%3Cscript%3E", $"Resume {OneWay(_account)}", $"Revoke {OneWay(_key)}");
        await SeesAsync($"{At}/mails", _name, _subject);
        await SeesAsync($"{At}/mails/{mail}", _subject, _text);
        await SeesAsync($"{At}/providers/{account.Id}", _name, _account, _reason, "…'<b>");

        // What a provider says to a test mail, told on the next page.
        await Host.SqlAsync("update relay.providers set status = 'enabled' where tenant_id = $1", tenant.Wall);
        var told = await admin.SubmitAsync("/ops/do/test-provider", page.Token, ("wall", tenant.Id), ("id", account.Id), ("to", "ann@example.com"), ("back", At));
        await SeesAsync(told.Location!, InJson(_said));
    }

    [Fact]
    public async Task On_the_pages_of_its_rooms_they_are_shown_and_do_nothing()
    {
        var room = await MadeAsync("/v1/rooms", new { type = "group", name = _room, external_id = external, members = new[] { new { user = _user, role = "member" }, new { user = _formula, role = "member" } } });
        await SeesAsync($"/ops/rooms?tenant={tenant.Id}", _room, external);
        await SeesAsync($"/ops/rooms?tenant={tenant.Id}&room={external}", _room, external);
        await SeesAsync($"/ops/rooms?tenant={Uri.EscapeDataString(_name)}", _name);
        await SeesAsync($"/ops/rooms/{tenant.Id}/{room.Id}", _name, _room, external, _user, _formula, $"Disconnect {_formula}");
    }

    [Fact]
    public async Task On_the_pages_of_the_relay_they_are_shown_and_do_nothing()
    {
        await Host.Operator.AskAsync(HttpMethod.Post, $"/v1/ops/tenants/{tenant.Id}/pause"); // what it sends is due, and waits
        await MadeAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "It works." } });
        await Host.SqlAsync("insert into relay.alerts (id, rule, value, worst, threshold, resolved_at, acknowledged_at, acknowledged_by) values (gen_random_uuid(), 'queue_age', 400, 500, 300, relay.now(), relay.now(), $1)", _by);
        var named = (await Host.Operator.SendAsync("/v1/operator-keys", new { name = _by[..120], role = "admin" }))["key"].GetString()!;

        await SeesAsync("/ops/pauses", _name, $"Resume {OneWay(_name)}");
        await SeesAsync("/ops/alerts", _by);
        await Eventually.Async(async () => Decoded(await admin.OpenAsync("/ops/tenants/due")).Contains(_name, StringComparison.Ordinal)); // counted every two seconds
        await SeesAsync("/ops/tenants/due", _name);
        await admin.SignInAsync(named);
        await SeesAsync("/ops", _name, _by[..120]);
    }

    [Fact]
    public void There_is_no_page_that_is_not_among_them()
    {
        string[] seen =
        [
            "/ops", "/ops/alerts", "/ops/deliveries", "/ops/deliveries/many", "/ops/deliveries/{wall}/{id}", "/ops/jobs", "/ops/jobs/list", "/ops/jobs/{wall}/{id}", "/ops/pauses", "/ops/rooms", "/ops/rooms/{wall}/{room}",
            "/ops/tenants", "/ops/tenants/due", "/ops/tenants/{wall}", "/ops/tenants/{wall}/mails", "/ops/tenants/{wall}/mails/{id}", "/ops/tenants/{wall}/providers/{id}",
        ];
        const string framed = "/ops/tenants/{wall}/mails/{id}/html"; // a mail's own page, in which nothing runs: seen in Chromium
        Assert.Equal(seen.Append(framed).Order(StringComparer.Ordinal), ViewerTests.PagesOf(Host).Select(p => p.Path).Order(StringComparer.Ordinal));
    }

    /// <summary>Each is there as a text: its letters stand in the page, and never as they would work.</summary>
    private async Task<ConsoleVisitor.Visited> SeesAsync(string path, params string[] texts)
    {
        var page = await admin.OpenAsync(path);
        Assert.True(page.Status == 200, $"{path} {page.Status}");
        foreach (var text in texts) Assert.True(Decoded(page).Contains(text, StringComparison.Ordinal), $"{path} does not show {text}");
        Assert.DoesNotContain("<script>", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("\"'", page.Html, StringComparison.Ordinal);

        // What turns the direction stays within an element that keeps it in; a field shows what was typed as it was typed.
        Assert.DoesNotContain('\u202E', WebUtility.HtmlDecode(Kept().Replace(page.Html, "")));
        return page;
    }

    private async Task<Said> MadeAsync(string path, object body)
    {
        var said = await tenant.Http.SendAsync(path, body);
        Assert.True(said.Status is 201 or 202, $"{path} {said}");
        return said;
    }

    private static string Decoded(ConsoleVisitor.Visited page) => WebUtility.HtmlDecode(page.Html);

    private static string Words(string field, int length) => $"=A1+<img src=x onerror=alert(1)>\"'\u202E{field} <script>alert(1)</script>".PadRight(length, 'w')[..length];

    private static string OneWay(string words) => words.Replace("\u202E", "", StringComparison.Ordinal);

    private static string InJson(string text) => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text);

    [GeneratedRegex("<(bdi|pre|textarea)\\b.*?</\\1>|<input\\b[^>]*>", RegexOptions.Singleline)]
    private static partial Regex Kept();
}
