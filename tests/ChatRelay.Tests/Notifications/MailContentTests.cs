using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Notifications;

/// <summary>What a mail may not say of itself, and where the fault points.</summary>
public sealed class MailContentTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    [Theory]
    [InlineData("From", "not_allowed"), InlineData("bcc", "not_allowed"), InlineData("Content-Type", "not_allowed"), InlineData("DKIM-Signature", "not_allowed"), InlineData("Received", "not_allowed"), InlineData("Resent-To", "not_allowed")]
    [InlineData("List-Unsubscribe", "not_allowed"), InlineData("Reply-To", "not_allowed"), InlineData("X Y", "invalid_format"), InlineData("X:Y", "invalid_format"), InlineData(".X", "invalid_format"), InlineData("grün", "invalid_format")]
    public async Task A_header_outside_the_safe_set_is_refused_at_its_place(string name, string code) =>
        Assert.Equal([$"/content/email/headers/{name} {code}"], await FaultsAsync(new { headers = new Dictionary<string, string> { [name] = "x", ["X-Fine"] = "y" } }));

    [Theory]
    [InlineData("a\r\nBcc: x@example.com"), InlineData("a\nb"), InlineData("a\u0085b"), InlineData("a\u007fb")]
    public async Task A_header_is_one_line(string value) =>
        Assert.Equal(["/content/email/headers/X-Odd forbidden_character"], await FaultsAsync(new { headers = new Dictionary<string, string> { ["X-Odd"] = value } }));

    [Theory]
    [InlineData("a\u202eb"), InlineData("a\u2066b"), InlineData("a\r\nb"), InlineData("a\u2028b")]
    public async Task Names_of_people_and_files_hold_nothing_that_turns_the_writing(string name) =>
        Assert.Equal(["/content/email/attachments/0/filename forbidden_character", "/content/email/cc/0/name forbidden_character", "/content/email/from/name forbidden_character"], (await FaultsAsync(new
        {
            from = new { email = "ann@example.com", name },
            cc = new[] { new { email = "bob@example.com", name } },
            attachments = new[] { new { filename = name, content_type = "text/plain", content = "" } },
        })).Order());

    [Fact]
    public async Task An_address_is_one_address_and_its_domain_may_be_international()
    {
        Assert.Equal(["/content/email/cc/0/email invalid_format", "/content/email/cc/1/email invalid_format"], await FaultsAsync(new
        {
            cc = new[] { new { email = "a@example.com, b@example.com" }, new { email = "\"a b\"@example.com" }, new { email = "a@bücher.example" } },
        }));
        var seen = await fixture.Engine.Http.SendAsync("/v1/notifications/preview", new { to = new { email = "ann@BÜCHER.example" }, content = new { subject = "x", text = "y" } });
        Assert.Equal("ann@xn--bcher-kva.example", seen["steps.0.mail.to.email"].GetString());
    }

    private async Task<IReadOnlyList<string>> FaultsAsync(object email)
    {
        var said = await fixture.Engine.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "x", text = "y", email } });
        Assert.Equal(422, said.Status);
        return said.Faults;
    }
}
