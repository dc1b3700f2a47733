using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.Chaos.Rooms;

/// <summary>What a device was told of a message that it sent.</summary>
internal readonly record struct Acknowledged(string Room, string Cid, Guid Id, long Seq)
{
    public string Line => $"{Room} {Cid} {Id:n} {Seq}";

    public static Acknowledged Read(string line)
    {
        var parts = line.Split(' ');
        return new(parts[0], parts[1], Guid.ParseExact(parts[2], "n"), long.Parse(parts[3]));
    }
}

/// <summary>
/// A user's device in one room that says something again and again and never gives up: it comes back with its position, to whatever node it is sent, and a message
/// that was not acknowledged is sent again under its cid.
/// </summary>
/// <param name="life">before its cids: no run uses those of another</param>
internal sealed class RoomDevice(Func<Uri> relay, string user, string token, string room, string life)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<string> unanswered = [];
    private volatile SocketClient? open;
    private string? epoch;
    private long at;
    private long pulled; // over this connection: what it pulls while it follows is pushed to it too

    public string Room => room;

    /// <summary>Up to here it has all of its room.</summary>
    public long At => Volatile.Read(ref at);

    /// <summary>Every number that came, in order.</summary>
    public List<(long Seq, Guid Id)> Came { get; } = [];

    /// <summary>Told as soon as it is acknowledged.</summary>
    public Action<Acknowledged>? Acknowledges { get; init; }

    /// <summary>Told of each message that comes, with when it was said first.</summary>
    public Action<long>? Hears { get; init; }

    /// <summary>How many were acknowledged.</summary>
    public int Said { get; private set; }

    /// <summary>Cids that were kept although their answer was lost, and that were then told to be repeats.</summary>
    public int Repeats { get; private set; }

    /// <summary>It has been told to say no more, and has nothing under way.</summary>
    public bool Silent { get; private set; }

    /// <summary>What broke the promise, if anything did.</summary>
    public string? Broken { get; private set; }

    /// <summary>Its network forgets the connection.</summary>
    public void Reset() => open?.Reset();

    /// <summary>Speaks while told to, then only reads until it stands at the number that it is given.</summary>
    public async Task RunAsync(TimeSpan every, Func<bool> speaks, Func<long?> until)
    {
        var (n, saidFirst, next) = (0, 0L, Stopwatch.GetTimestamp());
        while (Broken is null && !(until() is { } end && at >= end))
        {
            try
            {
                var resume = epoch is null ? null : new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = at } } } };
                await using var socket = open = await SocketClient.HelloAsync(relay(), token, resume);
                pulled = 0;
                var standing = socket.Welcome.GetProperty("rooms").GetProperty(room);
                if (epoch is null) (epoch, at) = (standing.GetProperty("e").GetString(), 0);
                else if (standing.GetProperty("state").GetString() is "reset" or "denied") Broken = $"{user}: {standing}";
                if (standing.GetProperty("state").GetString() == "gap" || (at == 0 && standing.GetProperty("head").GetInt64() > 0)) await PullAsync(socket);
                while (Broken is null && !(until() is { } last && at >= last))
                {
                    Silent = !speaks() && unanswered.Count == 0;
                    if (unanswered.Count > 0 || (speaks() && Stopwatch.GetElapsedTime(next) > every))
                    {
                        next = Stopwatch.GetTimestamp();
                        if (unanswered.Count == 0) saidFirst = next;
                        await SayAsync(socket, $"{user}-{life}-{n}", saidFirst);
                        n++;
                    }
                    if (await TakeAsync(socket, every)) await PullAsync(socket);
                }
            }
            catch (TestKit.Document.UndocumentedAnswerException e)
            {
                Broken = $"{user}: {e.Message}";
            }
            catch (Exception e) when (e is IOException or WebSocketException or HttpRequestException or InvalidOperationException or TimeoutException or OperationCanceledException
                or ObjectDisposedException or System.Net.Sockets.SocketException or System.Threading.Channels.ChannelClosedException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System); // it is away: again
            }
        }
    }

    private async Task SayAsync(SocketClient socket, string cid, long saidFirst)
    {
        var kept = unanswered.Contains(cid) && await StandsAsync(socket, cid);
        unanswered.Add(cid);
        var answer = await socket.AskAsync("send", new { r = room, cid, body = new { text = cid, at = saidFirst } });
        if (!answer.TryGetProperty("ok", out var ok)) throw new InvalidOperationException($"{answer}"); // said again after coming back
        unanswered.Remove(cid);
        if (kept && !ok.GetProperty("dup").GetBoolean()) Broken ??= $"{user} sent {cid} again, which stood in the log, and was told that it is new";
        if (kept) Repeats++;
        Said++;
        Acknowledges?.Invoke(new(room, cid, IdOf(ok), ok.GetProperty("s").GetInt64()));
    }

    /// <summary>Whether a message is in the log before it is said again: what is committed after this look may be told as either.</summary>
    private async Task<bool> StandsAsync(SocketClient socket, string cid)
    {
        var page = await socket.DoAsync("history", new { r = room, before = long.MaxValue, limit = 100 });
        return page.GetProperty("messages").EnumerateArray().Any(m => m.TryGetProperty("cid", out var its) && its.GetString() == cid && m.GetProperty("from").GetProperty("user").GetString() == user);
    }

    private async Task<bool> TakeAsync(SocketClient socket, TimeSpan every)
    {
        await socket.PushedAsync(every < Look ? every : Look);
        var behind = false;
        foreach (var frame in socket.TakePushed())
        {
            switch (frame.GetProperty("ev").GetString())
            {
                case "msg":
                    Move(frame, mayRepeat: behind);
                    break;
                case "head":
                    behind |= frame.GetProperty("s").GetInt64() > at;
                    break;
                case "bye":
                    throw new IOException("sent away");
            }
        }
        return socket.Ended ? throw new IOException("cut") : behind;
    }

    private async Task PullAsync(SocketClient socket)
    {
        for (var more = true; more;)
        {
            var page = await socket.DoAsync("sync", new { r = room, e = epoch, after = at });
            foreach (var frame in page.GetProperty("messages").EnumerateArray()) Move(frame, mayRepeat: true);
            more = page.GetProperty("more").GetBoolean();
        }
        pulled = at;
    }

    private void Move(JsonElement frame, bool mayRepeat)
    {
        var seq = frame.GetProperty("s").GetInt64();
        if (seq <= at && (mayRepeat || seq <= pulled)) return;
        if (seq != at + 1) Broken ??= $"{user} stands at {at} and was given {seq}";
        Came.Add((seq, IdOf(frame)));
        Volatile.Write(ref at, seq);
        if (Hears is not null && frame.TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.Object && body.TryGetProperty("at", out var said)) Hears(said.GetInt64());
    }

    private static Guid IdOf(JsonElement said) => RelayId.TryParse<MessageId>(said.GetProperty("id").GetString()!, out var id) ? id.Value : throw new InvalidOperationException($"{said}");
}
