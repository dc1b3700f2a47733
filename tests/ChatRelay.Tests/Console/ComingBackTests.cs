using ChatRelay.Console;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Console;

/// <summary>Where a sign-in and a form lead to.</summary>
public sealed class ComingBackTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private RelayHost Host => fixture.Engine.Host;

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/ops")]
    [InlineData("/ops/../\\evil.example")]
    [InlineData("/opsevil")]
    [InlineData("/ops/x//evil.example")]
    [InlineData("/ops/do/hold")]
    [InlineData("/ops/x\r\nSet-Cookie: a=b")]
    public async Task A_page_leads_back_into_the_console_only(string elsewhere)
    {
        Assert.Equal("/ops", ReturnPath.Of(elsewhere));
        using var visitor = new ConsoleVisitor(Host);
        var form = await visitor.OpenAsync($"/ops/sign-in?next={Uri.EscapeDataString(elsewhere)}");
        Assert.DoesNotContain("evil", form.Html, StringComparison.Ordinal);
        Assert.Equal("/ops", (await visitor.SubmitAsync("/ops/sign-in", form.Token, ("key", Host.OperatorKey), ("next", elsewhere))).Location);
        var token = (await visitor.OpenAsync("/ops")).Token;
        Assert.Equal("/ops", (await visitor.SubmitAsync("/ops/do/retry", token, ("back", elsewhere))).Location);
    }

    [Fact]
    public async Task Who_asked_for_a_page_gets_it_after_the_sign_in()
    {
        using var visitor = new ConsoleVisitor(Host);
        var led = await visitor.OpenAsync("/ops/deliveries?status=failed");
        Assert.Equal("/ops/sign-in?next=%2Fops%2Fdeliveries%3Fstatus%3Dfailed", led.Location);
        var form = await visitor.OpenAsync(led.Location!);
        Assert.Equal("/ops/deliveries?status=failed", (await visitor.SubmitAsync("/ops/sign-in", form.Token, ("key", Host.OperatorKey), ("next", "/ops/deliveries?status=failed"))).Location);
    }

    [Fact]
    public async Task A_session_that_was_planted_in_the_browser_is_not_taken_up()
    {
        using var planting = await ConsoleVisitor.OfRoleAsync(Host, "viewer");
        var planted = planting.Cookies.GetCookies(new Uri(Host.Address, "/ops"))["chatrelay_console"]!.Value;
        using var victim = new ConsoleVisitor(Host, planting.Cookies);
        await victim.SignInAsync(Host.OperatorKey);
        Assert.NotEqual(planted, victim.Cookies.GetCookies(new Uri(Host.Address, "/ops"))["chatrelay_console"]!.Value);
        using var thief = new ConsoleVisitor(Host);
        thief.Cookies.Add(Host.Address, new System.Net.Cookie("chatrelay_console", planted, "/ops"));
        Assert.Contains(">viewer<", (await thief.OpenAsync("/ops")).Html, StringComparison.Ordinal); // still who it was
    }
}
