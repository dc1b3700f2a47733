using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Xunit;

namespace ChatRelay.Tests.Notifications;

/// <summary>How much may be said, where it is kept, and what is pointed at when something is missing.</summary>
public sealed class ContentTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Large_content_of_a_step_rides_in_no_shared_commit_either()
    {
        await using var receiver = FakeReceiver.Answering(410);
        var (hook, mail) = (new string('h', 90_000), new string('m', 90_000));
        var said = await _engine.Http.SendAsync("/v1/notifications", new
        {
            to = new { email = "ann@example.com", webhook = new { url = receiver.Url.ToString() } },
            content = new { subject = "common", data = new { common = true } },
            route = new object[] { new { channel = "webhook", content = new { text = hook } }, new { channel = "email", content = new { text = mail } } },
            send_at = _engine.Now.AddHours(1), // so that it is read back, and not handed over
        });
        Assert.True(said.Status == 202, said.ToString());
        await _engine.Host.TimePasses(TimeSpan.FromHours(1));
        await _engine.DeliveryReachesAsync(said["deliveries.1.id"].GetString()!, "sent");
        var posted = System.Text.Encoding.UTF8.GetString(receiver.Requests.Single().Body);
        Assert.Contains(hook, posted);
        Assert.Contains("\"common\":true", posted);
        Assert.DoesNotContain("mmm", posted);
        var kept = await _engine.Http.ReadAsync($"/v1/sandbox/emails/{(await _engine.Http.ReadAsync("/v1/sandbox/emails"))["data.0.id"].GetString()}");
        Assert.Contains(mail, kept.Text);
        Assert.Contains("common", kept["mail.subject"].GetString());
        Assert.True((int)(await SqlAsync("select length(coalesce(content, '')) + length(route) from relay.notifications where tenant_id = $1"))! < 1000);
        Assert.Equal(1L, await SqlAsync("select count(*) from relay.contents where tenant_id = $1"));
    }

    [Fact]
    public async Task A_repeat_of_a_large_request_stores_nothing_more()
    {
        var large = new { to = new { email = "ann@example.com" }, content = new { subject = "x", text = new string('x', 100_000) } };
        for (var i = 0; i < 3; i++) Assert.Equal(202, (await _engine.Http.SendAsync("/v1/notifications", large, "k-1")).Status);
        Assert.Equal(1L, await SqlAsync("select count(*) from relay.contents where tenant_id = $1"));
    }

    [Fact]
    public async Task Content_is_measured_in_bytes()
    {
        var said = await _engine.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "x", text = new string('ä', 70_000), html = new string('ä', 70_000) } });
        Assert.Equal(["/content too_large"], said.Faults);
    }

    [Fact]
    public async Task Large_content_goes_to_few_people_at_once()
    {
        var file = new { filename = "a.bin", content_type = "application/octet-stream", content = Convert.ToBase64String(new byte[8 * 1024 * 1024]) };
        var said = await _engine.Http.SendAsync("/v1/notifications", new
        {
            to = new { users = Enumerable.Range(0, 100).Select(i => $"u_{i}"), webhook = new { url = "https://example.com/" } },
            content = new { text = "x", email = new { attachments = new[] { file } } },
        });
        Assert.Equal(["/to/users too_large"], said.Faults);
    }

    [Fact]
    public async Task Without_a_route_faults_point_at_the_notification_itself()
    {
        async Task<IReadOnlyList<string>> FaultsAsync(string body) => (await _engine.Http.SendAsync("/v1/notifications", body)).Faults;
        Assert.Equal(["/content missing"], await FaultsAsync("""{"to":{"user":"u_1"}}""")); // its address may stand in the record
        Assert.Equal(["/content/subject missing", "/content/text missing"], await FaultsAsync("""{"to":{"email":"ann@example.com"},"content":{"data":1}}"""));
        Assert.Equal(["/content missing"], await FaultsAsync("""{"to":{"webhook":{"url":"https://example.com/"}}}"""));
    }

    [Theory]
    [InlineData("created_after", "0001-01-01T00:00:00Z", 1)]
    [InlineData("created_after", "1969-12-31T23:59:59Z", 1)]
    [InlineData("created_after", "9999-12-31T23:59:59Z", 0)]
    [InlineData("created_before", "0001-01-01T00:00:00Z", 0)]
    [InlineData("created_before", "9999-12-31T23:59:59Z", 1)]
    public async Task Times_at_the_edge_of_the_calendar_narrow_a_list_as_any_other(string bound, string time, int found)
    {
        await _engine.SendMailAsync("ann@example.com");
        foreach (var list in new[] { "notifications", "deliveries" })
            Assert.Equal(found, (await _engine.Http.ReadAsync($"/v1/{list}?{bound}={time}"))["data"].GetArrayLength());
    }

    private Task<object?> SqlAsync(string sql) =>
        _engine.Host.SqlAsync(sql, ChatRelay.Protocol.RelayId.TryParse<ChatRelay.Protocol.TenantId>(_engine.Tenant.Id, out var id) ? id.Value : throw new InvalidOperationException());
}
