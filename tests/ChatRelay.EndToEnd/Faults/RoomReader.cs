using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>A user's device in one room that says something again and again and never gives up: it comes back with its position, to whatever node it is sent, and a message that was not acknowledged is sent again under its cid.</summary>
internal sealed class RoomReader(Func<Uri> relay, string user, string token, string room)
{
    private readonly HashSet<string> unanswered = [];
    private string? epoch;
    private long at;
    private long pulled; // over this connection: what it pulls while it follows is pushed to it too

    public string Room => room;

    /// <summary>Up to here it has all of its room.</summary>
    public long At => Volatile.Read(ref at);

    /// <summary>Every number that came, in order.</summary>
    public List<(long Seq, string Id)> Came { get; } = [];

    /// <summary>What was acknowledged: id and number by cid.</summary>
    public ConcurrentDictionary<string, (string Id, long Seq)> Acknowledged { get; } = new();

    /// <summary>Cids that were kept although their answer was lost, and that were then told to be repeats.</summary>
    public HashSet<string> Repeats { get; } = [];

    /// <summary>It has been told to say no more, and has nothing under way.</summary>
    public bool Silent { get; private set; }

    /// <summary>What broke the promise, if anything did.</summary>
    public string? Broken { get; private set; }

    /// <summary>Speaks while told to, then only reads until it stands at the number that it is given.</summary>
    public async Task RunAsync(TimeSpan every, Func<bool> speaks, Func<long?> until)
    {
        for (var n = 0; Broken is null && !(until() is { } end && at >= end);)
        {
            try
            {
                var resume = epoch is null ? null : new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = at } } } };
                await using var socket = await SocketClient.HelloAsync(relay(), token, resume);
                pulled = 0;
                var standing = socket.Welcome.GetProperty("rooms").GetProperty(room);
                if (epoch is null) (epoch, at) = (standing.GetProperty("e").GetString(), 0);
                else if (standing.GetProperty("state").GetString() is "reset" or "denied") Broken = $"{user}: {standing}";
                if (standing.GetProperty("state").GetString() == "gap" || (at == 0 && standing.GetProperty("head").GetInt64() > 0)) await PullAsync(socket);
                var next = TimeProvider.System.GetTimestamp();
                while (Broken is null && !(until() is { } last && at >= last))
                {
                    Silent = !speaks();
                    if (!Silent && TimeProvider.System.GetElapsedTime(next) > every)
                    {
                        next = TimeProvider.System.GetTimestamp();
                        await SayAsync(socket, $"{user}-{n}");
                        n++;
                    }
                    if (await TakeAsync(socket)) await PullAsync(socket);
                }
            }
            catch (Exception e) when (e is IOException or WebSocketException or HttpRequestException or InvalidOperationException or TimeoutException or OperationCanceledException or System.Threading.Channels.ChannelClosedException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System); // it is away: again
            }
        }
    }

    private async Task SayAsync(SocketClient socket, string cid)
    {
        var kept = unanswered.Contains(cid) && await StandsAsync(socket, cid);
        unanswered.Add(cid);
        var answer = await socket.AskAsync("send", new { r = room, cid, body = new { text = cid } });
        if (!answer.TryGetProperty("ok", out var ok)) throw new InvalidOperationException($"{answer}"); // said again after coming back
        unanswered.Remove(cid);
        if (kept && !ok.GetProperty("dup").GetBoolean()) Broken ??= $"{user} sent {cid} again, which stood in the log, and was told that it is new";
        if (kept) Repeats.Add(cid);
        Acknowledged[cid] = (ok.GetProperty("id").GetString()!, ok.GetProperty("s").GetInt64());
    }

    /// <summary>Whether a message is in the log before it is said again: what is committed after this look may be told as either.</summary>
    private async Task<bool> StandsAsync(SocketClient socket, string cid)
    {
        var page = await socket.DoAsync("history", new { r = room, before = long.MaxValue, limit = 100 });
        return page.GetProperty("messages").EnumerateArray().Any(m => m.TryGetProperty("cid", out var its) && its.GetString() == cid && m.GetProperty("from").GetProperty("user").GetString() == user);
    }

    private async Task<bool> TakeAsync(SocketClient socket)
    {
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
        if (socket.Ended) throw new IOException("cut");
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        return behind;
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
        Came.Add((seq, frame.GetProperty("id").GetString()!));
        Volatile.Write(ref at, seq);
    }
}
