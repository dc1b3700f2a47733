using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Operations;

/// <summary>What serves the sample in development, and that nothing does otherwise.</summary>
public sealed class WebChatSampleTests(WebChatSampleTests.Nodes nodes) : IClassFixture<WebChatSampleTests.Nodes>
{
    /// <summary>A node in development, and one that is not, on one database: the sample's tenant is there for both.</summary>
    public sealed class Nodes : IAsyncLifetime
    {
        internal RelayHost Development { get; private set; } = null!;
        internal RelayHost Production { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Development = await RelayHost.StartAsync(null, null, ("CHATRELAY_DEVELOPMENT", "true"));
            Production = await RelayHost.StartAsync(Development.Database, Development.Folder);
        }

        public async ValueTask DisposeAsync()
        {
            await Production.DisposeAsync();
            await Development.DisposeAsync();
        }
    }

    private HttpClient Page => nodes.Development.Anonymous;

    [Fact]
    public async Task The_page_is_served_under_a_strict_policy_and_without_a_script_of_its_own()
    {
        using var led = await Page.GetAsync(new Uri("/samples/web-chat", UriKind.Relative));
        Assert.Equal((302, "/samples/web-chat/"), ((int)led.StatusCode, led.Headers.Location!.ToString()));

        foreach (var (name, type) in (IEnumerable<(string, string)>)[("", "text/html"), ("both.html", "text/html"), ("app.js", "text/javascript"), ("crypto.js", "text/javascript"), ("style.css", "text/css")])
        {
            using var file = await Page.GetAsync(new Uri($"/samples/web-chat/{name}", UriKind.Relative));
            Assert.Equal((200, type), ((int)file.StatusCode, file.Content.Headers.ContentType!.MediaType));
            var policy = Assert.Single(file.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            var text = await file.Content.ReadAsStringAsync();
            Assert.Equal(await File.ReadAllTextAsync(Repository.File($"samples/web-chat/{(name == "" ? "index.html" : name)}")), text);
            if (type == "text/html") Assert.DoesNotMatch("""<script(?![^>]*\bsrc=)|\son\w+\s*=|javascript:|\sstyle\s*=""", text);
            if (type == "text/javascript") Assert.DoesNotMatch(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage", text);
        }
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("package.json")]
    [InlineData("nothing.js")]
    [InlineData("..%2fapp.js")]
    [InlineData("migrations%2f0001_tenants.sql")]
    [InlineData("chatrelay-js%2findex.js")]
    public async Task Only_files_of_the_page_are_served(string name)
    {
        using var answer = await Page.GetAsync(new Uri($"/samples/web-chat/{name}", UriKind.Relative));
        Assert.Equal(404, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_session_is_a_token_of_one_of_the_two_and_both_meet_in_the_same_rooms()
    {
        var (ann, bob) = (await SessionAsync("ann"), await SessionAsync("bob"));
        var rooms = (await ann.ReadAsync("/v1/users/ann/rooms"))["data"];
        Assert.Superset(new HashSet<string> { "General", "Ideas", "Just us" }, rooms.EnumerateArray().Select(r => r.GetProperty("room").GetProperty("name").GetString()!).ToHashSet()); // and what the others here made
        Assert.Equal(["direct"], rooms.EnumerateArray().Where(r => r.GetProperty("room").GetProperty("encrypted").GetBoolean()).Select(r => r.GetProperty("room").GetProperty("type").GetString()!));
        Assert.Equal(Ids(rooms), Ids((await bob.ReadAsync("/v1/users/bob/rooms"))["data"]));
        Assert.Equal(403, (await ann.AskAsync(HttpMethod.Get, "/v1/users/bob/rooms")).Status);

        static IEnumerable<string> Ids(JsonElement list) => list.EnumerateArray().Select(r => r.GetProperty("room").GetProperty("id").GetString()!).Order();
    }

    [Fact]
    public async Task Many_windows_at_once_make_one_tenant()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SessionAsync(i % 2 == 0 ? "ann" : "bob")));
        Assert.Equal(1L, await nodes.Development.SqlAsync("select count(*) from relay.tenants where external_id = 'samples.web-chat' and environment = 'live'"));
        Assert.Equal(3L, await nodes.Development.SqlAsync("select count(*) from relay.rooms r join relay.tenants t using (tenant_id) where t.external_id = 'samples.web-chat' and r.external_id in ('general', 'ideas', 'sealed')"));
    }

    [Fact]
    public async Task A_room_is_made_for_both_and_a_nudge_waits_in_the_other_s_inbox()
    {
        var (ann, bob) = (await SessionAsync("ann"), await SessionAsync("bob"));
        var made = await Page.SendAsync("/samples/web-chat/rooms", new { name = "Holidays" });
        Assert.Equal(201, made.Status);
        Assert.Equal("Holidays", (await bob.ReadAsync($"/v1/rooms/{made.Id}"))["name"].GetString());

        var before = (await bob.ReadAsync("/v1/users/bob/inbox"))["unread"].GetInt32();
        Assert.Equal(202, (await Page.SendAsync("/samples/web-chat/nudge", new { from = "ann", to = "bob" })).Status);
        await Eventually.Async(async () => (await bob.ReadAsync("/v1/users/bob/inbox"))["unread"].GetInt32() == before + 1);
        Assert.Equal(0, (await ann.ReadAsync("/v1/users/ann/inbox"))["unread"].GetInt32());
    }

    [Fact]
    public async Task Nobody_else_gets_a_token_and_no_form_of_another_page_does()
    {
        Assert.Equal(422, (await Page.SendAsync("/samples/web-chat/session", new { user = "mallory" })).Status);
        using var form = new StringContent("""{"user":"ann"}""", null, "text/plain"); // what a page of another origin may send unasked
        using var refused = await Page.PostAsync(new Uri("/samples/web-chat/session", UriKind.Relative), form);
        Assert.Equal(415, (int)refused.StatusCode);
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/samples/web-chat/session") { Headers = { { "Origin", "https://evil.example" }, { "Access-Control-Request-Method", "POST" } } };
        using var answer = await Page.SendAsync(preflight);
        Assert.Equal(405, (int)answer.StatusCode);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("GET", "/samples/web-chat")]
    [InlineData("GET", "/samples/web-chat/")]
    [InlineData("GET", "/samples/web-chat/app.js")]
    [InlineData("GET", "/src/chatrelay-js/src/index.js")]
    [InlineData("POST", "/samples/web-chat/session")]
    [InlineData("POST", "/samples/web-chat/rooms")]
    [InlineData("POST", "/samples/web-chat/nudge")]
    public async Task Without_the_setting_there_is_no_such_route(string method, string path)
    {
        var (answer, unknown) = (await AskAsync(path), await AskAsync("/samples/nothing"));
        Assert.Equal(404, answer.Status);
        Assert.Equal(unknown.Body, answer.Body);

        async Task<(int Status, string Body)> AskAsync(string to)
        {
            using var request = new HttpRequestMessage(new(method), to) { Content = method == "POST" ? JsonContent.Create(new { user = "ann" }) : null };
            using var said = await nodes.Production.Anonymous.SendAsync(request);
            return ((int)said.StatusCode, System.Text.RegularExpressions.Regex.Replace(await said.Content.ReadAsStringAsync(), "req_[0-9a-z]+", "req"));
        }
    }

    private async Task<HttpClient> SessionAsync(string user)
    {
        var answer = await Page.SendAsync("/samples/web-chat/session", new { user, device = "d-1" });
        Assert.True(answer.Status == 200, answer.ToString());
        return nodes.Development.Client(answer["token"].GetString());
    }
}
