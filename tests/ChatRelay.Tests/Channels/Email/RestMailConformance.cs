using System.Text;
using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email;

/// <summary>What a published answer has to come to.</summary>
public enum Verdict { Accepted, TryLater, Refused }

/// <summary>The suite of all providers, and what the REST ones keep to besides: whatever comes over HTTP is one of the outcomes.</summary>
public abstract class RestMailConformance : EmailConformance
{
    private protected abstract IChannelSender Sender(OutboundRig rig);
    private protected abstract ProviderAccount Account(Uri? baseUrl);
    private protected abstract Task<ArrivedMail> ReadAsync(FakeRequest request);
    private protected abstract SendOutcome Judge(OutboundReply reply);

    /// <summary>The whole answer, as the provider's page has it.</summary>
    private protected abstract string Answer(MailStory story);

    /// <summary>The id that Takes gives.</summary>
    private protected abstract string Id { get; }

    /// <summary>Where it calls when the account does not say so.</summary>
    private protected abstract string PublicHost { get; }

    private protected abstract string Path { get; }

    /// <summary>Everything that must never be seen again.</summary>
    private protected abstract IReadOnlyList<string> Credentials { get; }

    private protected abstract ProviderAccount WithCredential(Uri baseUrl, string credential);

    private protected override async Task<MailRig> PlayAsync(MailStory story)
    {
        switch (story)
        {
            case MailStory.SaysNothing or MailStory.IsLeft:
                return Rig(FakeReceiver.Start(async connection =>
                {
                    await connection.ReadRequestAsync();
                    await connection.HangAsync();
                }));
            case MailStory.HangsUp:
                return Rig(FakeReceiver.Start(async connection => await connection.ReadRequestAsync()));
            case MailStory.IsNotThere:
                var rig = Rig(Answering(""));
                await rig.Api.DisposeAsync();
                return rig;
            case MailStory.NeverBegins: // no handshake
                return new RestMailRig(FakeReceiver.Start(connection => connection.HangAsync()), new OutboundRig(), Sender, url => Account(new($"https://127.0.0.1:{url.Port}/")), ReadAsync);
            case MailStory.IsForbidden:
                return Rig(Answering(Answer(MailStory.Takes)), new OutboundRig([]));
            case MailStory.TakesWithoutId: // a portal, or a proxy, in between
                return Rig(Answering(FakeReceiver.Answer(200, "<html>Ok</html>", "Content-Type: text/html")));
            case MailStory.SaysNonsense:
                return Rig(Answering("220 smtp.example ESMTP\r\n"));
            case MailStory.SaysTooMuch:
                return Rig(Answering(FakeReceiver.Answer(500, $"{{\"message\":\"{new string('x', 1_000_000)}\"}}")));
            default:
                return Rig(Answering(Answer(story)));
        }
    }

    private protected RestMailRig Rig(FakeReceiver api, OutboundRig? outbound = null) => new(api, outbound ?? new OutboundRig(), Sender, Account, ReadAsync);

    private protected static FakeReceiver Answering(string answer) => FakeReceiver.Answering(_ => answer);

