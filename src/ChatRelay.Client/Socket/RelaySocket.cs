using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatRelay.Protocol;

namespace ChatRelay.Client;

/// <summary>
/// One conversation with the relay over as many connections as it takes. (1) it connects to the next address, with a token; (2) says hello with a position for each
/// room, so that nothing is missed and nothing comes twice; (3) sends what waits, the oldest first, under the same client id until it is acknowledged; (4) pages what
/// it is behind with, when the application has room for it; (5) renews the token in time; (6) after a cut waits a random time, and begins again.
/// </summary>
public sealed class RelaySocket : IAsyncDisposable
{
    private const int OnePage = 200, LongestMessage = 128 * 1024;
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(4), Goodbye = TimeSpan.FromSeconds(2), RefreshAgain = TimeSpan.FromSeconds(30);

    private readonly RelaySocketOptions options;
    private readonly EventQueue events;
    private readonly Following following;
    private readonly Outbox outbox;
    private readonly CancellationTokenSource stopping = new();
    private readonly Signal toSend = new(), toPage = new();
    private readonly Task life;
    private volatile SocketLine? open;
    private string? refusedToken;

    /// <summary>Begins at once.</summary>
    public RelaySocket(RelaySocketOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Urls.Count == 0) throw new ArgumentException("At least one address is needed.", nameof(options));
        this.options = options;
        events = new(options.EventLimit, toPage.Set);
        following = new(options, events);
        outbox = new(options.OutboxLimit);
        life = Task.Run(LiveAsync);
    }

    /// <summary>The last number that was queued for the application, by room. What it has taken is in the events themselves.</summary>
    public IReadOnlyDictionary<string, RelayPosition> Positions => following.Positions;

    public bool IsOpen => open is not null;

    /// <summary>Client ids of what is not acknowledged yet, the oldest first.</summary>
    public IReadOnlyList<string> Unacknowledged => outbox.Waiting;

    /// <summary>Everything that comes, in order, until the socket is closed. For one reader.</summary>
    public IAsyncEnumerable<SocketEvent> ReadAllAsync(CancellationToken ct = default) => events.ReadAllAsync(ct);

    /// <summary>Follows a room from now on, over all cuts: after this position, or from its head. The relay joins the user's liveliest rooms by itself.</summary>
    public void Follow(string room, RelayPosition? after = null)
    {
        following.Add(room, after);
        if (open is { } line) _ = JoinAsync(line, room);
    }

    public async Task LeaveAsync(string room, CancellationToken ct = default)
    {
        following.Forget(room);
        await AskAsync("leave", new() { ["r"] = room }, ct);
    }

    /// <summary>A message into a room. It waits for a connection and for its acknowledgement, over any number of cuts; the relay knows it by its client id, so it is there once.</summary>
    public Task<RelayResult<MessageSent>> SendAsync(string room, JsonNode body, string? clientId = null, CancellationToken ct = default) =>
        SendAsync(room, new JsonObject { ["body"] = body?.DeepClone() }, clientId, ct);

    /// <summary>The same with a text as its body.</summary>
    public Task<RelayResult<MessageSent>> SendAsync(string room, string text, string? clientId = null, CancellationToken ct = default) =>
        SendAsync(room, new JsonObject { ["body"] = new JsonObject { ["text"] = text } }, clientId, ct);

    /// <summary>The same with the members of the op `send`: `type`, `body` or `encrypted`, `reply_to`, `mentions`, `metadata`, `expires_in_s`, `expect_s`.</summary>
    public async Task<RelayResult<MessageSent>> SendAsync(string room, JsonObject members, string? clientId = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(members);
        var cid = clientId ?? Defaults.NewName();
        var frame = members.DeepClone().AsObject();
        (frame["r"], frame["cid"]) = (room, cid);
        // The relay would close the socket, and it would go out again for ever.
        if (frame.ToJsonString().Length > LongestMessage) return new(new RelayFailure.Refused(0, new() { Code = ProblemCode.PayloadTooLarge.Code, Detail = "A message is at most 128 KB." }, null));
        var entry = new Outbox.Entry(cid, frame);
        if (outbox.Add(entry) is { } full) return new(full);
        toSend.Set();
        return await entry.Told.WaitAsync(ct);
    }

    /// <summary>Any op that may be asked again, such as `history`, `read`, `signal`, `presence`, `inbox.list`, `ack`. It fails if there is no connection, or if it is cut before the answer.</summary>
    public async Task<RelayResult<JsonElement>> AskAsync(string op, JsonObject? members = null, CancellationToken ct = default) => open is { } line
        ? await line.AskAsync(op, json => Write(json, members ?? []), null, ct)
        : new(new RelayFailure.NoAnswer("There is no connection."));

    /// <summary>A new token, now: it is asked for and put in the place of the old one.</summary>
    public async Task<RelayResult<Done>> RefreshAsync(CancellationToken ct = default)
    {
        if (open is not { } line) return new(new RelayFailure.NoAnswer("There is no connection: the next one asks for a token."));
        return (await RefreshAsync(line, ct)).Failure is { } failure ? new(failure) : new(new Done());
    }

    /// <summary>Closes for good. What is not acknowledged by then may or may not have arrived.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!stopping.IsCancellationRequested) await stopping.CancelAsync();
        await life;
    }

    private async Task LiveAsync()
    {
        var (attempt, address) = (0, 0);
        int? code = null;
        try
        {
            while (true)
            {
                // (1) to (5)
                var lived = await ConnectAsync(options.Urls[address++ % options.Urls.Count], stopping.Token);
                if (lived.WasOpen) attempt = 0;
                code = lived.Code;
                if (!ReconnectPolicy.ComesBack(code) || (code == CloseCode.BadToken.Code && lived.SameToken)) break;

                // (6)
                events.Add(new SocketEvent.State(SocketState.Waiting, code));
                var pause = ReconnectPolicy.PauseBefore(attempt++, lived.Hint, options, options.Chance());
                await Task.Delay(pause > lived.RetryAfter || lived.RetryAfter is null ? pause : lived.RetryAfter.Value + pause, options.Clock, stopping.Token);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            code = null; // the application's own end
        }
        finally
        {
            outbox.Close();
            events.Add(new SocketEvent.State(SocketState.Closed, code));
            events.Complete();
        }
    }

    private readonly record struct Lived(bool WasOpen, int? Code = null, (double, double)? Hint = null, TimeSpan? RetryAfter = null, bool SameToken = false);

    private async Task<Lived> ConnectAsync(Uri address, CancellationToken ct)
    {
        // (1)
        if (await TokenAsync(ct) is not { } token) return new(false);
        var (line, after) = await SocketLine.OpenAsync(address, options, ct);
        if (line is null) return new(false, RetryAfter: after);
        await using (line)
        {
            using var ending = ct.Register(() => _ = GoodbyeAsync(line));
            using var either = CancellationTokenSource.CreateLinkedTokenSource(line.Ended, ct);
            var reading = line.ReadAsync((ev, frame) => Take(line, ev, frame), CancellationToken.None);
            var wasOpen = await TalkAsync(line, token, either.Token);
            if (!wasOpen) line.Abort();
            await reading;
            open = null;
            ct.ThrowIfCancellationRequested();
            var same = line.Code == CloseCode.BadToken.Code && token == refusedToken;
            refusedToken = line.Code == CloseCode.BadToken.Code ? token : null;
            return new(wasOpen, line.Code, line.Hint, SameToken: same);
        }
    }

    private async Task<bool> TalkAsync(SocketLine line, string token, CancellationToken ct)
    {
        try
        {
            // (2)
            IReadOnlyList<string> left = [];
            var hello = await line.AskAsync("hello", json => WriteHello(json, token), ok =>
            {
                following.TakeWelcome(ok);
                left = following.NotIn(ok);
                open = line;
                events.Add(new SocketEvent.State(SocketState.Open));
            }, ct);
            if (!hello.TryGet(out var ok, out _)) return await EndedAsync(line, ct);
            line.Expect(TimeSpan.FromMilliseconds(ok.GetProperty("ping_ms").GetDouble() + ok.GetProperty("pong_ms").GetDouble()) + Slack);

            await Task.WhenAll(JoinAllAsync(line, left, ct), SendWaitingAsync(line, ct), PageAsync(line, ct), RefreshInTimeAsync(line, ok, ct));
        }
        catch (OperationCanceledException)
        {
            // The line has ended, or the application has.
        }
        return IsOpen;
    }

    // A refused hello is followed by the relay's close, which says more.
    private async Task<bool> EndedAsync(SocketLine line, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(Goodbye, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct, line.Ended);
        await Task.Delay(Timeout.InfiniteTimeSpan, options.Clock, either.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        return false;
    }

    private void Take(SocketLine line, string ev, JsonElement frame)
    {
        following.Take(ev, frame);
        toPage.Set();
        if (ev == "room" && frame.GetProperty("state").ValueEquals("joined")) Follow(frame.GetProperty("r").GetString()!);
        if (ev == "inbox.gone") line.Abort(); // hello again
    }

    private async Task JoinAllAsync(SocketLine line, IReadOnlyList<string> rooms, CancellationToken ct)
    {
        foreach (var room in rooms)
        {
            await JoinAsync(line, room);
            ct.ThrowIfCancellationRequested();
        }
    }

    private async Task JoinAsync(SocketLine line, string room)
    {
        while (true)
        {
            var joined = await line.AskAsync("join", json => WriteJoin(json, room), ok => following.TakeJoined(room, ok), CancellationToken.None);
            toPage.Set();
            if (joined.IsOk || joined.Failure is RelayFailure.NoAnswer) return;
            if (joined.Failure is not RelayFailure.Refused { Problem.Retryable: true } refused)
            {
                following.TakeDenied(room);
                return;
            }
            await RestAsync(line, refused);
        }
    }

    // (3) One after the other: what was written first has the lower number.
    private async Task SendWaitingAsync(SocketLine line, CancellationToken ct)
    {
        for (; ; await toSend.WaitAsync(ct))
        {
            while (outbox.First is { } entry)
            {
                var said = await line.AskAsync("send", json => Write(json, entry.Members), null, ct);
                if (said.Failure is RelayFailure.NoAnswer) return; // perhaps it was done, perhaps not: it goes out again, and the relay knows it by its client id
                if (said.Failure is RelayFailure.Refused { Problem.Retryable: true } refused)
                {
                    await RestAsync(line, refused);
                    ct.ThrowIfCancellationRequested();
                    continue;
                }
                outbox.Remove(entry);
                entry.Tell(said.TryGet(out var ok, out var failure) ? new(SentOf(ok)) : new(failure));
            }
        }
    }

    private static MessageSent SentOf(JsonElement ok) =>
        new(new(ok.GetProperty("e").GetString()!, ok.GetProperty("s").GetInt64()), ok.GetProperty("id").GetString()!, ok.GetProperty("dup").GetBoolean());

    // (4)
    private async Task PageAsync(SocketLine line, CancellationToken ct)
    {
        while (true)
        {
            while (events.HasRoomFor(OnePage) && following.NextBehind() is { } feed)
            {
                var page = await line.AskAsync(feed.Room is null ? "inbox.sync" : "sync", json => WriteSync(json, feed), ok => following.TakePage(feed.Room, ok), ct);
                if (page.IsOk) continue;
                if (page.Failure is not RelayFailure.Refused refused) return;
                if (refused.Problem.Retryable) await RestAsync(line, refused);
                else if (feed.Room is { } room) await JoinAsync(line, room); // other numbers, or no such room any more: its answer says which
                else line.Abort(); // hello again says how the inbox stands
                ct.ThrowIfCancellationRequested();
            }
            await toPage.WaitAsync(ct);
        }
    }

    // (5)
    private async Task RefreshInTimeAsync(SocketLine line, JsonElement ok, CancellationToken ct)
    {
        var wait = 0.8 * (ok.GetProperty("exp").GetDateTimeOffset() - ok.GetProperty("time").GetDateTimeOffset());
        while (true)
        {
            await Task.Delay(wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1), options.Clock, ct);
            var refreshed = await RefreshAsync(line, ct);
            wait = refreshed.TryGet(out var said, out _) ? 0.8 * (said.GetProperty("exp").GetDateTimeOffset() - options.Clock.GetUtcNow()) : RefreshAgain;
        }
    }

    private async Task<RelayResult<JsonElement>> RefreshAsync(SocketLine line, CancellationToken ct) => await TokenAsync(ct) is { } token
        ? await line.AskAsync("refresh", json => json.WriteString("token", token), null, ct)
        : new(new RelayFailure.NoAnswer("There is no token."));

    /// <summary>Whatever keeps the application from giving one, it is asked again later.</summary>
    private async Task<string?> TokenAsync(CancellationToken ct)
    {
        try
        {
            return await options.Token(ct);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private Task RestAsync(SocketLine line, RelayFailure.Refused refused) =>
        Task.Delay((refused.RetryAfter ?? options.FirstPause) + (options.Chance() * options.FirstPause), options.Clock, line.Ended).ContinueWith(static _ => { }, TaskScheduler.Default);

    private async Task GoodbyeAsync(SocketLine line)
    {
        using var late = new CancellationTokenSource(Goodbye, options.Clock);
        await line.CloseAsync(late.Token);
        await Task.Delay(Goodbye, options.Clock, line.Ended).ContinueWith(static _ => { }, TaskScheduler.Default);
        line.Abort();
    }

    private void WriteHello(Utf8JsonWriter json, string token)
    {
        json.WriteNumber("v", 1);
        json.WriteString("token", token);
        json.WriteString("client", ClientName);
        if (options.Device is { } device) json.WriteString("device", device);
        if (options.Presence is { } presence) json.WriteString("presence", presence);
        following.WriteResume(json);
    }

    private void WriteJoin(Utf8JsonWriter json, string room)
    {
        json.WriteString("r", room);
        if (options.Presence is { } presence) json.WriteString("presence", presence);
        if (following.Of(room) is not { } at) return;
        json.WriteStartObject("since");
        json.WriteString("e", at.Epoch);
        json.WriteNumber("s", at.Seq);
        json.WriteEndObject();
    }

    private static void WriteSync(Utf8JsonWriter json, ToPage feed)
    {
        if (feed.Room is { } room) json.WriteString("r", room);
        json.WriteString("e", feed.At.Epoch);
        json.WriteNumber("after", feed.At.Seq);
        json.WriteNumber("limit", OnePage);
    }

    private static void Write(Utf8JsonWriter json, JsonObject members)
    {
        foreach (var (name, value) in members)
        {
            json.WritePropertyName(name);
            if (value is null) json.WriteNullValue();
            else value.WriteTo(json);
        }
    }

    private static string ClientName { get; } = string.Create(CultureInfo.InvariantCulture, $"chatrelay-dotnet/{typeof(RelaySocket).Assembly.GetName().Version?.ToString(3)}");
}

/// <summary>Something has changed: whoever waits looks again. Set many times is set once.</summary>
internal sealed class Signal
{
    private readonly System.Threading.Channels.Channel<bool> set = System.Threading.Channels.Channel.CreateBounded<bool>(new System.Threading.Channels.BoundedChannelOptions(1) { FullMode = System.Threading.Channels.BoundedChannelFullMode.DropWrite });

    public void Set() => set.Writer.TryWrite(true);

    public async ValueTask WaitAsync(CancellationToken ct) => await set.Reader.ReadAsync(ct);
}
