using System.Net;
using System.Text;
using System.Text.Json;
using ChatRelay.Client;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Clients;

/// <summary>What stands on the wire while a call is tried again, and what comes of it.</summary>
public sealed class CallTests
{
    private static readonly NotificationInput Mail = new() { To = new() { Email = "ann@example.com" }, Route = [new() { Channel = ChannelName.Email }], Content = new() { Subject = "Hi", Text = "Hello" } };

    [Fact]
    public async Task Every_try_of_a_post_has_the_same_key_and_body()
    {
        var far = new FarEnd(Fail, Problem(503, "unavailable", retryable: true), Json(202, """{"id":"ntf_1","status":"queued"}"""));
        var sent = await far.Relay().Notifications.SendAsync(Mail);
        Assert.Equal(("ntf_1", NotificationStatus.Queued), (sent.Value.Id, sent.Value.Status));
        Assert.Equal(3, far.Seen.Count);
        Assert.Single(far.Seen.Select(s => s.Key).Distinct());
        Assert.Single(far.Seen.Select(s => s.Body).Distinct());
        Assert.Equal("POST http://relay/base/v1/notifications", far.Seen[0].Line);
        Assert.Equal("Bearer cr_test_x", far.Seen[0].Authorization);
    }

    [Fact]
    public async Task Two_calls_have_two_keys_and_an_own_key_is_kept()
    {
        var far = new FarEnd(Json(202, "{}"), Json(202, "{}"), Json(202, "{}"));
        var relay = far.Relay();
        await relay.Notifications.SendAsync(Mail);
        await relay.Notifications.SendAsync(Mail);
        await relay.Notifications.SendAsync(Mail, idempotencyKey: "order-4711");
        Assert.Equal(3, far.Seen.Select(s => s.Key).Distinct().Count());
        Assert.Equal("order-4711", far.Seen[2].Key);
    }

    [Fact]
    public async Task Retry_After_is_waited_for()
    {
        var clock = new FakeClock();
        var far = new FarEnd(Problem(429, "rate_limited", retryable: true, after: "3"), Problem(503, "unavailable", retryable: true, after: clock.GetUtcNow().AddSeconds(8).ToString("R")), Json(200, """{"id":"room_1"}"""));
        var asked = far.Relay(clock).Rooms.GetAsync("room_1");
        await Eventually.Async(() => Task.FromResult(clock.Waiting == 1));
        clock.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Single(far.Seen);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        await Eventually.Async(() => Task.FromResult(far.Seen.Count == 2 && clock.Waiting == 1));
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("room_1", (await asked).Value.Id);
    }

    [Fact]
    public async Task A_refusal_is_a_value_with_all_its_faults()
    {
        var far = new FarEnd(Problem(422, "validation_failed", retryable: false, more: ""","errors":[{"pointer":"/route/0/channel","code":"unknown_value","detail":"…"},{"pointer":"/to","code":"a_newer_code","detail":"…"}]"""));
        var sent = await far.Relay().Notifications.SendAsync(Mail);
        Assert.False(sent.TryGet(out _, out var failure));
        var refused = Assert.IsType<RelayFailure.Refused>(failure);
        Assert.Equal((422, "validation_failed", "req_1"), (refused.Status, refused.Code, refused.Problem.RequestId));
        Assert.Equal([FaultCode.UnknownValue, new FaultCode("a_newer_code")], refused.Problem.Errors.Select(e => e.Code));
        Assert.Contains("/route/0/channel", Assert.Throws<RelayException>(() => sent.Value).Message, StringComparison.Ordinal);
        Assert.Single(far.Seen);
    }

    [Fact]
    public async Task What_never_answers_is_a_failure_after_the_last_try()
    {
        var far = new FarEnd(Fail, Fail, Fail, Fail);
        Assert.IsType<RelayFailure.NoAnswer>((await far.Relay().Rooms.GetAsync("room_1")).Failure);
        Assert.Equal(4, far.Seen.Count);
    }

    [Fact]
    public async Task A_patch_whose_answer_is_lost_is_not_repeated()
    {
        var far = new FarEnd(Fail);
        Assert.IsType<RelayFailure.NoAnswer>((await far.Relay().Rooms.UpdateAsync("room_1", new() { Name = "New" })).Failure);
        Assert.Equal("""{"name":"New"}""", Assert.Single(far.Seen).Body);
    }

    [Fact]
    public async Task Whoever_stands_between_and_answers_in_the_relays_place_is_no_relay()
    {
        var far = new FarEnd(() => new(HttpStatusCode.NotFound) { Content = new StringContent("<html>", Encoding.UTF8, "text/html") }, Json(200, "<html>"));
        Assert.IsType<RelayFailure.Unreadable>((await far.Relay().Rooms.GetAsync("room_1")).Failure);
        Assert.IsType<RelayFailure.Unreadable>((await far.Relay().Rooms.GetAsync("room_1")).Failure);
    }

