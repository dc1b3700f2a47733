using ChatRelay.TestKit;

namespace ChatRelay.Tests.Http;

public sealed class IdempotencyTests(NodeFixture shared) : IClassFixture<NodeFixture>, IAsyncLifetime
{
    private readonly RelayHost host = shared.Node;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync() => acme = await host.NewTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_repeat_gets_the_first_answer_secret_and_all()
    {
        var first = await acme.Http.SendAsync("/v1/api-keys", new { name = "once" }, "key-1");
        var again = await acme.Http.SendAsync("/v1/api-keys", new { name = "once" }, "key-1");
        Assert.Equal((201, first.Text), (again.Status, again.Text));
        Assert.Equal("true", again.Headers["Idempotent-Replayed"]);
        Assert.Equal(first.Headers["Location"], again.Headers["Location"]);
        Assert.False(first.Headers.ContainsKey("Idempotent-Replayed"));
        Assert.Equal(1, await KeysCalledAsync("once"));
        Assert.Equal(0L, await host.SqlAsync("select count(*) from relay.idempotency where convert_from(coalesce(body, ''), 'UTF8') like '%cr_live%'")); // kept sealed
    }

    [Fact]
    public async Task Another_body_under_the_same_key_is_refused()
    {
        await acme.Http.SendAsync("/v1/api-keys", new { name = "one" }, "key-2");
        var reused = await acme.Http.SendAsync("/v1/api-keys", new { name = "two" }, "key-2");
        Assert.Equal((422, "idempotency_key_reused"), (reused.Status, reused.Code));
        Assert.Equal(0, await KeysCalledAsync("two"));
    }

