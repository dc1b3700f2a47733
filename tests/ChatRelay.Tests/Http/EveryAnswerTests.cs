using System.Text;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Http;

/// <summary>Whatever is sent, the answer is one of contract.md's: in its order of checks, with a problem for every refusal.</summary>
public sealed class EveryAnswerTests(NodeFixture shared) : IClassFixture<NodeFixture>, IAsyncLifetime
{
    private readonly RelayHost host = shared.Node;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync() => acme = await host.NewTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_answer_carries_its_id_and_the_headers_of_safety()
    {
        foreach (var path in (string[])["/v1/tenant", "/v1/nothing", "/", "/health/live"])
        {
            var answer = await acme.Http.ReadAsync(path);
            Assert.StartsWith("req_", answer.Headers["Request-Id"], StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
            Assert.Contains("default-src 'none'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.False(answer.Headers.ContainsKey("Server"));
        }
    }

    [Fact]
    public async Task Limits_are_told_with_each_authenticated_answer()
    {
        var answer = await acme.Http.ReadAsync("/v1/tenant");
        Assert.Matches("\"tenant\";q=\\d+;w=\\d+", answer.Headers["RateLimit-Policy"]);
        Assert.Matches("\"(tenant|key)\";r=\\d+;t=\\d+", answer.Headers["RateLimit"]);
        Assert.False((await host.Anonymous.ReadAsync("/v1/tenant")).Headers.ContainsKey("RateLimit"));
    }

    [Fact]
    public async Task Over_the_rate_is_429_with_the_time_to_wait()
    {
        await host.Operator.ChangeAsync($"/v1/tenants/{acme.Id}", new { settings = new { requests_per_s = 1, request_burst = 2 } });
        var answers = new List<Said>();
        for (var i = 0; i < 4; i++) answers.Add(await acme.Http.ReadAsync("/v1/tenant"));
        Assert.Equal(429, answers[^1].Status);
        Assert.Equal("rate_limited", answers[^1].Code);
        Assert.True(int.Parse(answers[^1].Headers["Retry-After"]) >= 1);
    }

    [Fact]
    public async Task A_missing_key_comes_before_a_wrong_body_and_after_an_unknown_route()
    {
        Assert.Equal(404, (await host.Anonymous.AskAsync(HttpMethod.Post, "/v1/nothing", "{")).Status);
        Assert.Equal(405, (await host.Anonymous.AskAsync(HttpMethod.Put, "/v1/tenant", "{")).Status);
        var unknown = await host.Anonymous.AskAsync(HttpMethod.Post, "/v1/api-keys", "{");
        Assert.Equal((401, "unauthorized", "Bearer"), (unknown.Status, unknown.Code, unknown.Headers["WWW-Authenticate"]));
    }

    [Fact]
    public async Task A_missing_scope_names_itself_and_comes_before_the_body()
    {
        using var weak = await acme.WithKeyAsync("live", "rooms:read");
        var refused = await weak.AskAsync(HttpMethod.Post, "/v1/api-keys", "{");
        Assert.Equal((403, "missing_scope"), (refused.Status, refused.Code));
        Assert.Contains("tenant:admin", refused["detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_side_is_kept_out_of_the_other_sides_routes()
    {
        Assert.Equal("forbidden", (await acme.Http.ReadAsync("/v1/tenants")).Code);
        Assert.Equal("forbidden", (await host.Operator.ReadAsync("/v1/tenant")).Code);
    }

    [Fact]
    public async Task A_suspended_tenant_is_told_so_and_works_again_afterwards()
    {
        await host.Operator.ChangeAsync($"/v1/tenants/{acme.Id}", new { status = "suspended" });
        Assert.Equal((403, "tenant_suspended"), ((await acme.Http.ReadAsync("/v1/tenant")).Status, (await acme.Http.ReadAsync("/v1/tenant")).Code));
        await host.Operator.ChangeAsync($"/v1/tenants/{acme.Id}", new { status = "active" });
        Assert.Equal(200, (await acme.Http.ReadAsync("/v1/tenant")).Status);
    }

    [Theory]
    [InlineData("{\"name\":\"x\",\"name\":\"y\"}", 400, "invalid_json")]
    [InlineData("{\"name\":", 400, "invalid_json")]
    [InlineData("{\"name\":\"a\\u0000b\"}", 400, "invalid_json")]
    [InlineData("{\"name\":\"\\ud800\"}", 400, "invalid_json")]
    [InlineData("", 400, "invalid_json")]
    [InlineData("null", 422, "validation_failed")]
    [InlineData("[]", 422, "validation_failed")]
    [InlineData("{}", 422, "validation_failed")]
    [InlineData("{\"name\":null}", 422, "validation_failed")]
    [InlineData("{\"name\":5}", 422, "validation_failed")]
    [InlineData("{\"name\":\"x\",\"extra\":1}", 422, "validation_failed")]
    [InlineData("{\"NAME\":\"x\"}", 422, "validation_failed")]
    public async Task A_wrong_body_gets_its_own_code(string body, int status, string code)
    {
        var answer = await acme.Http.AskAsync(HttpMethod.Post, "/v1/api-keys", body);
        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal("application/problem+json", answer.Headers["Content-Type"]);
    }

    [Theory]
    [InlineData("text/plain", 415, "unsupported_media_type")]
    [InlineData("application/xml", 415, "unsupported_media_type")]
    [InlineData("application/json; charset=foo", 400, "invalid_json")]
    [InlineData("application/json; charset=utf-16", 400, "invalid_json")]
    [InlineData("application/json; charset=\"UTF-8\"", 201, "")]
    [InlineData("application/json", 201, "")]
    public async Task The_media_type_is_looked_at_before_the_body(string type, int status, string code)
    {
        var answer = await RawHttp.SendAsync(host.Address, Post("/v1/api-keys", "{\"name\":\"x\"}", type));
        Assert.Equal(status, answer.Status);
        if (code.Length > 0) Assert.True(answer.Says(code), answer.Body);
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_are_400_and_nothing_is_stored()
    {
        byte[] body = [.. Encoding.ASCII.GetBytes("{\"name\":\"bad"), 0xff, 0xfe, .. Encoding.ASCII.GetBytes("\"}")];
        var answer = await RawHttp.SendAsync(host.Address, [.. Encoding.ASCII.GetBytes(Head("/v1/api-keys", $"Content-Length: {body.Length}\r\n")), .. body]);
        Assert.Equal(400, answer.Status);
        Assert.True(answer.Says("invalid_json"), answer.Body);
    }

    [Fact]
    public async Task A_body_that_stops_half_way_is_a_clean_400_and_nothing_is_stored()
    {
        var answer = await RawHttp.SendAsync(host.Address, Head("/v1/api-keys", "Content-Length: 1000\r\n") + "{\"name\":\"half\"}"); // the server gives it some seconds
        Assert.Equal(400, answer.Status);
        Assert.True(answer.Says("invalid_json"), answer.Body);
        Assert.Equal(0L, await host.SqlAsync("select count(*) from relay.api_keys where name = 'half'"));
    }

    [Fact]
    public async Task A_client_that_hangs_up_half_way_leaves_nothing_behind()
    {
        await RawHttp.SendAsync(host.Address, Head("/v1/api-keys", "Content-Length: 1000\r\n") + "{\"name\":\"gone\"}", endSending: true);
        Assert.Equal(0L, await host.SqlAsync("select count(*) from relay.api_keys where name = 'gone'"));
        Assert.Equal(200, (await acme.Http.ReadAsync("/v1/tenant")).Status);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_before_it_is_read()
    {
        var told = await RawHttp.SendAsync(host.Address, Head("/v1/api-keys", "Content-Length: 99999999\r\n"));
        Assert.Equal(413, told.Status);
        Assert.True(told.Says("payload_too_large"), told.Body);

        var chunk = new string('x', 0x8000);
        var chunked = Head("/v1/api-keys", "Transfer-Encoding: chunked\r\n") + string.Concat(Enumerable.Repeat($"8000\r\n{chunk}\r\n", 12));
        Assert.Equal(413, (await RawHttp.SendAsync(host.Address, chunked)).Status);
    }

    [Fact]
    public async Task Too_long_a_target_and_too_large_headers_are_problems_too()
    {
        var target = await RawHttp.SendAsync(host.Address, $"GET /v1/tenant?{new string('a', 9000)} HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(414, target.Status);
        Assert.True(target.Says("uri_too_long"), target.Body);
        var headers = await RawHttp.SendAsync(host.Address, $"GET /v1/tenant HTTP/1.1\r\nHost: x\r\nX-Much: {new string('a', 17_000)}\r\n\r\n");
        Assert.Equal(431, headers.Status);
        Assert.True(headers.Says("headers_too_large"), headers.Body);
    }

    [Fact]
    public async Task A_wrong_method_names_the_right_ones()
    {
        var answer = await acme.Http.AskAsync(HttpMethod.Delete, "/v1/tenant");
        Assert.Equal((405, "method_not_allowed"), (answer.Status, answer.Code));
        Assert.Equal("GET, PATCH", answer.Headers["Allow"]);
    }

    [Fact]
    public async Task All_faults_of_a_body_are_told_at_once()
    {
        var answer = await host.Operator.SendAsync("/v1/tenants", new { name = "", external_id = "..", settings = new { retention_days = 8, outbound_allow = new[] { new { cidr = "10.0.0.0/99", use = "mail" } } }, more = true });
        Assert.Equal(
            ["/external_id invalid_format", "/more unknown_field", "/name too_short", "/settings/outbound_allow/0/use unknown_value"],
            answer.Faults.Where(f => !f.StartsWith("/settings/retention", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_database_that_is_away_is_503_and_health_says_why()
    {
        await using var database = await RelayDatabase.CreateAsync();
        await using var proxy = new ChaosProxy(database.ConnectionString);
        await using var node = await RelayHost.StartThroughAsync(database, proxy);
        var tenant = await node.NewTenantAsync();
        proxy.Refusing = true;

        var write = await tenant.Http.SendAsync("/v1/api-keys", new { name = "x" });
        Assert.Equal((503, "unavailable"), (write.Status, write.Code));
        Assert.True(int.Parse(write.Headers["Retry-After"]) >= 1);
        Assert.Equal(503, (await node.Anonymous.ReadAsync("/health/ready")).Status);
        Assert.Equal(200, (await node.Anonymous.ReadAsync("/health/live")).Status);

        proxy.Refusing = false;
        Assert.Equal(201, (await tenant.Http.SendAsync("/v1/api-keys", new { name = "x" })).Status);
        Assert.Equal(200, (await node.Anonymous.ReadAsync("/health/ready")).Status);
    }

    private string Head(string path, string headers, string type = "application/json") =>
        $"POST {path} HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer {acme.Key}\r\nContent-Type: {type}\r\n{headers}\r\n";

    private string Post(string path, string body, string type) => Head(path, $"Content-Length: {body.Length}\r\n", type) + body;
}