    [Fact]
    public async Task Cancelling_ends_the_call_and_its_waits()
    {
        var clock = new FakeClock();
        using var cancel = new CancellationTokenSource();
        var asked = new FarEnd(Problem(503, "unavailable", retryable: true, after: "3")).Relay(clock).Rooms.GetAsync("room_1", cancel.Token);
        await Eventually.Async(() => Task.FromResult(clock.Waiting == 1));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public async Task A_patch_says_what_it_changes_and_null_takes_away()
    {
        var far = new FarEnd(Json(200, "{}"));
        await far.Relay().Rooms.UpdateAsync("ext:a b", new() { Name = Change<string>.To(null), MaxMembers = 5, Metadata = JsonElement.Parse("""{"a":[1,2]}""") });
        Assert.Equal("""{"name":null,"metadata":{"a":[1,2]},"max_members":5}""", far.Seen[0].Body);
        Assert.Equal("PATCH http://relay/base/v1/rooms/ext%3Aa%20b", far.Seen[0].Line);
    }

    [Fact]
    public async Task What_is_not_set_is_not_sent_and_kinds_say_what_they_are()
    {
        var far = new FarEnd(Json(201, "{}"));
        await far.Relay().Providers.CreateAsync(new SandboxProviderInput { Name = "box", Channel = ChannelName.Email, From = new() { Email = "shop@example.com" }, Config = new(), Credentials = new() });
        using var sent = JsonDocument.Parse(far.Seen[0].Body);
        Assert.Equal("sandbox", sent.RootElement.GetProperty("type").GetString());
        Assert.False(sent.RootElement.TryGetProperty("priority", out _));
    }

    [Fact]
    public async Task What_an_answer_leaves_out_is_empty_and_what_it_adds_is_passed_over()
    {
        var far = new FarEnd(Json(200, """{"id":"ntf_1","status":"teleported","newer":{"a":1}}"""));
        var read = (await far.Relay().Notifications.GetAsync("ntf_1")).Value;
        Assert.Empty(read.Deliveries);
        Assert.Empty(read.Tags);
        Assert.Null(read.Category);
        Assert.Equal("teleported", read.Status.Text);
    }

    [Fact]
    public async Task A_list_is_walked_page_by_page()
    {
        var far = new FarEnd(Json(200, """{"data":[{"id":"room_3"},{"id":"room_2"}],"has_more":true,"next_cursor":"a b"}"""), Json(200, """{"data":[{"id":"room_1"}],"has_more":false,"next_cursor":"unused"}"""));
        var ids = new List<string>();
        await foreach (var room in far.Relay().Rooms.ListAllAsync()) ids.Add(room.Id);
        Assert.Equal(["room_3", "room_2", "room_1"], ids);
        Assert.Equal(["GET http://relay/base/v1/rooms?limit=100", "GET http://relay/base/v1/rooms?limit=100&after=a%20b"], far.Seen.Select(s => s.Line));
    }

    [Fact]
    public async Task A_name_cannot_leave_its_place_in_the_path()
    {
        var far = new FarEnd(Json(200, "{}"));
        await far.Relay().Users.GetAsync("a/../b?c");
        Assert.Equal("GET http://relay/base/v1/users/a%2F..%2Fb%3Fc", far.Seen[0].Line);
        await Assert.ThrowsAsync<ArgumentException>(() => far.Relay().Users.GetAsync(".."));
    }

    [Fact]
    public void A_key_is_never_printed() => Assert.DoesNotContain("cr_test_x", new RelayOptions { Url = new("http://relay"), Key = "cr_test_x" }.ToString(), StringComparison.Ordinal);

    private static HttpResponseMessage Fail() => throw new HttpRequestException("Connection refused");

    private static Func<HttpResponseMessage> Json(int status, string text) => () => new((HttpStatusCode)status) { Content = new StringContent(text, Encoding.UTF8, "application/json") };

    private static Func<HttpResponseMessage> Problem(int status, string code, bool retryable, string? after = null, string more = "") => () =>
    {
        var answer = new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent($$"""{"type":"/docs/problems/{{code}}","title":"…","status":{{status}},"detail":"…","code":"{{code}}","request_id":"req_1","retryable":{{(retryable ? "true" : "false")}}{{more}}}""", Encoding.UTF8, "application/problem+json"),
        };
        if (after is not null) answer.Headers.Add("Retry-After", after);
        return answer;
    };

    private sealed record Seen(string Line, string? Authorization, string? Key, string Body);

    private sealed class FarEnd(params IEnumerable<Func<HttpResponseMessage>> answers) : HttpMessageHandler
    {
        private readonly Queue<Func<HttpResponseMessage>> left = new(answers);

        public List<Seen> Seen { get; } = [];

        public RelayClient Relay(TimeProvider? clock = null) => new(
            new() { Url = new("http://relay/base/"), Key = "cr_test_x", Clock = clock ?? TimeProvider.System, Chance = () => 0 }, new HttpClient(this, disposeHandler: false));

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var body = request.Content is { } content ? await content.ReadAsStringAsync(ct) : "";
            Seen.Add(new($"{request.Method} {request.RequestUri!.AbsoluteUri}", request.Headers.Authorization?.ToString(), request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null, body));
            return left.Dequeue()();
        }
    }
}