    private protected async Task<SendOutcome> AnsweredAsync(string answer)
    {
        await using var rig = Rig(FakeReceiver.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(answer); // and close
        }));
        return await rig.SendAsync(MailGiven.Plain, Ct);
    }

    /// <param name="page">where the provider publishes it</param>
    private protected async Task IsPublishedAsync(string page, string answer, Verdict verdict, Outcome outcome)
    {
        Assert.StartsWith("https://", page);
        var came = await AnsweredAsync(answer);
        Assert.Equal((verdict, outcome, false), (VerdictOf(came), came.Outcome, came.MaybeSent));
        Assert.NotNull(came.Reply);
    }

    private static Verdict VerdictOf(SendOutcome outcome) => outcome switch
    {
        SendOutcome.Accepted => Verdict.Accepted,
        SendOutcome.Refused => Verdict.Refused,
        _ => Verdict.TryLater,
    };

    [Fact]
    public async Task The_providers_id_is_kept() => Assert.Equal(Id, Assert.IsType<SendOutcome.Accepted>(await AnsweredAsync(Answer(MailStory.Takes))).ProviderMessageId);

    [Fact]
    public async Task A_base_url_is_called_with_its_own_path()
    {
        await using var rig = (RestMailRig)await PlayAsync(MailStory.Takes);
        await rig.SendAsync(MailGiven.Plain, Ct);
        Assert.Equal($"POST /hook{Path} HTTP/1.1", (await rig.Api.NextAsync(Ct)).Line);
    }

    [Fact]
    public async Task Without_a_base_url_the_public_address_is_called()
    {
        using var rig = new OutboundRig();
        var outcome = await Sender(rig).SendAsync(MailGiven.To(Account(null)), Ct);
        Assert.Equal(Outcome.DnsError, outcome.Outcome);
        Assert.All(rig.LookUps, name => Assert.Equal(PublicHost, name));
    }

    [Theory]
    [InlineData("<html>captive portal</html>", "text/html"), InlineData("", "application/json"), InlineData("{\"id\":", "application/json"), InlineData("[]", "application/json"), InlineData("null", "application/json")]
    [InlineData("{\"id\":7,\"MessageID\":{},\"MessageId\":[]}", "application/json"), InlineData("\"text\"", "text/plain"), InlineData("\u0000\u0001ÿ", "image/png")]
    public async Task A_2xx_that_cannot_be_read_was_taken_all_the_same(string body, string type)
    {
        var accepted = Assert.IsType<SendOutcome.Accepted>(await AnsweredAsync(FakeReceiver.Answer(200, body, $"Content-Type: {type}")));
        Assert.Equal((null, false), (accepted.ProviderMessageId, accepted.MaybeSent));
    }

    [Theory]
    [InlineData("Content-Length: 1000\r\n\r\n{\"id"), InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\n{\"id"), InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public async Task A_2xx_whose_body_is_cut_off_was_taken_all_the_same(string rest) =>
        Is(new SendOutcome.Accepted(), await AnsweredAsync($"HTTP/1.1 200 OK\r\n{rest}"));

    [Fact]
    public void A_deadline_that_passes_after_the_status_changes_nothing_about_it()
    {
        var late = new OutboundFailure(Outcome.Timeout, BytesLeft: true, "The deadline passed.");
        Is(new SendOutcome.Accepted(), Judge(new() { Status = 200, Failure = late }));
        Is(new SendOutcome.TryLater(Outcome.AuthFailed), Judge(new() { Status = 401, Failure = late }));
        Is(new SendOutcome.TryLater(Outcome.HttpError), Judge(new() { Status = 500, Failure = late }));
        Is(new SendOutcome.TryLater(Outcome.Timeout) { MaybeSent = true }, Judge(new() { Failure = late }));
    }

    [Theory]
    [InlineData(200, Outcome.Ok), InlineData(400, Outcome.ProviderRejected), InlineData(500, Outcome.HttpError)]
    public async Task An_answer_of_a_megabyte_is_judged_by_its_beginning(int status, Outcome expected)
    {
        var outcome = await AnsweredAsync(FakeReceiver.Answer(status, $"{{\"message\":\"{new string('x', 1_000_000)}\"}}"));
        Assert.Equal((expected, true), (outcome.Outcome, outcome.Reply!.Truncated));
        Assert.InRange(outcome.Reply.Body.Length, 1, 16 * 1024);
    }

    [Theory]
    [InlineData(400, "Content-Length: 99\r\n\r\n{", Verdict.Refused, Outcome.ProviderRejected), InlineData(401, "Content-Length: 99\r\n\r\n{", Verdict.TryLater, Outcome.AuthFailed)]
    [InlineData(413, "Content-Length: 0\r\n\r\n", Verdict.Refused, Outcome.ProviderRejected), InlineData(429, "Content-Length: 99\r\n\r\n", Verdict.TryLater, Outcome.RateLimited)]
    [InlineData(404, "Content-Length: 9\r\n\r\nNot found", Verdict.TryLater, Outcome.HttpError), InlineData(418, "Content-Length: 0\r\n\r\n", Verdict.TryLater, Outcome.HttpError)]
    [InlineData(500, "Content-Length: 99\r\n\r\n<", Verdict.TryLater, Outcome.HttpError), InlineData(502, "Content-Length: 0\r\n\r\n", Verdict.TryLater, Outcome.HttpError)]
    [InlineData(503, "Content-Length: 0\r\n\r\n", Verdict.TryLater, Outcome.HttpError), InlineData(599, "Content-Length: 0\r\n\r\n", Verdict.TryLater, Outcome.HttpError)]
    public async Task An_answer_whose_body_says_nothing_is_judged_by_its_status(int status, string rest, Verdict verdict, Outcome outcome)
    {
        var came = await AnsweredAsync($"HTTP/1.1 {status} Said\r\nContent-Type: text/html\r\n{rest}");
        Assert.Equal((verdict, outcome, false), (VerdictOf(came), came.Outcome, came.MaybeSent));
    }

    [Theory]
    [InlineData(413, true), InlineData(400, false), InlineData(422, false)]
    public async Task Only_what_is_too_large_for_this_provider_may_go_through_another(int status, bool limit) =>
        Assert.Equal(limit, Assert.IsType<SendOutcome.Refused>(await AnsweredAsync(FakeReceiver.Answer(status, "{}"))).ThisAccountOnly);

    [Fact]
    public async Task A_gateway_that_gave_up_waiting_does_not_know() =>
        Is(new SendOutcome.TryLater(Outcome.HttpError) { MaybeSent = true }, await AnsweredAsync(FakeReceiver.Answer(504, "<html>504 Gateway Time-out</html>")));

    [Theory]
    [InlineData("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", Outcome.ProtocolError)]
    [InlineData("HTTP/1.1 2", Outcome.ConnectionError), InlineData("HTTP/1.1 200 OK\r\nContent-Le", Outcome.ConnectionError)]
    public async Task An_answer_that_breaks_off_leaves_it_open_whether_it_was_taken(string bytes, Outcome outcome) =>
        Is(new SendOutcome.TryLater(outcome) { MaybeSent = true }, await AnsweredAsync(bytes));

    [Theory]
    [InlineData("Retry-After: 120", 120), InlineData("Retry-After: Sun, 01 Mar 2026 12:01:30 GMT", 90), InlineData("X-RateLimit-Reset: 1772366445", 45), InlineData("X-RateLimit-Reset: 1772366445000", 45)]
    [InlineData("X-RateLimit-Reset: 30", 30), InlineData("X-RateLimit-Reset: 1772366399", 0), InlineData("X-RateLimit-Reset: soon", null), InlineData("X-Nothing: 1", null)]
    [InlineData("X-RateLimit-Reset: 99999999999999999", 86400), InlineData("Retry-After: 7\r\nX-RateLimit-Reset: 30", 7)]
    public async Task A_429_waits_as_long_as_its_headers_ask(string header, int? seconds)
    {
        var outcome = Assert.IsType<SendOutcome.TryLater>(await AnsweredAsync(FakeReceiver.Answer(429, "{}", header)));
        Assert.Equal((Outcome.RateLimited, seconds), (outcome.Outcome, (int?)outcome.RetryAfter?.TotalSeconds));
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_takes_nothing_along()
    {
        await using var elsewhere = FakeReceiver.Answering(200);
        Is(new SendOutcome.TryLater(Outcome.HttpError), await AnsweredAsync(FakeReceiver.Answer(307, "", $"Location: {elsewhere.Url}")));
        Assert.Equal(0, elsewhere.Connections);
    }

    [Theory]
    [InlineData(200), InlineData(400), InlineData(403), InlineData(500)]
    public async Task A_far_end_that_repeats_the_request_does_not_get_the_credentials_into_the_attempt(int status)
    {
        await using var echo = FakeReceiver.Answering(request =>
        {
            var headers = string.Join("\n", request.Headers.Select(header => $"{header.Key}: {header.Value}"));
            return FakeReceiver.Answer(status, JsonSerializer.Serialize(new { message = headers }, Relaxed), [.. request.Headers.Where(h => h.Key is not "Content-Length" and not "Host").Select(h => $"Echo-{h.Key}: {h.Value}")]);
        });
        await using var rig = Rig(echo);
        var outcome = await rig.SendAsync(MailGiven.Plain, Ct);
        var kept = $"{outcome} {Encoding.UTF8.GetString(outcome.Reply!.Body.Span)} {string.Join(' ', outcome.Reply.Headers)}";
        Assert.NotEmpty(Credentials);
        Assert.All(Credentials, credential => Assert.DoesNotContain(credential, kept));
        Assert.Contains("***", kept);
    }

    [Theory]
    [InlineData("key\r\nX-Evil: 1"), InlineData("key\nX"), InlineData("kéy"), InlineData("key\0")]
    public async Task A_credential_that_cannot_stand_in_a_header_is_refused_before_anything_leaves(string credential)
    {
        await using var api = Answering(Answer(MailStory.Takes));
        using var rig = new OutboundRig();
        Is(new SendOutcome.TryLater(Outcome.AuthFailed), await Sender(rig).SendAsync(MailGiven.To(WithCredential(api.Url, credential)), Ct));
        Assert.Equal(0, api.Connections);
    }

    [Theory]
    [InlineData("a b"), InlineData("x\\u0000y"), InlineData("\\ud800"), InlineData("é"), InlineData("")]
    public async Task An_id_that_could_not_be_kept_is_left_out(string id)
    {
        var body = Answer(MailStory.Takes).Split("\r\n\r\n")[1].Replace(Id, id, StringComparison.Ordinal);
        Assert.Null(Assert.IsType<SendOutcome.Accepted>(await AnsweredAsync(FakeReceiver.Answer(200, body, "X-Message-Id: a b"))).ProviderMessageId);
    }

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
