using System.Security.Cryptography;
using ChatRelay.Channels;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Mail;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Channels.Email.Sandbox;

public sealed class SandboxMailTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private static readonly byte[] Logo = RandomNumberGenerator.GetBytes(500);
    private static readonly byte[] Terms = RandomNumberGenerator.GetBytes(9_000_000);

    private EngineHost _engine = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_kept_mail_is_shown_as_it_would_have_gone_over_the_wire()
    {
        var (delivery, kept) = await KeptAsync(new
        {
            subject = "Grüße",
            text = "Hello\n.\n",
            html = "<img src=\"cid:logo\">",
            email = new
            {
                from = new { email = "shop@example.com", name = "Shop, Ltd." },
                cc = new[] { new { email = "bob@bücher.example", name = "Bob" } },
                bcc = new[] { new { email = "eve@example.com" } },
                headers = new Dictionary<string, string> { ["X-Order"] = "42", ["In-Reply-To"] = "<a@b.example>" },
                attachments = new object[] { new { filename = "отчёт.pdf", content_type = "application/pdf", content = Terms }, new { filename = "logo.png", content_type = "image/png", content = Logo, content_id = "logo" } },
            },
        });
        var one = await _engine.Http.ReadAsync($"/v1/sandbox/emails/{kept.Id}");
        Assert.Equal(["From", "To", "Cc", "Subject", "Message-ID", "Date", "X-Order", "In-Reply-To", "MIME-Version", "Content-Type"], one["headers"].EnumerateArray().Select(h => h.GetProperty("name").GetString()));
        Assert.Equal("\"Shop, Ltd.\" <shop@example.com>", one["headers.0.value"].GetString());
        Assert.Equal("Bob <bob@xn--bcher-kva.example>", one["headers.2.value"].GetString());
        Assert.Equal(Terms.Length, one["mail.attachments.0.bytes"].GetInt32());

        using var answer = await _engine.Http.GetAsync($"/v1/sandbox/emails/{kept.Id}/mime", Ct);
        var mime = await answer.Content.ReadAsByteArrayAsync(Ct);
        Assert.Equal("message/rfc822", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(mime.Length, one["size"].GetInt32());
        Assert.Empty(MailDifferences.Of(new()
        {
            MessageId = $"{delivery}@example.com",
            From = new("shop@example.com", "Shop, Ltd."),
            To = new("ann@example.com"),
            Cc = [new("bob@xn--bcher-kva.example", "Bob")],
            Subject = "Grüße",
            Text = "Hello\n.\n",
            Html = "<img src=\"cid:logo\">",
            Headers = [new("X-Order", "42")],
            Attachments = [new EmailAttachment("отчёт.pdf", "application/pdf", Terms), new EmailAttachment("logo.png", "image/png", Logo, "logo")],
        }, Assert.Single(await ParsedMail.ReadAsync([mime], Ct))));
    }

    [Fact]
    public async Task A_list_is_not_made_heavier_by_what_is_attached()
    {
        await KeptAsync(new { subject = "Big", text = "See attachment.", email = new { attachments = new[] { new { filename = "a.bin", content_type = "application/octet-stream", content = Terms } } } });
        var list = await _engine.Http.ReadAsync("/v1/sandbox/emails");
        Assert.InRange(list["data.0.size"].GetInt32(), Terms.Length, Terms.Length * 3 / 2);
        Assert.InRange(list.Text.Length, 100, 10_000);
        Assert.False(list["data.0"].TryGetProperty("headers", out _));
    }

    [Theory]
    [InlineData("ann@b%C3%BCcher.example"), InlineData("ann@B%C3%9CCHER.example"), InlineData("ann@xn--bcher-kva.example"), InlineData("ann@XN--BCHER-KVA.Example")]
    public async Task An_address_is_found_however_its_domain_is_written(string to)
    {
        await _engine.ReachesAsync((await _engine.SendMailAsync("ann@bücher.example")).Id, "sent");
        Assert.Equal("ann@xn--bcher-kva.example", (await _engine.Http.ReadAsync($"/v1/sandbox/emails?to={to}"))["data.0.mail.to.email"].GetString());
        Assert.Equal("ann@xn--bcher-kva.example", (await _engine.Http.ReadAsync($"/v1/notifications?to={to}"))["data.0.to.email"].GetString());
        Assert.Empty((await _engine.Http.ReadAsync("/v1/sandbox/emails?to=bob@b%C3%BCcher.example"))["data"].EnumerateArray());
    }

    [Fact]
    public async Task Of_an_erased_mail_nothing_is_left_to_show()
    {
        var (_, kept) = await KeptAsync(new { subject = "Secret", text = "secret of ann" });
        Assert.Equal(204, (await _engine.Http.RemoveAsync($"/v1/notifications/{kept.Notification}/content")).Status);
        var one = await _engine.Http.ReadAsync($"/v1/sandbox/emails/{kept.Id}");
        Assert.Equal((200, "{}", "[]"), (one.Status, one["mail"].GetRawText(), one["headers"].GetRawText()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, one["size"].ValueKind);
        Assert.Equal(404, (await _engine.Http.ReadAsync($"/v1/sandbox/emails/{kept.Id}/mime")).Status);
    }

    private async Task<(string Delivery, (string Id, string Notification) Kept)> KeptAsync(object content)
    {
        var said = await _engine.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content });
        var sent = await _engine.ReachesAsync(said.Id, "sent");
        var list = await _engine.Http.ReadAsync("/v1/sandbox/emails");
        return (sent["deliveries.0.id"].GetString()!, (list["data.0.id"].GetString()!, said.Id));
    }
}
