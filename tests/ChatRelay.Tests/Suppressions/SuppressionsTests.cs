using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Suppressions;

/// <summary>The list that a tenant keeps: what can be put on it, found on it and taken off it.</summary>
public sealed class SuppressionsTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private const string Route = "/v1/suppressions";
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(null, "manual", "all"), InlineData("manual", "manual", "all"), InlineData("hard_bounce", "hard_bounce", "all")]
    [InlineData("complaint", "complaint", "broadcast"), InlineData("unsubscribe", "unsubscribe", "broadcast")]
    public async Task The_stream_follows_from_the_reason(string? given, string reason, string stream)
    {
        object body = given is null ? new { email = "Ann@EXAMPLE.com" } : new { email = "Ann@EXAMPLE.com", reason = given, stream };
        var made = await _engine.Http.SendAsync(Route, body);
        Assert.Equal((201, "Ann@example.com", reason, stream), (made.Status, made["email"].GetString(), made["reason"].GetString(), made["stream"].GetString()));
        Assert.Equal($"{Route}/{made.Id}", made.Headers["Location"]);
        Assert.StartsWith("key_", made["created_by"].GetString(), StringComparison.Ordinal);
        Assert.Equal(made.Text, (await _engine.Http.ReadAsync($"{Route}/{made.Id}")).Text);
        Assert.Equal(["/stream not_allowed"], (await _engine.Http.SendAsync(Route, new { email = "b@example.com", reason, stream = stream == "all" ? "broadcast" : "all" })).Faults);
    }

    [Fact]
    public async Task An_address_is_found_not_made_twice_however_it_is_written_and_its_end_becomes_the_one_given()
    {
        var first = await _engine.Http.SendAsync(Route, new { email = "Ann@example.com", expires_at = _engine.Now.AddDays(1) });
        var again = await _engine.Http.SendAsync(Route, new { email = "aNN@EXAMPLE.COM" });
        Assert.Equal((201, 200, first.Id), (first.Status, again.Status, again.Id));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, again["expires_at"].ValueKind);
        Assert.Equal(201, (await _engine.Http.SendAsync(Route, new { email = "ann@example.com", reason = "unsubscribe" })).Status); // another reason is another entry
        Assert.Equal(2, (await _engine.Http.ReadAsync($"{Route}?email=ANN@example.com"))["data"].GetArrayLength());
        Assert.Equal(1, (await _engine.Http.ReadAsync($"{Route}?email=ann@example.com&reason=manual"))["data"].GetArrayLength());
        Assert.Equal(0, (await _engine.Http.ReadAsync($"{Route}?email=bob@example.com"))["data"].GetArrayLength());
    }

    [Fact]
    public async Task A_batch_answers_in_its_order_and_tells_every_fault()
    {
        var known = await _engine.Http.SendAsync(Route, new { email = "b@example.com" });
        var made = await _engine.Http.SendAsync($"{Route}/batch", new { suppressions = new object[] { new { email = "c@example.com" }, new { email = "B@example.com" }, new { email = "a@example.com", reason = "unsubscribe" }, new { email = "c@example.com" } } });
        Assert.Equal(["c@example.com", "b@example.com", "a@example.com", "c@example.com"], made["data"].EnumerateArray().Select(d => d.GetProperty("email").GetString()!.ToLowerInvariant()));
        Assert.Equal(known.Id, made["data.1.id"].GetString());
        Assert.Equal(3, (await _engine.Http.ReadAsync(Route))["data"].GetArrayLength());
        var wrong = await _engine.Http.SendAsync($"{Route}/batch", new { suppressions = new object[] { new { email = "c@example.com" }, new { email = "no" }, new { email = "a@example.com", expires_at = _engine.Now.AddDays(-1) } } });
        Assert.Equal(["/suppressions/1/email invalid_format"], wrong.Faults);
        Assert.Equal(["/suppressions/0/expires_at out_of_range"], (await _engine.Http.SendAsync($"{Route}/batch", new { suppressions = new object[] { new { email = "a@example.com", expires_at = _engine.Now.AddDays(-1) } } })).Faults);
    }

    [Fact]
    public async Task The_list_has_pages_and_one_that_has_ended_is_not_on_it()
    {
        for (var i = 0; i < 5; i++) await _engine.Http.SendAsync(Route, new { email = $"p{i}@example.com", expires_at = i == 2 ? _engine.Now.AddHours(1) : (DateTimeOffset?)null });
        var page = await _engine.Http.ReadAsync($"{Route}?limit=3");
        Assert.Equal(["p4@example.com", "p3@example.com", "p2@example.com"], page["data"].EnumerateArray().Select(d => d.GetProperty("email").GetString()));
        Assert.Equal(["p1@example.com", "p0@example.com"], (await _engine.Http.ReadAsync($"{Route}?limit=3&after={page["next_cursor"].GetString()}"))["data"].EnumerateArray().Select(d => d.GetProperty("email").GetString()));
        var ended = page["data.2.id"].GetString();
        await _engine.Host.TimePasses(TimeSpan.FromHours(2));
        Assert.Equal(404, (await _engine.Http.ReadAsync($"{Route}/{ended}")).Status);
        Assert.Equal(4, (await _engine.Http.ReadAsync(Route))["data"].GetArrayLength());
        Assert.Equal(201, (await _engine.Http.SendAsync(Route, new { email = "p2@example.com" })).Status); // anew
    }

    [Fact]
    public async Task It_is_told_by_an_event_that_names_nobody_and_its_end_is_in_the_audit_log()
    {
        var made = await _engine.Http.SendAsync(Route, new { email = "secret.ann@example.com" });
        await _engine.Http.SendAsync(Route, new { email = "secret.ann@example.com" }); // no news
        Assert.Equal(204, (await _engine.Http.RemoveAsync($"{Route}/{made.Id}")).Status);
        Assert.Equal(404, (await _engine.Http.RemoveAsync($"{Route}/{made.Id}")).Status);
        var log = await _engine.Http.ReadAsync("/v1/audit-events");
        Assert.Equal(["suppression.deleted", "recipient.suppressed"], log["data"].EnumerateArray().Where(e => e.GetProperty("subject").GetString() == made.Id).Select(e => e.GetProperty("type").GetString()));
        Assert.DoesNotContain("secret.ann", log.Text, StringComparison.Ordinal);
        Assert.Equal(0L, await _engine.Host.SqlAsync("select count(*) from relay.events e where e::text like '%secret.ann%'"));
    }

    [Fact]
    public async Task Live_and_test_and_other_tenants_share_none_and_the_scope_is_asked_for()
    {
        await _engine.Http.SendAsync(Route, new { email = "ann@example.com" });
        using var test = await _engine.Tenant.WithKeyAsync("test");
        var other = await fixture.Engine.ForAnotherTenantAsync();
        foreach (var client in (HttpClient[])[test, other.Http]) Assert.Equal(0, (await client.ReadAsync(Route))["data"].GetArrayLength());
        using var clerk = await _engine.Tenant.WithKeyAsync("live", "notifications:write", "notifications:read");
        Assert.Equal("missing_scope", (await clerk.ReadAsync(Route)).Code);
        Assert.Equal("missing_scope", (await clerk.SendAsync(Route, new { email = "a@example.com" })).Code);
        var sent = await other.SendMailAsync("ann@example.com");
        await other.ReachesAsync(sent.Id, "sent");
    }

    [Fact]
    public async Task An_erased_persons_address_is_gone_and_the_suppression_holds()
    {
        var made = await _engine.Http.SendAsync(Route, new { email = "Gone@example.com", reason = "unsubscribe" });
        var job = await _engine.Http.SendAsync("/v1/erasures", new { email = "gone@example.com" });
        await Eventually.Async(async () => (await _engine.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await _engine.Http.ReadAsync($"{Route}/{made.Id}"))["email"].ValueKind);
        var said = await _engine.SendMailAsync("gone@example.com", new { content = new { subject = "News", text = "x", email = new { stream = "broadcast" } } });
        await _engine.ReachesAsync(said.Id, "suppressed");
    }

    [Fact]
    public async Task What_has_ended_is_swept_away()
    {
        await _engine.Http.SendAsync(Route, new { email = "soon@example.com", expires_at = _engine.Now.AddMinutes(5) });
        await _engine.Host.TimePasses(TimeSpan.FromHours(1));
        await Eventually.Async(async () => (long)(await _engine.Host.SqlAsync("select count(*) from relay.suppressions where email = 'soon@example.com'"))! == 0, 60);
    }
}