    [Fact]
    public async Task A_key_belongs_to_its_caller_method_and_path()
    {
        var other = await host.NewTenantAsync("other");
        await acme.Http.SendAsync("/v1/api-keys", new { name = "mine" }, "key-3");
        var theirs = await other.Http.SendAsync("/v1/api-keys", new { name = "mine" }, "key-3");
        Assert.False(theirs.Headers.ContainsKey("Idempotent-Replayed"));
        var elsewhere = await acme.Http.SendAsync("/v1/erasures", new { user = "u_1" }, "key-3");
        Assert.Equal(202, elsewhere.Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("ünïcode")]
    public async Task A_key_that_is_none_is_400(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/api-keys") { Content = new StringContent("{\"name\":\"x\"}", System.Text.Encoding.UTF8, "application/json") };
        using var raw = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1 }) { BaseAddress = host.Address };
        raw.DefaultRequestHeaders.Authorization = new("Bearer", acme.Key);
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await raw.SendAsync(request);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("invalid_idempotency_key", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_is_not_kept()
    {
        Assert.Equal(422, (await acme.Http.SendAsync("/v1/api-keys", new { }, "key-4")).Status);
        Assert.Equal(201, (await acme.Http.SendAsync("/v1/api-keys", new { name = "now right" }, "key-4")).Status);
    }

    [Fact]
    public async Task A_stored_answer_comes_before_a_rule_that_would_refuse_the_request_today()
    {
        var made = await acme.Http.SendAsync("/v1/api-keys", new { name = "to roll" });
        var path = $"/v1/api-keys/{made.Id}/roll";
        var rolled = await acme.Http.SendAsync(path, new { overlap_s = 0 }, "key-5");
        Assert.Equal(201, rolled.Status);
        Assert.Equal(409, (await acme.Http.SendAsync(path, new { overlap_s = 0 }, "key-6")).Status); // it has ended now
        Assert.Equal((201, rolled.Text), ((await acme.Http.SendAsync(path, new { overlap_s = 0 }, "key-5")).Status, (await acme.Http.SendAsync(path, new { overlap_s = 0 }, "key-5")).Text));
    }

    [Fact]
    public async Task A_day_later_the_key_is_free_again()
    {
        var first = await acme.Http.SendAsync("/v1/api-keys", new { name = "daily" }, "key-7");
        await host.TimePasses(TimeSpan.FromHours(25));
        var second = await acme.Http.SendAsync("/v1/api-keys", new { name = "daily" }, "key-7");
        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task Two_hundred_equal_requests_at_once_have_one_effect_and_one_answer()
    {
        await using var second = await RelayHost.StartAsync(host.Database, host.Folder);
        using var there = second.Client(acme.Key);
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => (i % 2 == 0 ? acme.Http : there).SendAsync("/v1/api-keys", new { name = "crowd" }, "crowd")));
        AssertOneAnswer(answers);
        Assert.Equal(1, await KeysCalledAsync("crowd"));
    }

    [Fact]
    public async Task Two_hundred_equal_requests_with_the_database_cut_in_between_have_one_effect()
    {
        await using var proxy = new ChaosProxy(host.Database.ConnectionString);
        await using var cut = await RelayHost.StartThroughAsync(host.Database, proxy, ("CHATRELAY_DATA", host.Folder));
        using var client = cut.Client(acme.Key);
        await client.ReadAsync("/v1/tenant");

        var asked = Enumerable.Range(0, 200).Select(async i =>
        {
            if (i == 60) proxy.CutAll();
            return await client.SendAsync("/v1/api-keys", new { name = "cut" }, "cut");
        }).ToArray();
        proxy.CutAll();
        await Task.WhenAll(asked);

        // Whoever asks on gets the one answer.
        var last = await client.SendAsync("/v1/api-keys", new { name = "cut" }, "cut");
        while (last.Status is 503 or 409) last = await client.SendAsync("/v1/api-keys", new { name = "cut" }, "cut");
        AssertOneAnswer([.. asked.Select(a => a.Result).Append(last)], 503);
        Assert.Equal(1, await KeysCalledAsync("cut"));
    }

    [Fact]
    public async Task A_connection_lost_in_the_middle_of_a_calm_write_is_no_fault_of_ours()
    {
        await using var proxy = new ChaosProxy(host.Database.ConnectionString);
        await using var cut = await RelayHost.StartThroughAsync(host.Database, proxy, ("CHATRELAY_DATA", host.Folder));
        using var client = cut.Client(acme.Key);
        await client.ReadAsync("/v1/tenant");
        proxy.LoseAnswerTo(sent => sent.Contains("INSERT INTO", StringComparison.Ordinal) && sent.Contains("api_keys", StringComparison.Ordinal));

        var made = await client.SendAsync("/v1/api-keys", new { name = "half" });

        Assert.Equal((503, 1), (made.Status, proxy.Lost));
        Assert.Equal(0, await KeysCalledAsync("half"));
    }

    [Fact]
    public async Task A_lost_answer_to_the_commit_of_a_calm_write_is_found_out()
    {
        await using var proxy = new ChaosProxy(host.Database.ConnectionString);
        await using var cut = await RelayHost.StartThroughAsync(host.Database, proxy, ("CHATRELAY_DATA", host.Folder));
        using var client = cut.Client(acme.Key);
        await client.ReadAsync("/v1/tenant");
        proxy.LoseAnswerTo(sent => sent.Contains("COMMIT\0", StringComparison.Ordinal));

        var made = await client.SendAsync("/v1/api-keys", new { name = "unheard" });

        Assert.Equal((201, 1), (made.Status, proxy.Lost));
        Assert.Equal(1, await KeysCalledAsync("unheard"));
    }

    private static void AssertOneAnswer(IReadOnlyList<Said> answers, params int[] alsoAllowed)
    {
        Assert.All(answers, a => Assert.True(a.Status is 201 or 409 || alsoAllowed.Contains(a.Status), a.ToString()));
        Assert.All(answers.Where(a => a.Status == 409), a => Assert.Equal("idempotency_in_progress", a.Code));
        Assert.Single(answers.Where(a => a.Status == 201).Select(a => a.Text).Distinct());
    }

    private async Task<int> KeysCalledAsync(string name) => (int)(long)(await host.SqlAsync("select count(*) from relay.api_keys where name = $1", name))!;
}
