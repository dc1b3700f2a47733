using System.Text;
using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Postmark;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email;

/// <summary>An account whose calls are all under way: what is sent meanwhile goes out together when the first of them ends.</summary>
public sealed class PostmarkBatchTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static ProviderAccount.Postmark Account(Uri url, string token = "token-one") => new(new(token), null) { Id = new(Guid.Empty), BaseUrl = url };

    private static EmailMessage MailTo(int number) => MailGiven.Plain with { To = new($"user{number}@example.com") };

    /// <summary>Postmark on the wire. Single calls that come first are held until the test lets them go.</summary>
    private sealed class Busy : IAsyncDisposable
    {
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<Task<SendOutcome>> _held = [];

        private Busy(Func<FakeRequest, string> answer, bool closes)
        {
            Api = FakeReceiver.Start(async connection =>
            {
                while (await connection.ReadRequestAsync() is { } request)
                {
                    if (IsHeld(request)) await _go.Task;
                    await connection.SendAsync(IsHeld(request) ? Taken(request) : answer(request));
                    if (closes && !IsHeld(request)) return;
                }
            });
            Sender = new PostmarkSender(Outbound.Http, Outbound.Relay);
        }

        public FakeReceiver Api { get; }
        public OutboundRig Outbound { get; } = new();
        public PostmarkSender Sender { get; }

        /// <param name="closes">an answer ends with its connection</param>
        public static async Task<Busy> StartAsync(Func<FakeRequest, string> answer, bool closes = false)
        {
            var busy = new Busy(answer, closes);
            for (var i = 0; i < PostmarkLines.Calls; i++) busy._held.Add(busy.Send(MailGiven.Plain with { To = new("held@example.com") }));
            for (var i = 0; i < PostmarkLines.Calls; i++) await busy.Api.NextAsync(Ct);
            return busy;
        }

        public Task<SendOutcome> Send(EmailMessage mail, CancellationToken ct = default) => Sender.SendAsync(MailGiven.To(Account(Api.Url), mail), ct);

        public List<Task<SendOutcome>> SendMany(int count) => [.. Enumerable.Range(0, count).Select(i => Send(MailTo(i)))];

        public async Task LetGoAsync()
        {
            _go.SetResult();
            Assert.All(await Task.WhenAll(_held), outcome => Assert.IsType<SendOutcome.Accepted>(outcome));
        }

        public IEnumerable<FakeRequest> After => Api.Requests.Where(request => !IsHeld(request));

        private static bool IsHeld(FakeRequest request) => Encoding.UTF8.GetString(request.Body).Contains("held@example.com", StringComparison.Ordinal);

        public async ValueTask DisposeAsync()
        {
            await Api.DisposeAsync();
            Outbound.Dispose();
        }
    }

    private static string Taken(FakeRequest request) => FakeReceiver.Answer(200, Result(IsBatch(request) ? throw new InvalidOperationException() : JsonDocument.Parse(request.Body).RootElement));

    private static bool IsBatch(FakeRequest request) => request.Line == "POST /hook/email/batch HTTP/1.1";

    private static List<JsonElement> MailsOf(FakeRequest request) => IsBatch(request) ? [.. JsonDocument.Parse(request.Body).RootElement.EnumerateArray()] : [JsonDocument.Parse(request.Body).RootElement];

    private static string ToOf(JsonElement mail) => mail.GetProperty("To").GetString()!;

    // https://postmarkapp.com/developer/api/email-api#send-batch-emails
    private static string Result(JsonElement mail) => JsonSerializer.Serialize(new { To = ToOf(mail), SubmittedAt = "2014-02-17T07:25:01.4178645-05:00", MessageID = IdOf(ToOf(mail)), ErrorCode = 0, Message = "OK" });

    private static string Result(int code, string message) => JsonSerializer.Serialize(new { ErrorCode = code, Message = message });

    private static string IdOf(string to) => $"id-of-{to}";

    private static string AllTaken(FakeRequest request) => IsBatch(request) ? FakeReceiver.Answer(200, $"[{string.Join(',', MailsOf(request).Select(Result))}]") : Taken(request);

    [Fact]
    public async Task What_waits_while_the_accounts_calls_are_under_way_goes_out_as_one_batch()
    {
        await using var busy = await Busy.StartAsync(AllTaken);
        var waiting = busy.SendMany(50);
        await busy.LetGoAsync();
        var outcomes = await Task.WhenAll(waiting);

        var batch = Assert.Single(busy.After);
        Assert.True(IsBatch(batch));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"user{i}@example.com"), MailsOf(batch).Select(ToOf));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => IdOf($"user{i}@example.com")), outcomes.Select(outcome => Assert.IsType<SendOutcome.Accepted>(outcome).ProviderMessageId));
    }

    [Fact]
    public async Task An_attempt_keeps_its_own_result_and_nothing_of_its_neighbours()
    {
        await using var busy = await Busy.StartAsync(AllTaken);
        var waiting = busy.SendMany(3);
        await busy.LetGoAsync();
        var body = Encoding.UTF8.GetString((await waiting[1]).Reply!.Body.Span);
        Assert.Equal(IdOf("user1@example.com"), JsonDocument.Parse(body).RootElement.GetProperty("MessageID").GetString());
        Assert.DoesNotContain("user0", body);
    }

    [Fact]
    public async Task A_result_as_long_as_a_book_is_judged_whole_and_kept_by_its_beginning()
    {
        await using var busy = await Busy.StartAsync(request => FakeReceiver.Answer(200, $"[{Result(MailsOf(request)[0])},{{\"Message\":\"{new string('x', 100_000)}\",\"ErrorCode\":300}}]"));
        var waiting = busy.SendMany(2);
        await busy.LetGoAsync();
        Assert.IsType<SendOutcome.Accepted>(await waiting[0]);
        var refused = Assert.IsType<SendOutcome.Refused>(await waiting[1]);
        Assert.Equal((Outcome.ProviderRejected, true, OutboundExchange.MaxBody), (refused.Outcome, refused.Reply!.Truncated, refused.Reply.Body.Length));
    }

    [Fact]
    public async Task A_batch_of_one_is_a_single_call()
    {
        await using var busy = await Busy.StartAsync(AllTaken);
        var waiting = busy.SendMany(1);
        await busy.LetGoAsync();
        await Task.WhenAll(waiting);
        Assert.Equal("POST /hook/email HTTP/1.1", Assert.Single(busy.After).Line);
    }

    [Fact]
    public async Task Each_mail_of_a_batch_has_an_outcome_of_its_own()
    {
        string[] results =
        [
            Result(JsonDocument.Parse("""{"To":"user0@example.com"}""").RootElement),
            Result(406, "You tried to send to a recipient that has been marked as inactive. Found inactive addresses: user1@example.com. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression. "),
            Result(300, "Invalid 'To' address: 'user2'."),
            Result(405, "Not allowed to send"),
            Result(411, "Attachment file type not allowed."),
            Result(429, "Rate limit exceeded"),
            """{"To":"user6@example.com","MessageID":"late","Message":"Message accepted, but delivery may be delayed."}""",
        ];
        await using var busy = await Busy.StartAsync(_ => FakeReceiver.Answer(200, $"[ {string.Join(" ,\n", results)} ]"));
        var waiting = busy.SendMany(results.Length);
        await busy.LetGoAsync();
        Assert.Equal(
            [(typeof(SendOutcome.Accepted), Outcome.Ok), (typeof(SendOutcome.Refused), Outcome.InvalidRecipient), (typeof(SendOutcome.Refused), Outcome.InvalidRecipient), (typeof(SendOutcome.TryLater), Outcome.Quota),
                (typeof(SendOutcome.Refused), Outcome.ProviderRejected), (typeof(SendOutcome.TryLater), Outcome.RateLimited), (typeof(SendOutcome.Accepted), Outcome.Ok)],
            (await Task.WhenAll(waiting)).Select(outcome => (outcome.GetType(), outcome.Outcome)));
    }

    private const string One = """{"ErrorCode":0,"MessageID":"one"}""";

    [Theory]
    [InlineData("[]", 0), InlineData($"[{One}]", 0), InlineData($"[{One},{One},{One},{One}]", 0), InlineData("{}", 0), InlineData("<html>", 0), InlineData("", 0), InlineData("null", 0), InlineData($"[{One},null,{One}]", 0)]
    [InlineData($"[{One},{{\"Err", 1), InlineData($"[{One},{One},", 2), InlineData($"[{One},{One} nonsense", 2), InlineData($"[{One},{One},{One}", 3)]
    public async Task A_mail_whose_result_cannot_be_read_may_have_been_sent(string body, int readable)
    {
        await using var busy = await Busy.StartAsync(_ => FakeReceiver.Answer(200, body));
        var waiting = busy.SendMany(3);
        await busy.LetGoAsync();
        var outcomes = await Task.WhenAll(waiting);
        Assert.All(outcomes.Take(readable), outcome => Assert.Equal("one", Assert.IsType<SendOutcome.Accepted>(outcome).ProviderMessageId));
        Assert.All(outcomes.Skip(readable), outcome => Assert.Equal((typeof(SendOutcome.TryLater), Outcome.ProtocolError, true), (outcome.GetType(), outcome.Outcome, outcome.MaybeSent)));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{", Outcome.ProtocolError, true), InlineData("HTTP/1.1 2", Outcome.ConnectionError, true), InlineData("", Outcome.ConnectionError, true)]
    [InlineData("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", Outcome.AuthFailed, false), InlineData("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", Outcome.HttpError, false)]
    [InlineData("HTTP/1.1 504 No\r\nContent-Length: 0\r\n\r\n", Outcome.HttpError, true), InlineData("HTTP/1.1 429 No\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n", Outcome.RateLimited, false)]
    public async Task What_befalls_the_call_befalls_all_of_its_mails(string answer, Outcome expected, bool maybeSent)
    {
        await using var busy = await Busy.StartAsync(_ => answer, closes: true);
        var waiting = busy.SendMany(3);
        await busy.LetGoAsync();
        Assert.All(await Task.WhenAll(waiting), outcome => Assert.Equal((typeof(SendOutcome.TryLater), expected, maybeSent), (outcome.GetType(), outcome.Outcome, outcome.MaybeSent)));
        Assert.Single(busy.After);
    }

    [Fact]
    public async Task A_batch_that_is_refused_as_a_whole_is_halved_until_the_culprit_stands_alone()
    {
        await using var busy = await Busy.StartAsync(request => MailsOf(request).Exists(mail => ToOf(mail) == "user5@example.com")
            ? FakeReceiver.Answer(422, Result(402, "Invalid JSON.")) : AllTaken(request));
        var waiting = busy.SendMany(20);
        await busy.LetGoAsync();
        var outcomes = await Task.WhenAll(waiting);
        Assert.Equal([5], Enumerable.Range(0, 20).Where(i => outcomes[i] is SendOutcome.Refused { Outcome: Outcome.ProviderRejected }));
        Assert.Equal(19, outcomes.Count(outcome => outcome is SendOutcome.Accepted));
        var taken = busy.After.Select(MailsOf).Where(mails => !mails.Exists(mail => ToOf(mail) == "user5@example.com")).SelectMany(mails => mails.Select(ToOf)).ToList();
        Assert.Equal(19, taken.Count); // each once
        Assert.Equal(19, taken.Distinct().Count());
    }

    [Fact]
    public async Task No_call_has_more_than_five_hundred_mails_and_all_their_results_are_read()
    {
        await using var busy = await Busy.StartAsync(AllTaken);
        var waiting = busy.SendMany(1200);
        await busy.LetGoAsync();
        var outcomes = await Task.WhenAll(waiting);
        Assert.Equal(Enumerable.Range(0, 1200).Select(i => IdOf($"user{i}@example.com")), outcomes.Select(outcome => ((SendOutcome.Accepted)outcome).ProviderMessageId));
        Assert.All(busy.After, request => Assert.InRange(MailsOf(request).Count, 1, 500));
        Assert.Contains(busy.After, request => MailsOf(request).Count == 500);
    }

    [Fact]
    public async Task Large_mails_do_not_pile_up_in_one_call()
    {
        await using var busy = await Busy.StartAsync(AllTaken);
        var large = Enumerable.Range(0, 4).Select(i => busy.Send(MailTo(i) with { Attachments = [new("a.bin", "application/octet-stream", new byte[5 * 1024 * 1024])] })).ToList();
        await busy.LetGoAsync();
        Assert.All(await Task.WhenAll(large), outcome => Assert.IsType<SendOutcome.Accepted>(outcome));
        Assert.All(busy.After, request => Assert.InRange(request.Body.Length, 1, 17 * 1024 * 1024));
    }

    [Fact]
    public async Task Accounts_and_tenants_never_share_a_call()
    {
        await using var busy = await Busy.StartAsync(AllTaken);
        var mine = busy.SendMany(2);
        var request = MailGiven.To(Account(busy.Api.Url), MailGiven.Plain with { To = new("other@example.com") });
        // Another tenant with, of all things, the same token; another token; another way out: none of them waits for this account's calls.
        await busy.Sender.SendAsync(request with { Tenant = new(Guid.NewGuid()) }, Ct);
        await busy.Sender.SendAsync(request with { Account = Account(busy.Api.Url, "token-two") }, Ct);
        await busy.Sender.SendAsync(request with { Allow = new OutboundAllow([AllowRule.Parse("127.0.0.0/8", null)]) }, Ct);
        Assert.Equal(3, busy.After.Count(r => !IsBatch(r)));
        await busy.LetGoAsync();
        await Task.WhenAll(mine);
        Assert.Equal(["user0@example.com", "user1@example.com"], MailsOf(Assert.Single(busy.After, IsBatch)).Select(ToOf));
    }

    [Fact]
    public async Task A_send_that_was_given_up_while_it_waited_is_not_sent()
    {
        await using var busy = await Busy.StartAsync(AllTaken);
        using var leaving = new CancellationTokenSource();
        var left = busy.Send(MailTo(7), leaving.Token);
        var waiting = busy.SendMany(2);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await busy.LetGoAsync();
        await Task.WhenAll(waiting);
        Assert.DoesNotContain(busy.After.SelectMany(MailsOf), mail => ToOf(mail) == "user7@example.com");
    }

    [Fact]
    public void Of_a_long_answer_to_the_whole_call_an_attempt_keeps_the_beginning()
    {
        var reply = new OutboundReply { Status = 500, Body = new byte[200_000] };
        Assert.All(PostmarkBatch.OutcomesOf(reply, ["a@example.com", "b@example.com"], Noon), outcome => Assert.Equal((16 * 1024, true), (outcome.Reply!.Body.Length, outcome.Reply.Truncated)));
    }

    [Fact]
    public async Task A_fault_in_a_call_reaches_everybody_who_waits_for_it_and_the_line_goes_on()
    {
        var calls = 0;
        var lines = new PostmarkLines(async mails =>
        {
            await Task.Yield();
            return Interlocked.Increment(ref calls) == 1 ? throw new InvalidOperationException("a bug") : [.. mails.Select(_ => new SendOutcome.Accepted())];
        });
        var send = MailGiven.To(Account(new("https://api.example/")));
        await Assert.ThrowsAsync<InvalidOperationException>(() => lines.SendAsync(send, Ct));
        Assert.IsType<SendOutcome.Accepted>(await lines.SendAsync(send, Ct));
    }
}
