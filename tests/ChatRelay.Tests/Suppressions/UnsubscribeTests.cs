using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.Suppressions;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Tests.Inbound;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Suppressions;

/// <summary>A node that knows its public address.</summary>
public sealed class PublicFixture : IAsyncLifetime
{
    internal EngineHost Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Engine = await EngineHost.StartAsync(("CHATRELAY_PUBLIC_URL", "https://relay.example.com"));
    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}

/// <summary>One click ends broadcast mail: https://www.rfc-editor.org/rfc/rfc8058.</summary>
public sealed class UnsubscribeTests(PublicFixture fixture) : IClassFixture<PublicFixture>, IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Broadcast_mail_carries_the_headers_and_other_mail_does_not()
    {
        var headers = await HeadersAsync(await SentAsync("ann@example.com", "broadcast"));
        Assert.Matches("^<https://relay.example.com/u/[A-Za-z0-9_-]+>$", headers["List-Unsubscribe"]);
        Assert.Equal("List-Unsubscribe=One-Click", headers["List-Unsubscribe-Post"]);
        Assert.DoesNotContain("ann", headers["List-Unsubscribe"], StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("List-Unsubscribe", (await HeadersAsync(await SentAsync("bob@example.com", "transactional"))).Keys);
    }

    [Fact]
    public async Task All_four_apis_are_given_them()
    {
        foreach (var type in ProviderVoice.Types)
        {
            var engine = await fixture.Engine.ForAnotherTenantAsync();
            await using var voice = ProviderVoice.Of(type);
            Assert.Equal(201, (await engine.Http.SendAsync("/v1/providers", voice.Account())).Status);
            await engine.ReachesAsync((await engine.SendMailAsync("ann@example.com", new { content = News })).Id, "sent");
            var body = System.Text.Encoding.UTF8.GetString(voice.Asked("POST ").Single().Body);
            if (type == "ses") body += System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(JsonDocument.Parse(body).RootElement.GetProperty("Content").GetProperty("Raw").GetProperty("Data").GetString()!));
            Assert.Contains("List-Unsubscribe=One-Click", body, StringComparison.Ordinal);
            Assert.Contains("https://relay.example.com/u/", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_get_changes_nothing_and_shows_a_button_that_posts()
    {
        var (_, link) = await LinkAsync("ann@example.com");
        for (var i = 0; i < 3; i++)
        {
            var page = await _engine.Host.Anonymous.ReadAsync(link);
            Assert.Equal((200, "text/html; charset=utf-8"), (page.Status, page.Headers["Content-Type"]));
            Assert.Contains("<form method=\"post\">", page.Text, StringComparison.Ordinal);
            Assert.Contains("name=\"List-Unsubscribe\" value=\"One-Click\"", page.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", page.Text, StringComparison.OrdinalIgnoreCase);
        }
        Assert.Empty((await _engine.Http.ReadAsync("/v1/suppressions"))["data"].EnumerateArray());
        await SentAsync("ann@example.com", "broadcast");
    }

    [Fact]
    public async Task A_post_ends_broadcast_mail_to_this_address_and_nothing_else()
    {
        var (notification, link) = await LinkAsync("ann@example.com");
        for (var i = 0; i < 2; i++) Assert.Equal(200, (await PostAsync(link)).Status);
        var list = await _engine.Http.ReadAsync("/v1/suppressions");
        Assert.Equal(("ann@example.com", "unsubscribe", "broadcast", "recipient"), list["data"].EnumerateArray().Single() is var one
            ? (one.GetProperty("email").GetString(), one.GetProperty("reason").GetString(), one.GetProperty("stream").GetString(), one.GetProperty("created_by").GetString()) : default);
        await _engine.ReachesAsync((await _engine.SendMailAsync("ANN@example.com", new { content = News })).Id, "suppressed");
        await SentAsync("ann@example.com", "transactional");
        await SentAsync("bob@example.com", "broadcast");
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/notifications/{notification}/timeline"), t => t["data"].EnumerateArray().Count(e => e.GetProperty("type").GetString() == "unsubscribed") == 1);
        var other = await fixture.Engine.ForAnotherTenantAsync();
        await other.ReachesAsync((await other.SendMailAsync("ann@example.com", new { content = News })).Id, "sent");
        Assert.Equal(1L, await _engine.Host.SqlAsync("select count(*) from relay.events where type = 'recipient.suppressed' and subject = $1", one.GetProperty("id").GetString()!));
    }

    [Theory]
    [InlineData("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n", "multipart/form-data; boundary=b")]
    [InlineData("", "text/plain")]
    public async Task Nobody_is_kept_for_the_form_of_his_farewell(string body, string type)
    {
        var (_, link) = await LinkAsync("ann@example.com");
        Assert.Equal(200, (await PostAsync(link, body, type)).Status);
        Assert.Single((await _engine.Http.ReadAsync("/v1/suppressions"))["data"].EnumerateArray());
    }

    [Fact]
    public async Task A_changed_link_and_another_tenants_do_nothing()
    {
        var (_, link) = await LinkAsync("ann@example.com");
        var token = link["/u/".Length..];
        for (var at = 0; at < token.Length; at += 7)
        {
            var changed = token[..at] + (token[at] == 'A' ? 'B' : 'A') + token[(at + 1)..];
            Assert.Equal(404, (await PostAsync($"/u/{changed}")).Status);
        }
        foreach (var odd in (string[])["x", "AAAA", new string('A', 2000), "%0A", token[..^1], token + "A"]) Assert.Equal(404, (await PostAsync($"/u/{odd}")).Status);
        Assert.Empty((await _engine.Http.ReadAsync("/v1/suppressions"))["data"].EnumerateArray());
    }

    [Fact]
    public void A_token_says_what_was_sealed_in_it_and_only_to_the_ring_that_sealed_it()
    {
        var tokens = fixture.Engine.Host.Services.GetRequiredService<UnsubscribeTokens>();
        foreach (var email in (string[])["a@b.example", new string('x', 64) + "@" + new string('y', 180) + ".example"])
        {
            var leaver = new Leaver(Guid.NewGuid(), Guid.NewGuid(), email);
            Assert.Equal(leaver, tokens.Read(tokens.Write(leaver)));
            Assert.True(tokens.LinkFor(leaver)!.AbsoluteUri.Length < 900); // a line of a header
        }
    }

    [Fact]
    public async Task The_link_works_after_the_mail_itself_is_gone()
    {
        var tokens = _engine.Host.Services.GetRequiredService<UnsubscribeTokens>();
        var old = new Leaver(RelayId.TryParse<TenantId>(_engine.Tenant.Id, out var id) ? id.Value : default, RelayId.New<DeliveryId>(_engine.Now.AddYears(-2)).Value, "ann@example.com");
        Assert.Equal(200, (await PostAsync($"/u/{tokens.Write(old)}")).Status);
        Assert.Single((await _engine.Http.ReadAsync("/v1/suppressions"))["data"].EnumerateArray());
        await Eventually.Async(async () => (long)(await _engine.Host.SqlAsync("select count(*) from relay.mail_reports"))! == 0);
    }

    [Fact]
    public async Task Without_a_public_url_mail_goes_out_without_a_link()
    {
        await using var engine = await EngineHost.StartAsync();
        var said = await engine.SendMailAsync("ann@example.com", new { content = News });
        await engine.ReachesAsync(said.Id, "sent");
        Assert.DoesNotContain("List-Unsubscribe", (await engine.Http.ReadAsync($"/v1/sandbox/emails/{(await engine.Http.ReadAsync("/v1/sandbox/emails"))["data.0.id"].GetString()}")).Text, StringComparison.Ordinal);
    }

    private static object News => new { subject = "News", text = "x", email = new { stream = "broadcast" } };

    private async Task<string> SentAsync(string to, string stream)
    {
        var said = await _engine.SendMailAsync(to, new { content = new { subject = "News", text = "x", email = new { stream } } });
        await _engine.ReachesAsync(said.Id, "sent");
        return said.Id;
    }

    private async Task<IReadOnlyDictionary<string, string>> HeadersAsync(string notification)
    {
        var delivery = (await _engine.Http.ReadAsync($"/v1/notifications/{notification}"))["deliveries.0.provider_message_id"].GetString();
        var mail = await _engine.Http.ReadAsync($"/v1/sandbox/emails/{delivery}");
        return mail["headers"].EnumerateArray().ToDictionary(h => h.GetProperty("name").GetString()!, h => h.GetProperty("value").GetString()!);
    }

    private async Task<(string Notification, string Link)> LinkAsync(string to)
    {
        var sent = await SentAsync(to, "broadcast");
        return (sent, new Uri((await HeadersAsync(sent))["List-Unsubscribe"].Trim('<', '>')).PathAndQuery);
    }

    private async Task<Said> PostAsync(string link, string body = "List-Unsubscribe=One-Click", string type = "application/x-www-form-urlencoded")
    {
        var content = new StringContent(body);
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);
        return await _engine.Host.Anonymous.AskAsync(HttpMethod.Post, link, content);
    }
}
