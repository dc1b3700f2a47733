using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Webhooks;

/// <summary>What endpoints get, checked by other people's code: npm standardwebhooks for shared secrets, Node's own crypto for key pairs (the library knows none).</summary>
public sealed class SigningTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private const string Route = "/v1/webhook-endpoints";
    private EngineHost engine = null!;

    public async ValueTask InitializeAsync() => engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory, InlineData("hmac"), InlineData("ed25519")]
    public async Task A_receiver_of_somebody_elses_takes_what_is_signed_and_nothing_that_was_altered(string signature)
    {
        await using var receiver = FakeReceiver.Answering(204);
        var made = await engine.Http.SendAsync(Route, new { url = receiver.Url, signature });
        var other = await engine.Http.SendAsync(Route, new { url = receiver.Url, signature, status = "paused" });
        await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{made.Id}/test");
        var request = await receiver.NextAsync();
        var key = made["secret"].GetString()!;
        Assert.Equal((bool[])[true, false, false, false], await AskAsync(
            new(key, request),
            new(other["secret"].GetString()!, request),
            new(key, request) { Body = [.. request.Body, (byte)' '] },
            new(key, request) { Id = "evt_another" }));
    }

    [Fact]
    public async Task A_receiver_refuses_what_it_gets_again_later()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var made = await engine.Http.SendAsync(Route, new { url = receiver.Url });
        await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{made.Id}/test");
        var request = await receiver.NextAsync();
        var at = long.Parse(request.Header("webhook-timestamp")!) * 1000;
        var key = made["secret"].GetString()!;
        Assert.Equal((bool[])[true, false, false], await AskAsync(new(key, request) { Now = at + 1000 }, new(key, request) { Now = at + 310_000 }, new(key, request) { Now = at - 310_000 }));
    }

    [Fact]
    public async Task While_a_secret_is_rolled_receivers_with_the_old_and_with_the_new_one_both_take_it_and_then_only_the_new()
    {
        await using var receiver = FakeReceiver.Answering(204);
        var made = await engine.Http.SendAsync(Route, new { url = receiver.Url });
        var second = await engine.Http.SendAsync($"{Route}/{made.Id}/roll-secret", new { overlap_s = 3600 });
        var third = await engine.Http.SendAsync($"{Route}/{made.Id}/roll-secret", new { overlap_s = 3600, signature = "ed25519" });
        await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{made.Id}/test");
        var during = await receiver.NextAsync();
        Assert.Equal(["v1a", "v1", "v1"], during.Header("webhook-signature")!.Split(' ').Select(w => w.Split(',')[0]));
        string[] keys = [made["secret"].GetString()!, second["secret"].GetString()!, third["secret"].GetString()!];
        Assert.Equal((bool[])[true, true, true], await AskAsync([.. keys.Select(k => new Question(k, during))]));

        await engine.Host.SqlAsync("update relay.endpoint_secrets set ends_at = relay.now() where ends_at is not null");
        await engine.Http.ChangeAsync($"{Route}/{made.Id}", new { description = "so that it is read again" });
        await engine.Http.AskAsync(HttpMethod.Post, $"{Route}/{made.Id}/test");
        var after = await receiver.NextAsync();
        Assert.Equal((bool[])[false, false, true], await AskAsync([.. keys.Select(k => new Question(k, after))]));
    }

    private static async Task<bool[]> AskAsync(params Question[] questions) => await NodePeer.AskAsync<bool[]>("verify-webhook.mjs", questions.Select(q => new
    {
        key = q.Key,
        headers = new Dictionary<string, string>
        {
            ["webhook-id"] = q.Id ?? q.Request.Header("webhook-id")!,
            ["webhook-timestamp"] = q.Request.Header("webhook-timestamp")!,
            ["webhook-signature"] = q.Request.Header("webhook-signature")!,
        },
        body = Convert.ToBase64String(q.Body ?? q.Request.Body),
        now = q.Now,
    }).ToArray(), TestContext.Current.CancellationToken);

    private sealed record Question(string Key, FakeRequest Request)
    {
        public string? Id { get; init; }
        public byte[]? Body { get; init; }
        public long? Now { get; init; }
    }
}
