using System.Text;
using ChatRelay.Channels;
using ChatRelay.Channels.Webhook;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels;

public sealed class WebhookSenderTests : SenderConformance
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly WebhookSecret Secret = WebhookSecret.ForOrigin(new byte[32], "https://hook.example");
    private static readonly WebhookSecret OldSecret = WebhookSecret.From(new byte[24]);
    private static readonly WebhookKeyPair Pair = WebhookKeyPair.FromSeed(new byte[32]);

    private protected override IChannelSender Sender(OutboundRig rig) => new WebhookSender(rig.Http, rig.Relay);

    private protected override FakeReceiver Taking() => FakeReceiver.Answering(204);

    private protected override SendRequest To(FakeReceiver receiver) => Request(receiver.Url);

    private static SendRequest.Webhook Request(Uri target, string body = "{}", IReadOnlyList<WebhookKey>? keys = null) => new()
    {
        Tenant = new(Guid.Empty),
        Delivery = new(Guid.Empty),
        Id = "dlv_0000000000000000000000000",
        Target = target,
        Keys = keys ?? [Secret],
        Body = Encoding.UTF8.GetBytes(body),
        Headers = [new("X-Tenant-Own", "1")],
    };

    [Fact]
    public async Task The_post_is_a_standard_webhook()
    {
        await using var receiver = Taking();
        using var rig = new OutboundRig();
        await Sender(rig).SendAsync(Request(receiver.Url, "{\"type\":\"x\"}", [Secret, OldSecret]), Ct);
        var request = await receiver.NextAsync(Ct);
        Assert.Equal(("application/json", "dlv_0000000000000000000000000", $"{Noon.ToUnixTimeSeconds()}", "1"),
            (request.Header("Content-Type"), request.Header("webhook-id"), request.Header("webhook-timestamp"), request.Header("X-Tenant-Own")));
        Assert.All<WebhookKey>([Secret, OldSecret], key => Assert.Equal(WebhookVerdict.Good, WebhookSignature.Verify(
            [key], request.Header("webhook-id")!, request.Header("webhook-timestamp")!, request.Header("webhook-signature")!, request.Body, Noon)));
    }

    // The library compares with the machine's clock, so this one is signed by it.
    [Fact]
    public async Task The_library_of_the_standard_and_another_crypto_take_what_was_on_the_wire()
    {
        await using var receiver = Taking();
        using var rig = new OutboundRig();
        var sender = new WebhookSender(rig.Http, new ChatRelay.Storage.RelayClock(TimeProvider.System));
        string[] bodies = ["{}", "{\"text\":\"grüße, 你好 🎈\",\"n\":1.0}", $"\"{new string('x', 200_000)}\"", "[ 1 ,\t2 ]"];
        foreach (var body in bodies) await sender.SendAsync(Request(receiver.Url, body, [Secret, Pair]), Ct);

        var seen = new List<FakeRequest>();
        foreach (var _ in bodies) seen.Add(await receiver.NextAsync(Ct));
        object Question(string key, FakeRequest request, byte[]? body = null) => new
        {
            key,
            headers = new[] { "webhook-id", "webhook-timestamp", "webhook-signature" }.ToDictionary(name => name, name => request.Header(name)),
            body = Convert.ToBase64String(body ?? request.Body),
        };
        var good = seen.SelectMany(request => new[] { Question(Secret.Reveal(), request), Question(Pair.PublicText, request) });
        var bad = seen.SelectMany(request => new[] { Question(OldSecret.Reveal(), request), Question(Secret.Reveal(), request, "[]"u8.ToArray()), Question(Pair.PublicText, request, "[]"u8.ToArray()) });
        Assert.All(await NodePeer.AskAsync<bool[]>("verify-webhook.mjs", good, Ct), Assert.True);
        Assert.All(await NodePeer.AskAsync<bool[]>("verify-webhook.mjs", bad, Ct), Assert.False);
    }

    [Theory]
    [InlineData(200), InlineData(201), InlineData(202), InlineData(204), InlineData(299)]
    public void Every_2xx_is_accepted(int status) => Assert.IsType<SendOutcome.Accepted>(WebhookSender.OutcomeOf(new() { Status = status }, Noon));

    [Theory]
    [InlineData(301), InlineData(304), InlineData(400), InlineData(401), InlineData(404), InlineData(422), InlineData(500), InlineData(503), InlineData(599), InlineData(999)]
    public void Everything_else_is_tried_later(int status)
    {
        var outcome = Assert.IsType<SendOutcome.TryLater>(WebhookSender.OutcomeOf(new() { Status = status }, Noon));
        Assert.Equal((Outcome.HttpError, null, false), (outcome.Outcome, outcome.RetryAfter, outcome.MaybeSent));
    }

    [Fact]
    public void Gone_turns_the_endpoint_off() => Assert.True(Assert.IsType<SendOutcome.Refused>(WebhookSender.OutcomeOf(new() { Status = 410 }, Noon)).DisableTarget);

    [Fact]
    public void Too_many_requests_is_an_outcome_of_its_own() =>
        Assert.Equal(Outcome.RateLimited, Assert.IsType<SendOutcome.TryLater>(WebhookSender.OutcomeOf(new() { Status = 429 }, Noon)).Outcome);

    [Theory]
    [InlineData("0", 0), InlineData("120", 120), InlineData(" 7 ", 7), InlineData("99999999999999999999", int.MaxValue)]
    [InlineData("Sun, 01 Mar 2026 12:01:30 GMT", 90), InlineData("Sunday, 01-Mar-26 12:01:30 GMT", 90), InlineData("Sun Mar  1 12:01:30 2026", 90), InlineData("Sun, 01 Mar 2026 11:00:00 GMT", 0)]
    [InlineData("soon", null), InlineData("", null), InlineData("-5", null), InlineData("1.5", null)]
    public void Retry_After_is_seconds_or_a_date(string value, int? seconds)
    {
        var outcome = Assert.IsType<SendOutcome.TryLater>(WebhookSender.OutcomeOf(new() { Status = 503, Headers = [new("retry-after", value)] }, Noon));
        Assert.Equal(seconds, (int?)outcome.RetryAfter?.TotalSeconds);
    }

    public static TheoryData<Outcome> Failures => [Outcome.Timeout, Outcome.DnsError, Outcome.ConnectionError, Outcome.TlsError, Outcome.BlockedAddress, Outcome.ProtocolError];

    [Theory, MemberData(nameof(Failures))]
    public void A_failure_keeps_its_name_and_whether_bytes_left(Outcome why)
    {
        foreach (var left in new[] { true, false })
        {
            var outcome = Assert.IsType<SendOutcome.TryLater>(WebhookSender.OutcomeOf(OutboundReply.Failed(why, left, "said"), Noon));
            Assert.Equal((why, left, "said"), (outcome.Outcome, outcome.MaybeSent, outcome.Detail));
        }
    }

    [Fact]
    public async Task The_answer_goes_into_the_outcome()
    {
        await using var receiver = FakeReceiver.Answering(500, "sorry", "X-Why: tired");
        using var rig = new OutboundRig();
        var outcome = await Sender(rig).SendAsync(Request(receiver.Url), Ct);
        Assert.Equal((500, "sorry"), (outcome.Reply!.Status, Encoding.UTF8.GetString(outcome.Reply.Body.Span)));
        Assert.Contains(new("X-Why", "tired"), outcome.Reply.Headers);
    }
}
