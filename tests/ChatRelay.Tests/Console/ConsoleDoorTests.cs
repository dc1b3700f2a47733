using System.Text.RegularExpressions;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Console;

public sealed partial class ConsoleDoorTests : IAsyncLifetime
{
    private RelayHost host = null!;
    private ConsoleVisitor visitor = null!;

    public async ValueTask InitializeAsync()
    {
        host = await RelayHost.StartAsync();
        visitor = new ConsoleVisitor(host);
    }

    public async ValueTask DisposeAsync()
    {
        visitor.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_led_to_the_sign_in()
    {
        var turned = await visitor.OpenAsync("/ops");
        Assert.Equal((302, "/ops/sign-in"), (turned.Status, turned.Location));
        Assert.Equal(200, (await visitor.OpenAsync("/ops/sign-in")).Status);
    }

    [Fact]
    public async Task An_API_key_in_a_header_opens_no_page() =>
        Assert.Equal(302, (int)(await host.Operator.GetAsync("/ops")).StatusCode);

    [Theory]
    [InlineData("/hangfire")]
    [InlineData("/hangfire/jobs/failed")]
    public async Task Who_looks_for_hangfire_finds_the_console(string path)
    {
        var led = await visitor.OpenAsync(path);
        Assert.Equal((302, "/ops/jobs"), (led.Status, led.Location));
    }

    [Fact]
    public async Task An_invented_cookie_is_taken_away()
    {
        visitor.Cookies.Add(host.Address, new System.Net.Cookie("chatrelay_console", "CfDJ8nonsense", "/ops"));
        var turned = await visitor.OpenAsync("/ops");
        Assert.Equal(302, turned.Status);
        Assert.Contains(turned.SetCookies, c => c.StartsWith("chatrelay_console=;", StringComparison.Ordinal) && c.Contains("1970", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused_as_a_page_and_does_nothing()
    {
        await visitor.OpenAsync("/ops/sign-in");
        var refused = await visitor.SubmitAsync("/ops/sign-in", null, ("key", host.OperatorKey));
        Assert.Equal((400, "text/html; charset=utf-8"), (refused.Status, refused.Headers["Content-Type"]));
        Assert.Contains("This form has run out", refused.Html, StringComparison.Ordinal);
        Assert.Empty(refused.SetCookies);

        await visitor.SignInAsync(host.OperatorKey);
        Assert.Equal(400, (await visitor.SubmitAsync("/ops/sign-out", null)).Status);
        Assert.Equal(200, (await visitor.OpenAsync("/ops")).Status);
    }

    [Fact]
    public async Task A_token_of_another_visitor_or_another_session_is_refused()
    {
        using var other = new ConsoleVisitor(host);
        var foreign = (await other.OpenAsync("/ops/sign-in")).Token;
        await visitor.OpenAsync("/ops/sign-in");
        Assert.Equal(400, (await visitor.SubmitAsync("/ops/sign-in", foreign, ("key", host.OperatorKey))).Status);

        await visitor.SignInAsync(host.OperatorKey);
        var before = (await visitor.OpenAsync("/ops")).Token;
        await visitor.SignInAsync(host.OperatorKey); // same browser, another session
        Assert.Equal(400, (await visitor.SubmitAsync("/ops/sign-out", before)).Status);
    }

    [Fact]
    public async Task What_is_no_form_and_what_is_too_large_is_refused_as_a_page()
    {
        var json = await visitor.SendAsync(new(HttpMethod.Post, "/ops/sign-in") { Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json") });
        Assert.Equal((415, "text/html; charset=utf-8"), (json.Status, json.Headers["Content-Type"]));
        Assert.Equal(413, (await visitor.SubmitAsync("/ops/sign-in", null, ("key", new string('x', 20_000)))).Status);
    }

    [Fact]
    public async Task Every_page_is_locked_down()
    {
        var pages = new List<ConsoleVisitor.Visited> { await visitor.OpenAsync("/ops/sign-in"), await visitor.SubmitAsync("/ops/sign-in", null) };
        await visitor.SignInAsync(host.OperatorKey);
        foreach (var path in (string[])["/ops", "/ops/deliveries", "/ops/deliveries/many?act=discard", "/ops/jobs", "/ops/tenants", "/ops/tenants/due", "/ops/rooms", "/ops/alerts", "/ops/pauses"]) pages.Add(await visitor.OpenAsync(path));

        foreach (var page in pages)
        {
            Assert.Equal("default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", page.Headers["Content-Security-Policy"]);
            Assert.Equal(("nosniff", "no-referrer"), (page.Headers["X-Content-Type-Options"], page.Headers["Referrer-Policy"]));
            Assert.Contains("no-store", page.Headers["Cache-Control"], StringComparison.Ordinal);
            Assert.DoesNotMatch(Inline(), page.Html);
            Assert.DoesNotContain("//", Addresses(page.Html), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_cookie_is_for_the_console_only_and_secure_behind_https()
    {
        await using var behind = await RelayHost.StartAsync(null, null, ("CHATRELAY_TRUSTED_PROXIES", "127.0.0.0/8"));
        using var plain = new ConsoleVisitor(behind);
        var cookies = (await plain.SignInAsync(behind.OperatorKey)).SetCookies;
        Assert.Contains(cookies, c => c.StartsWith("chatrelay_console=", StringComparison.Ordinal)
            && c.EndsWith("max-age=43200; path=/ops; samesite=strict; httponly", StringComparison.Ordinal));

        using var client = behind.Client(null);
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        using var secure = await client.GetAsync("/ops/sign-in");
        Assert.All(secure.Headers.GetValues("Set-Cookie"), c => Assert.Contains("secure", c, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"<script(?! type=""module"" src=""/assets/console\.js""></script>)|<style|<iframe|\sstyle=|\son\w+\s*=|javascript:", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();

    private static string Addresses(string html) => string.Join(' ', Regex.Matches(html, "(?:href|src|action)=\"([^\"]*)\"").Select(m => m.Groups[1].Value));
}
