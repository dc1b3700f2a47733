using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChatRelay.EndToEnd.Up;
using ChatRelay.Storage.EmbeddedPostgres;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;
using Npgsql;

namespace ChatRelay.EndToEnd.Operations;

/// <summary>
/// Two nodes, one that logs JSON and one that logs text, both at their most talkative and with a collector; a story over every kind of secret, which sends, fails, retries, talks,
/// and is looked at by operators; then the logs, traces, metrics, pages, a dump, a backup and every answer are searched for what only a few of them may hold.
/// </summary>
public sealed partial class CanaryTests
{
    private const string Password = "canary-smtp-password-71c2", ApiKey = "SG.canary-sendgrid-key-83d1", Server = "canary-postmark-token-95e0", Passphrase = "canary-passphrase-a6f9";
    private const string Plain = "canary-of-a-plain-body-b708", RoomPlain = "canary-of-a-plain-message-c819";
    private const string AlertToken = "canary-alert-address-0c5d", HeartbeatToken = "canary-heartbeat-address-1d6e", RouteToken = "canary-route-address-2e7f";
    private static readonly string Cipher = Convert.ToBase64String(Encoding.UTF8.GetBytes("canary-of-a-ciphertext-d92a-in-a-room"));
    private static readonly string NotifyCipher = Convert.ToBase64String(Encoding.UTF8.GetBytes("canary-of-a-ciphertext-ea3b-to-a-user"));

    private readonly ConcurrentQueue<(string Request, string Text)> _answers = new();
    private readonly List<Canary> _secrets = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_secret_and_no_body_is_found_where_it_does_not_belong()
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        await using var collector = new FakeCollector();
        var tries = 0;
        await using var receiver = FakeReceiver.Answering(request => FakeReceiver.Answer(Interlocked.Increment(ref tries) <= 2 ? 500 : 200, "no: " + request.Header("webhook-id")));
        var mails = 0;
        await using var sendgrid = FakeReceiver.Answering(request => Interlocked.Increment(ref mails) == 1
            ? FakeReceiver.Answer(500, $$"""{"errors":[{"message":"wrong: {{request.Header("Authorization")}}"}]}""", "Content-Type: application/json", $"X-Echo: {request.Header("Authorization")}") // as a careless proxy would
            : FakeReceiver.Answer(202, "", "X-Message-Id: m1"));
        await using var outside = FakeReceiver.Answering(500, "not now"); // what did not get through is noted
        using ScratchFolder first = new(), second = new(), backups = new();
        var (jsonLog, textLog) = (Path.Combine(backups.Path, "json.log"), Path.Combine(backups.Path, "text.log"));

