using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Tests.Providers;

namespace ChatRelay.Tests.Suppressions;

/// <summary>Nobody can have a tenant's forms flood an address.</summary>
public sealed class RecipientCapTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private readonly FakeMailApi _api = new();
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await fixture.Engine.ForAnotherTenantAsync();
        await _api.AccountAsync(_engine.Http);
    }

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task More_than_the_cap_of_an_hour_is_suppressed_and_the_next_hour_takes_mail_again()
    {
        await CapAsync(new { recipient_per_hour = 3, recipient_per_day = 5 });
        Assert.Equal(["recipient_cap", "recipient_cap", "sent", "sent", "sent"], await SendAsync("ann@example.com", "Ann@example.com", "ann@EXAMPLE.com", "ANN@example.com", "ann@example.com"));
        Assert.Equal(["sent"], await SendAsync("bob@example.com"));
        await NextAsync(TimeSpan.FromHours(1));
        Assert.Equal(["recipient_cap", "sent", "sent"], await SendAsync("ann@example.com", "ann@example.com", "ann@example.com")); // five a day
        await NextAsync(TimeSpan.FromDays(1));
        Assert.Equal(["sent"], await SendAsync("ann@example.com"));
        Assert.Equal(7, _api.Asked);
    }

    [Fact]
    public async Task A_batch_is_capped_to_the_last_mail_over_two_nodes()
    {
        await CapAsync(new { recipient_per_hour = 10 });
        await using var second = await RelayHost.StartAsync(_engine.Host.Database, _engine.Host.Folder, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));
        using var there = second.Client(_engine.Tenant.Key);
        var said = await Task.WhenAll(new[] { _engine.Http, there }.Select(client => client.SendAsync("/v1/notifications/batch", new { notifications = Enumerable.Range(0, 30).Select(_ => Mail("ann@example.com")).ToArray() })));
        var ends = new List<string>();
        foreach (var id in said.SelectMany(s => s["data"].EnumerateArray()).Select(d => d.GetProperty("id").GetString()!)) ends.Add(await EndOfAsync(id));
        Assert.Equal((10, 50, 10), (ends.Count(e => e == "sent"), ends.Count(e => e == "recipient_cap"), _api.Asked));
    }

    [Fact]
    public async Task A_mail_counts_once_however_often_it_is_tried_and_a_suppressed_one_does_not()
    {
        await CapAsync(new { recipient_per_hour = 2 });
        _api.Status = 503;
        var first = (await _engine.SendMailAsync("ann@example.com")).Id;
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/notifications/{first}"), n => n["deliveries.0.attempts"].GetInt32() == 1);
        await _engine.Host.TimePasses(TimeSpan.FromSeconds(10));
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/notifications/{first}"), n => n["deliveries.0.attempts"].GetInt32() == 2);
        Assert.Equal(1, await _engine.Host.SqlAsync("select in_hour from relay.recipient_counts c join relay.tenants t on t.tenant_id = c.tenant_id where t.live_id = $1",
            RelayId.TryParse<TenantId>(_engine.Tenant.Id, out var id) ? id.Value : default));

        var list = await _engine.Http.SendAsync("/v1/suppressions", new { email = "bob@example.com" });
        foreach (var _ in (int[])[1, 2, 3]) Assert.Equal(["manual"], await SendAsync("bob@example.com"));
        await _engine.Http.RemoveAsync($"/v1/suppressions/{list.Id}");
        _api.Status = 202;
        var sent = await _engine.SendMailAsync("bob@example.com");
        await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/notifications/{sent.Id}"), n => n["status"].GetString() is "sent" or "sending" or "queued");
        Assert.NotEqual("suppressed", (await _engine.Http.ReadAsync($"/v1/notifications/{sent.Id}"))["status"].GetString());
    }

    [Fact]
    public async Task A_copy_over_the_cap_is_dropped_and_the_mail_goes_out()
    {
        await CapAsync(new { recipient_per_hour = 1 });
        Assert.Equal(["sent"], await SendAsync("cc@example.com"));
        var said = await _engine.Http.SendAsync("/v1/notifications", new
        {
            to = new { email = "ann@example.com" },
            content = new { subject = "Hello", text = "x", email = new { cc = SuppressedMailTests.Boxes("cc@example.com", "other@example.com") } },
        });
        Assert.Equal("sent", await EndOfAsync(said.Id));
        Assert.Equal(["other@example.com"], _api.Taken.Single(m => m.GetProperty("personalizations")[0].TryGetProperty("cc", out _)).GetProperty("personalizations")[0].GetProperty("cc").EnumerateArray().Select(b => b.GetProperty("email").GetString()));
        Assert.Contains("1 in cc", (await _engine.Http.ReadAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}/attempts"))["data.0.detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_installation_has_a_cap_that_a_tenants_own_overrides_and_zero_lifts()
    {
        await using var engine = await EngineHost.StartAsync(("CHATRELAY_RECIPIENT_PER_HOUR", "1"), ("CHATRELAY_RECIPIENT_PER_DAY", "0"));
        await using var api = new FakeMailApi();
        await api.AccountAsync(engine.Http);
        Assert.Equal(["recipient_cap", "sent"], await SendAsync(engine, "ann@example.com", "ann@example.com"));
        Assert.Equal(0, (await CapAsync(new { recipient_per_hour = 0 }, engine))["settings.recipient_per_hour"].GetInt32());
        Assert.Equal(["sent", "sent"], await SendAsync(engine, "ann@example.com", "ann@example.com"));
        Assert.Equal(422, (await engine.Host.Operator.ChangeAsync($"/v1/tenants/{engine.Tenant.Id}", new { settings = new { recipient_per_day = -1 } })).Status);
        Assert.Equal((100, 500), (new ChatRelay.Suppressions.RecipientOptions().PerHour, new ChatRelay.Suppressions.RecipientOptions().PerDay));
    }

    [Fact]
    public async Task What_the_sandbox_keeps_is_not_counted()
    {
        await CapAsync(new { recipient_per_hour = 1 });
        using var test = await _engine.Tenant.WithKeyAsync("test");
        for (var i = 0; i < 3; i++)
        {
            var said = await test.SendAsync("/v1/notifications", Mail("ann@example.com"));
            await EngineHost.UntilAsync(() => test.ReadAsync($"/v1/notifications/{said.Id}"), n => n["status"].GetString() == "sent");
        }
    }

    private static object Mail(string to) => new { to = new { email = to }, content = new { subject = "Hello", text = "x" } };

    private Task<List<string>> SendAsync(params string[] to) => SendAsync(_engine, to);

    /// <summary>How each ended, in order of the words: sent, or the reason.</summary>
    private static async Task<List<string>> SendAsync(EngineHost engine, params string[] to)
    {
        var ends = new List<string>();
        foreach (var one in to) ends.Add(await EndOfAsync(engine, (await engine.SendMailAsync(one)).Id));
        ends.Sort(StringComparer.Ordinal);
        return ends;
    }

    private Task<string> EndOfAsync(string notification) => EndOfAsync(_engine, notification);

    private static async Task<string> EndOfAsync(EngineHost engine, string notification)
    {
        var ended = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/notifications/{notification}"), n => n["status"].GetString() is "sent" or "suppressed");
        return ended["status"].GetString() == "sent" ? "sent" : ended["deliveries.0.reason"].GetString()!;
    }

    /// <summary>A moment of the next hour or day, well away from its edges.</summary>
    private Task NextAsync(TimeSpan window)
    {
        var now = _engine.Now;
        var next = new DateTimeOffset((now.UtcTicks / window.Ticks + 1) * window.Ticks, TimeSpan.Zero);
        return _engine.Host.TimePasses(next - now + TimeSpan.FromMinutes(10));
    }

    private Task<Said> CapAsync(object settings) => CapAsync(settings, _engine);

    private static async Task<Said> CapAsync(object settings, EngineHost engine)
    {
        var changed = await engine.Host.Operator.ChangeAsync($"/v1/tenants/{engine.Tenant.Id}", new { settings });
        Assert.True(changed.Status == 200, changed.ToString());
        return changed;
    }
}