        // 1. Two nodes of one relay.
        (string, string?)[] common =
        [
            ("CHATRELAY_DATABASE", database.ConnectionString), ("CHATRELAY_LOG_LEVEL", "trace"), ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"),
            ("CHATRELAY_ALERT_URL", $"{outside.Url}{AlertToken}?key={AlertToken}"), ("CHATRELAY_HEARTBEAT_URL", $"{outside.Url}{HeartbeatToken}"),
            ("CHATRELAY_PUBLIC_URL", "https://relay.example.com"), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint), ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=canary-collector-key-fb4c"), ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
        ];
        await using var one = ServerProcess.BeginRelay(first.Path, ServerProcess.FreePort(), [.. common, ("CHATRELAY_LOG", "json")], log: jsonLog);
        await one.ReadyAsync("/health/ready", Stop);
        var (ring, operatorKey) = (File.ReadAllText(Path.Combine(first.Path, "keyring.json")), File.ReadAllText(Path.Combine(first.Path, "operator.key")).Trim());
        await using var two = ServerProcess.BeginRelay(second.Path, ServerProcess.FreePort(), [.. common, ("CHATRELAY_LOG", "text"), ("CHATRELAY_KEYRING", ring)], log: textLog);
        await two.ReadyAsync("/health/ready", Stop);
        using (var json = JsonDocument.Parse(ring))
            foreach (var key in json.RootElement.GetProperty("keys").EnumerateObject().Select(k => k.Value).Append(json.RootElement.GetProperty("root"))) Keep("a key of the ring", key.GetString()!);
        Keep("the owner's password", new NpgsqlConnectionStringBuilder(database.ConnectionString).Password!);
        _secrets.Add(Canary.OfKey("the first operator's key", operatorKey));
        Keep("a backup's passphrase", Passphrase);
        Keep("the collector's key", "canary-collector-key-fb4c");
        Keep("the alerts' address", AlertToken);
        Keep("the heartbeat's address", HeartbeatToken);

        // 2. The story, on both.
        using var admin = Client(one, operatorKey);
        var viewer = await MadeAsync(admin, "/v1/operator-keys", new { name = "look", role = "viewer" });
        Assert.Equal(200, (await admin.ChangeAsync("/v1/ops/alert-rules/upkeep_failing", new { for_s = 0 })).Status);
        await OwnAsync(database, "insert into relay.upkeep (name, every, due_at, error) values ('broken', '1 hour', relay.now() + interval '1 hour', '42P01')"); // an alert, told outside while the story goes on
        _secrets.Add(Canary.OfKey("another operator's key", viewer["key"].GetString()!, "POST /v1/operator-keys"));
        var tenant = await MadeAsync(admin, "/v1/tenants", new { name = "Acme" });
        _secrets.Add(Canary.OfKey("a tenant's first key", tenant["api_key"].GetString()!, "POST /v1/tenants"));
        foreach (var node in new[] { one, two })
        {
            using var http = Client(node, tenant["api_key"].GetString()!);
            await TellAsync(node, http, receiver, sendgrid, database, first: node == one);
            await LookAsync(node, node == one ? operatorKey : viewer["key"].GetString()!, pages: node == one ? 40 : 12);
        }
        using (var http = Client(one, tenant["api_key"].GetString()!)) await TypeAsync(one, operatorKey, tenant.Id, http, receiver);
        await Eventually.Async(() => Task.FromResult(outside.Requests.Any(r => r.Line.Contains(AlertToken, StringComparison.Ordinal)) && outside.Requests.Any(r => r.Line.Contains(HeartbeatToken, StringComparison.Ordinal))));
        Assert.Equal(200, (await admin.AskAsync(HttpMethod.Get, "/v1/ops/alerts")).Status);
        var metrics = (await admin.AskAsync(HttpMethod.Get, "/metrics")).Text;

        // 3. A backup, and what is in it as text: that is a dump of the database.
        var folder = Path.Combine(backups.Path, "backup");
        var taken = await Command.RunAsync("env", [$"CHATRELAY_DATA={first.Path}", $"CHATRELAY_DATABASE={database.ConnectionString}", $"CHATRELAY_BACKUP_PASSPHRASE={Passphrase}", "dotnet", Path.Combine(AppContext.BaseDirectory, "chatrelay-server.dll"), "backup", folder]);
        Assert.True(taken.ExitCode == 0, taken.Output);
        var dump = (await Command.RunAsync(PostgresBinaries.FindClients(new PostgresOptions(), 14).Program("pg_restore"), "-f", "-", Path.Combine(folder, "database.dump"))).Output;
        var backup = string.Concat(Directory.GetFiles(folder).Where(file => !file.EndsWith(".dump", StringComparison.Ordinal)).Select(File.ReadAllText)) + taken.Output;

        // 4. The log turns over under the running nodes, as deploy/logrotate says; then they stop, and say the last of it.
        var rotated = await RotateAsync(backups.Path);
        using (var http = Client(one, tenant["api_key"].GetString()!)) Assert.Equal(200, (await http.AskAsync(HttpMethod.Get, "/v1/tenant")).Status);
        await one.StopAsync();
        await two.StopAsync();
        var lines = rotated["json.log"].Concat(File.ReadAllLines(jsonLog)).ToList();
        Assert.NotEmpty(File.ReadAllLines(jsonLog));
        Assert.NotEmpty(rotated["json.log"]);
        SaysWhatItIsAbout(lines, tenant.Id);

        // 5. What may be nowhere is nowhere.
        Assert.Contains(collector.Spans, s => s.Name == "delivery.attempted");
        Assert.NotEmpty(collector.Points);
        Assert.Contains(collector.Requests, r => r.Header("x-key") == "canary-collector-key-fb4c");
        Assert.Contains("COPY relay.notifications", dump, StringComparison.Ordinal);
        (string Place, string Text)[] places =
        [
            ("the JSON log", string.Join('\n', lines)), ("the text log", string.Join('\n', rotated["text.log"].Concat(File.ReadAllLines(textLog)))),
            ("a trace or a metric", string.Concat(collector.Requests.Select(r => Encoding.Latin1.GetString(r.Body)))), ("/metrics", metrics), ("the backup", backup), ("the database", dump),
        ];
        var found = new List<string>();
        foreach (var secret in _secrets)
        {
            found.AddRange(places.Where(place => secret.IsIn(Unescaped(place.Text))).Select(place => $"{secret.Name} in {place.Place}"));
            found.AddRange(_answers.Where(a => !secret.Shown.Any(shown => a.Request.StartsWith(shown, StringComparison.Ordinal)) && secret.IsIn(Unescaped(a.Text))).Select(a => $"{secret.Name} in the answer of {a.Request}"));
        }
        Assert.Equal("", string.Join("; ", found.Distinct()));
        Assert.All(_secrets.Where(s => s.Shown.Length > 0), s => Assert.Contains(_answers, a => s.IsIn(Unescaped(a.Text)))); // the search finds what is there

        // 6. The address to which alerts go by way of a tenant is kept as it was typed, and shown where it is set, to operators.
        var route = new Canary("the alerts' way", RouteToken);
        Assert.Equal("", string.Join("; ", places[..^1].Where(place => route.IsIn(Unescaped(place.Text))).Select(place => place.Place)));
        Assert.Equal(["alert_watch"], TablesWith(dump, route));
        Assert.Equal(["GET /ops/alerts"], _answers.Where(a => route.IsIn(Unescaped(a.Text))).Select(a => a.Request).Distinct());

        // 7. Bodies are in the database, and in the answers that are for them.
        foreach (var (body, tables) in new[] { (Plain, "notifications sandbox_emails"), (RoomPlain, "entries room_words"), (Cipher, "entries"), (NotifyCipher, "notifications inbox_entries") })
        {
            var canary = new Canary("a body", body);
            Assert.Equal("", string.Join("; ", places[..^1].Where(place => canary.IsIn(Unescaped(place.Text))).Select(place => $"{place.Place} has {body}")));
            Assert.Equal("", string.Join("; ", TablesWith(dump, canary).Except(tables.Split(' ')).Select(table => $"{table} has {body}")));
            Assert.NotEmpty(TablesWith(dump, canary));
            if (body is Plain) continue;
            Assert.Equal("", string.Join("; ", _answers.Where(a => canary.IsIn(Unescaped(a.Text)) && !a.Request.Contains("/messages", StringComparison.Ordinal) && !a.Request.Contains("/inbox", StringComparison.Ordinal) && !a.Request.StartsWith("GET /v1/notifications/", StringComparison.Ordinal)).Select(a => $"{a.Request} has {body}")));
        }
    }

    /// <summary>Makes every kind of secret, and uses it.</summary>
    private async Task TellAsync(ServerProcess node, HttpClient http, FakeReceiver receiver, FakeReceiver sendgrid, RelayDatabase database, bool first)
    {
        // Keys and tokens.
        var key = await MadeAsync(http, "/v1/api-keys", new { name = "more" });
        _secrets.Add(Canary.OfKey("a further key", key["key"].GetString()!, "POST /v1/api-keys"));
        Keep("a signing key", (await MadeAsync(http, "/v1/signing-keys", new { algorithm = "HS256" }))["secret"].GetString()!, "POST /v1/signing-keys");
        var token = (await MadeAsync(http, "/v1/tokens", new { user = "ann" }))["token"].GetString()!;
        Keep("a user's token", token[(token.LastIndexOf('.') + 1)..], "POST /v1/tokens");

        // Accounts.
        var from = new { email = "news@example.com", name = "Example" };
        if (first)
        {
            var account = await MadeAsync(http, "/v1/providers", new { channel = "email", type = "sendgrid", name = "Main", from, config = new { base_url = $"http://127.0.0.1:{sendgrid.Port}" }, credentials = new { api_key = ApiKey } });
            await MadeAsync(http, "/v1/providers", new { channel = "email", type = "smtp", name = "Second", priority = 900, from, config = new { host = "127.0.0.1", port = 9 }, credentials = new { username = "ann", password = Password } });
            await MadeAsync(http, "/v1/providers", new { channel = "email", type = "postmark", name = "Third", priority = 901, from, config = new { message_stream = "outbound", base_url = "http://127.0.0.1:9" }, credentials = new { server_token = Server } });
            foreach (var (name, secret) in new[] { ("an SMTP password", Password), ("an API's key", ApiKey), ("a server token", Server) }) Keep(name, secret);
            var inbound = new Uri((await MadeAsync(http, $"/v1/providers/{account.Id}/inbound", new { }))["url"].GetString()!).AbsolutePath;
            KeepToken("an inbound token", inbound, $"POST /v1/providers/{account.Id}/inbound");
            await http.AskAsync(HttpMethod.Post, inbound, "[]");
        }

        // Webhooks: a secret, its successor, one derived for an origin; a customer's page.
        var endpoint = await MadeAsync(http, "/v1/webhook-endpoints", new { url = receiver.Url.ToString(), account = "customer", event_types = new[] { "order.*" } });
        Keep("an endpoint's secret", endpoint["secret"].GetString()!, "POST /v1/webhook-endpoints", "GET /portal/", "GET /v1/webhook-endpoints/");
        Keep("its successor", (await MadeAsync(http, $"/v1/webhook-endpoints/{endpoint.Id}/roll-secret", new { overlap_s = 60 }))["secret"].GetString()!, "POST /v1/webhook-endpoints/", "GET /portal/");
        Keep("a derived secret", (await http.AskAsync(HttpMethod.Get, "/v1/tenant/webhook-secret?origin=https://shop.example.com"))["secret"].GetString()!, "GET /v1/tenant/webhook-secret");
        var portal = new Uri((await MadeAsync(http, "/v1/webhook-endpoints/portal-link", new { account = "customer", ttl_s = 600 }))["url"].GetString()!).AbsolutePath;
        KeepToken("a portal's token", portal, "POST /v1/webhook-endpoints/portal-link", "GET /portal/");
        Assert.Equal(200, (await http.AskAsync(HttpMethod.Get, portal)).Status);
        Assert.Equal(404, (await http.AskAsync(HttpMethod.Get, portal[..^1] + "~")).Status);
        await http.AskAsync(HttpMethod.Post, "/v1/events", new { type = "order.made", account = "customer", data = new { n = 1 } });

        // A webhook that fails first, a mail that does, one to a user, and one that can be left.
        var hook = await http.AskAsync(HttpMethod.Post, "/v1/notifications", new { to = new { webhook = new { url = receiver.Url.ToString() } }, content = new { text = Plain } }, Key());
        var mail = await http.AskAsync(HttpMethod.Post, "/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = Plain } }, Key());
        await HurryAsync(http, database, hook);
        await HurryAsync(http, database, mail);
        var leave = await http.AskAsync(HttpMethod.Post, "/v1/notifications", new { to = new { email = $"bob{node.Port}@example.com" }, content = new { subject = "News", text = Plain, email = new { stream = "broadcast" } } });
        await HurryAsync(http, database, leave);
        var link = Unsubscribe().Match(sendgrid.Requests.Select(r => Encoding.UTF8.GetString(r.Body)).First(body => body.Contains($"bob{node.Port}@", StringComparison.Ordinal))).Groups[1].Value;
        Keep("an unsubscribe token", link);
        Assert.Equal(200, (await http.AskAsync(HttpMethod.Get, $"/u/{link}")).Status);
        Assert.Equal(200, (await http.AskAsync(HttpMethod.Post, $"/u/{link}", new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]))).Status);

        // Rooms and sockets, and what stands encrypted in them.
        var room = (await MadeAsync(http, "/v1/rooms", new { type = "group", name = "Open", members = new[] { new { user = "ann", role = "member" } } })).Id;
        var sealedRoom = (await MadeAsync(http, "/v1/rooms", new { type = "group", name = "Closed", encrypted = true, members = new[] { new { user = "ann", role = "member" } } })).Id;
        await using (var socket = await SocketClient.HelloAsync(node.Address, token))
        {
            await MadeAsync(http, $"/v1/rooms/{room}/messages", new { type = "text", body = RoomPlain });
            await MadeAsync(http, $"/v1/rooms/{sealedRoom}/messages", new { encrypted = new { alg = "mls", ciphertext = Cipher } });
            await http.AskAsync(HttpMethod.Post, "/v1/notifications", new { to = new { user = "ann" }, route = new[] { new { channel = "websocket" } }, content = new { encrypted = new { alg = "mls", ciphertext = NotifyCipher } } });
            Assert.Contains(NotifyCipher, Unescaped((await socket.NextAsync("inbox")).GetRawText()), StringComparison.Ordinal);
        }
        Assert.Contains(Unescaped(Cipher), Unescaped((await http.AskAsync(HttpMethod.Get, $"/v1/rooms/{sealedRoom}/messages")).Text), StringComparison.Ordinal);
        using var ann = Client(node, token);
        await ann.AskAsync(HttpMethod.Get, "/v1/users/ann/inbox");

        // Wrong in every way that a caller gets it wrong.
        await http.AskAsync(HttpMethod.Get, $"/v1/notifications?key={key["key"].GetString()}&token={token}");
        await http.AskAsync(HttpMethod.Post, "/v1/notifications", $$"""{"to":"{{key["key"].GetString()}}","{{token}}":1""");
        using (var wrong = Client(node, key["key"].GetString()![..^1] + "x")) Assert.Equal(401, (await wrong.AskAsync(HttpMethod.Get, "/v1/tenant")).Status);
        using (var wrong = Client(node, token + "x")) Assert.Equal(401, (await wrong.AskAsync(HttpMethod.Get, "/v1/users/ann/inbox")).Status);

        // Everything that can be read about it.
        foreach (var path in new[] { "/v1/notifications", "/v1/deliveries", "/v1/events", "/v1/audit-events?limit=100", "/v1/providers", "/v1/webhook-endpoints", "/v1/api-keys", "/v1/signing-keys", "/v1/rooms", "/v1/tenant", "/v1/usage", "/v1/suppressions", "/v1/jobs", $"/v1/webhook-endpoints/{endpoint.Id}", $"/v1/webhook-endpoints/{endpoint.Id}/deliveries" })
            Assert.Equal((path, 200), (path, (await http.AskAsync(HttpMethod.Get, path)).Status));
        foreach (var delivery in (await http.AskAsync(HttpMethod.Get, "/v1/deliveries"))["data"].EnumerateArray().Select(d => d.GetProperty("id").GetString()))
            foreach (var more in new[] { "", "/attempts", "/why" }) await http.AskAsync(HttpMethod.Get, $"/v1/deliveries/{delivery}{more}");
    }

    /// <summary>The console, from link to link.</summary>
    private async Task LookAsync(ServerProcess node, string key, int pages)
    {
        using var visitor = new ConsoleVisitor(node.Address);
        Assert.Equal(302, (await visitor.SignInAsync(key)).Status);
        foreach (var cookie in visitor.Cookies.GetAllCookies().Cast<Cookie>()) Keep($"the cookie {cookie.Name}", cookie.Value);
        var (seen, left) = (new HashSet<string>(), new Queue<string>(["/ops"]));
        while (left.TryDequeue(out var path) && seen.Count < pages)
        {
            if (!seen.Add(path)) continue;
            var page = await visitor.OpenAsync(path);
            _answers.Enqueue(($"GET {path}", WebUtility.HtmlDecode(page.Html)));
            foreach (Match link in Link().Matches(page.Html)) left.Enqueue(WebUtility.HtmlDecode(link.Groups[1].Value));
        }
        Assert.True(seen.Count > 10, string.Join(' ', seen));
    }

    /// <summary>What an operator types at the console: secrets in their fields, in wrong ones, and an address in which a token stands.</summary>
    private async Task TypeAsync(ServerProcess node, string key, string tenant, HttpClient http, FakeReceiver receiver)
    {
        using ConsoleVisitor visitor = new(node.Address), stranger = new(node.Address);
        const string mistyped = "cr_op_canary-mistyped-key-3f80", typed = "SG.canary-typed-key-4091", misplaced = "SG.canary-misplaced-key-51a2", unasked = "canary-of-no-field-62b3";
        foreach (var (name, secret) in new[] { ("a mistyped operator's key", mistyped), ("a key typed at the console", typed), ("a key typed into a wrong field", misplaced), ("what no form asks for", unasked) }) Keep(name, secret);
        Assert.Equal(401, Kept(await stranger.SignInAsync(mistyped)).Status);

        await visitor.SignInAsync(key);
        var account = (await http.AskAsync(HttpMethod.Get, "/v1/providers"))["data"].EnumerateArray().First(p => p.GetProperty("name").GetString() == "Main").GetProperty("id").GetString()!;
        var at = $"/ops/tenants/{tenant}/providers/{account}";
        var token = Kept(await visitor.OpenAsync(at)).Token;
        Assert.Contains("Saved.", await DoAsync("mend-provider", ("wall", tenant), ("id", account), ("credential.api_key", typed), (unasked, unasked)), StringComparison.Ordinal);
        Assert.Contains("Not done.", await DoAsync("mend-provider", ("wall", tenant), ("id", account), ("credential.no_such_key", misplaced)), StringComparison.Ordinal);
        Assert.Contains("Not done.", await DoAsync("mend-provider", ("wall", tenant), ("id", account), ("priority", misplaced)), StringComparison.Ordinal);
        Assert.Contains("Alerts go that way too.", await DoAsync("set-alert-route", ("tenant", tenant), ("webhook_url", $"{receiver.Url}?token={RouteToken}")), StringComparison.Ordinal);
        Kept(await visitor.OpenAsync("/ops/alerts"), "GET /ops/alerts");

        async Task<string> DoAsync(string act, params (string, string)[] fields)
        {
            Kept(await visitor.SubmitAsync($"/ops/do/{act}", token, [.. fields, ("once", Key()), ("back", at)]), $"POST /ops/do/{act}");
            return Kept(await visitor.OpenAsync(at)).Html;
        }
        ConsoleVisitor.Visited Kept(ConsoleVisitor.Visited page, string? request = null)
        {
            _answers.Enqueue((request ?? "the console, when somebody types", WebUtility.HtmlDecode(page.Html) + string.Concat(page.Headers) + string.Concat(page.SetCookies)));
            return page;
        }
    }

    private static async Task OwnAsync(RelayDatabase database, string sql)
    {
        await using var owner = new NpgsqlConnection(database.ConnectionString);
        await owner.OpenAsync(Stop);
        await using var command = new NpgsqlCommand(sql, owner);
        await command.ExecuteNonQueryAsync(Stop);
    }

    /// <summary>A delivery that waits for its next attempt does not wait for long.</summary>
    private static Task HurryAsync(HttpClient http, RelayDatabase database, Said notification) => Eventually.Async(async () =>
    {
        Assert.True(notification.Status == 202, notification.ToString());
        await OwnAsync(database, "update relay.queue set due_at = relay.now() where due_at > relay.now()");
        return (await http.AskAsync(HttpMethod.Get, $"/v1/notifications/{notification.Id}"))["status"].GetString() == "sent";
    });

    /// <summary>Each line is one object, and names the request, tenant and delivery that it is about.</summary>
    private void SaysWhatItIsAbout(List<string> lines, string tenant)
    {
        var said = lines.ConvertAll(line => JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false }).RootElement);
        Assert.All(said, line => Assert.All(new[] { "at", "level", "event", "message" }, name => Assert.False(string.IsNullOrEmpty(line.GetProperty(name).GetString()))));
        Assert.Contains(said, line => Of(line, "event") == "server.ready");
        Assert.Contains(said, line => Of(line, "event") == "request" && Of(line, "tenant_id") == tenant && _answers.Any(a => a.Text.Contains($"Request-Id: {Of(line, "request_id")}", StringComparison.Ordinal)));
        Assert.Contains(said, line => Of(line, "event") == "delivery.attempted" && Of(line, "tenant_id") == tenant && Of(line, "delivery_id")!.StartsWith("dlv_", StringComparison.Ordinal) && Of(line, "trace_id") is { Length: 32 });

        static string? Of(JsonElement line, string name) => line.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    /// <summary>The real program with the file of deploy/, but for the place. What was moved away, by the log's name.</summary>
    private static async Task<Dictionary<string, string[]>> RotateAsync(string folder)
    {
        var config = Path.Combine(folder, "rotate.conf");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(Repository.File("deploy/logrotate/chatrelay"))).Replace("/var/log/chatrelay/", folder + "/", StringComparison.Ordinal), Stop);
        var before = Directory.GetFiles(folder, "*.log").ToDictionary(file => Path.GetFileName(file)!, file => new FileInfo(file).Length);
        var rotation = await Command.RunAsync("/usr/sbin/logrotate", "--force", "--state", Path.Combine(folder, "state"), config);
        Assert.True(rotation.ExitCode == 0, rotation.Output);
        var moved = before.Keys.ToDictionary(name => name, name => File.ReadAllLines(Directory.GetFiles(folder, name + "-*").Single()));
        Assert.All(before, log => Assert.True(new FileInfo(Path.Combine(folder, log.Key)).Length < log.Value));
        return moved;
    }

    private static HashSet<string> TablesWith(string dump, Canary canary)
    {
        var (tables, table) = (new HashSet<string>(), "");
        foreach (var line in dump.Split('\n'))
        {
            if (Copied().Match(line) is { Success: true } copy) table = copy.Groups[1].Value;
            else if (canary.IsIn(line)) tables.Add(table);
        }
        return tables;
    }

    private void Keep(string name, string secret, params string[] shown) => _secrets.Add(new(name, secret, shown));

    // An id to find it by, and behind it what nobody else knows.
    private void KeepToken(string name, string path, params string[] shown)
    {
        var token = path[(path.LastIndexOf('/') + 1)..];
        Keep(name, token.Length == 78 ? token[26..] : token, shown);
    }

    private async Task<Said> MadeAsync(HttpClient http, string path, object body)
    {
        var said = await http.AskAsync(HttpMethod.Post, path, body, Key());
        Assert.True(said.Status is >= 200 and < 300, $"{path}: {said}");
        return said;
    }

    private static string Key() => $"k-{Guid.NewGuid():n}";

    private HttpClient Client(ServerProcess node, string key)
    {
        var client = new HttpClient(new Kept(_answers)) { BaseAddress = node.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    private static string Unescaped(string text) => text.Replace("\\u002B", "+", StringComparison.OrdinalIgnoreCase).Replace("\\/", "/", StringComparison.Ordinal);

    [GeneratedRegex("href=\"(/ops[^\"#]*)\"")]
    private static partial Regex Link();

    [GeneratedRegex("relay.example.com/u/([A-Za-z0-9_-]+)")]
    private static partial Regex Unsubscribe();

    [GeneratedRegex(@"^COPY relay\.([a-z_]+?)(_c\d+)?(_\d{8})? \(")]
    private static partial Regex Copied();

    /// <summary>Keeps every answer whole, with what was asked.</summary>
    private sealed class Kept(ConcurrentQueue<(string, string)> answers) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false })
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            answers.Enqueue(($"{request.Method} {request.RequestUri!.PathAndQuery}", $"{answer.Headers}{answer.Content.Headers}\n{await answer.Content.ReadAsStringAsync(cancellationToken)}"));
            return answer;
        }
    }
}
