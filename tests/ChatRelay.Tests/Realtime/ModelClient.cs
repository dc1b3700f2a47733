using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Realtime;

/// <summary>What a client remembers of a number: the frame, or that it was skipped.</summary>
internal sealed record Remembered(long Seq, JsonElement? Frame);

/// <summary>
/// A client as socket.md wants it: one position in one room. Only `msg`, `skip` and answers with `messages` move it; a number that is not the next is a
/// fault of the relay, one that it has is passed over only where an answer may repeat it.
/// </summary>
internal sealed class ModelClient(Func<Uri> relay, string user, string room, Func<Task<string>> token) : IAsyncDisposable
{
    private SocketClient? socket;
    private string? epoch;
    private long at, from;
    private bool behind;

    public string User => user;
    public List<Remembered> Log { get; } = [];

    /// <summary>It was told that the room is not, or no longer, for it.</summary>
    public bool Out { get; private set; }
    public bool Open => socket is not null;

    /// <summary>It reads nothing just now, and so asks nothing.</summary>
    public bool Paused { get; private set; }
    public long From => from;
    public long At => at;

    /// <summary>Opens, goes on from its position, and takes what is replayed or pages for it.</summary>
    public async Task ConnectAsync()
    {
        var resume = epoch is null ? null : new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = at } } } };
        behind = false;
        socket = await SocketClient.HelloAsync(relay(), await token(), resume);
        var rooms = socket.Welcome.GetProperty("rooms");
        if (!rooms.TryGetProperty(room, out var standing) || standing.GetProperty("state").GetString() == "denied")
        {
            Out = true;
            return;
        }
        Out = false;
        switch (standing.GetProperty("state").GetString())
        {
            case "reset":
                Begin(standing);
                break;
            case "current" when epoch is null:
                Begin(standing);
                break;
            case "current":
                Assert.Equal((at, epoch), (standing.GetProperty("head").GetInt64(), standing.GetProperty("e").GetString()));
                break;
            case "gap":
                await PullAsync();
                break;
        }
    }

    public async Task DropAsync()
    {
        if (socket is null) return;
        Resume();
        Take(socket.TakePushed()); // what had come before the cut was there
        await socket.DisposeAsync();
        socket = null;
    }

    /// <summary>A write; its refusal is no fault of the model.</summary>
    public async Task<JsonElement?> TryAsync(string op, object input)
    {
        if (socket is null || Paused) return null;
        var answer = await AskAsync(op, input);
        return answer.TryGetProperty("ok", out var ok) ? ok : null;
    }

    /// <summary>Takes what has come; pulls when told to.</summary>
    public async Task CatchUpAsync()
    {
        if (socket is null || Paused) return;
        behind |= Take(socket.TakePushed());
        if (behind) await PullAsync();
    }

    /// <summary>Until it stands at this number of this epoch.</summary>
    public async Task ReachAsync(string wanted, long head)
    {
        while (socket is not null && !Out && (epoch != wanted || at < head))
        {
            if (!behind) behind = Take([await socket.NextAsync()]);
            if (behind) await PullAsync();
        }
    }

    public async Task JoinAsync()
    {
        if (socket is null || Paused) return;
        var since = epoch is null ? null : new { e = epoch, s = at };
        var answer = await AskAsync("join", since is null ? new { r = room } : new { r = room, since });
        if (!answer.TryGetProperty("ok", out var ok)) return;
        Out = behind = false;
        if (epoch is null || ok.GetProperty("state").GetString() == "reset") Begin(ok);
        foreach (var frame in ok.GetProperty("messages").EnumerateArray()) Take(frame, mayRepeat: true);
        if (ok.GetProperty("more").GetBoolean()) await PullAsync();
    }

    public async Task PauseAsync()
    {
        if (socket is null || Paused) return;
        await socket.PauseAsync();
        Paused = true;
    }

    public void Resume()
    {
        if (!Paused) return;
        Paused = false;
        socket!.Resume();
    }

    public ValueTask DisposeAsync() => socket?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>In the order of the wire: what came before an answer is taken before it.</summary>
    private async Task<JsonElement> AskAsync(string op, object input)
    {
        var (answer, before) = await socket!.AskInOrderAsync(op, input);
        behind |= Take(before);
        return answer;
    }

    private void Begin(JsonElement standing)
    {
        (epoch, at) = (standing.GetProperty("e").GetString(), standing.GetProperty("head").GetInt64());
        from = at;
        Log.Clear();
    }

    private async Task PullAsync()
    {
        for (var more = true; more && !Out;)
        {
            behind = false;
            var answer = await AskAsync("sync", new { r = room, e = epoch, after = at });
            if (answer.TryGetProperty("error", out var error))
            {
                switch (error.GetProperty("code").GetString())
                {
                    case "epoch_changed":
                        epoch = null;
                        await JoinAsync();
                        return;
                    case "not_found":
                        Out = true;
                        return;
                    case "rate_limited":
                        await Task.Delay(TimeSpan.FromMilliseconds(error.GetProperty("retry_ms").GetInt32()), TimeProvider.System);
                        continue;
                    default:
                        throw new InvalidOperationException($"sync: {error}");
                }
            }
            var ok = answer.GetProperty("ok");
            foreach (var frame in ok.GetProperty("messages").EnumerateArray()) Take(frame, mayRepeat: true);
            more = ok.GetProperty("more").GetBoolean();
        }
    }

    /// <summary>True: it is behind, and is to pull.</summary>
    private bool Take(IReadOnlyList<JsonElement> frames)
    {
        var pull = false;
        foreach (var frame in frames) pull |= Take(frame, mayRepeat: pull || behind);
        return pull;
    }

    private bool Take(JsonElement frame, bool mayRepeat)
    {
        if (frame.TryGetProperty("r", out var of) && of.GetString() != room) return false;
        switch (frame.GetProperty("ev").GetString())
        {
            case "msg" when frame.TryGetProperty("s", out var numbered):
                if (frame.GetProperty("e").GetString() == epoch) Move(numbered.GetInt64(), numbered.GetInt64(), frame, mayRepeat);
                return false;
            case "skip":
                if (frame.GetProperty("e").GetString() == epoch) Move(frame.GetProperty("from").GetInt64(), frame.GetProperty("to").GetInt64(), null, mayRepeat);
                return false;
            case "head":
                return true; // even when it has that number: what it may see can have changed, and nothing comes until it has asked
            case "room":
                Out |= frame.GetProperty("state").GetString() != "joined"; // whoever is in again joins
                return false;
            default:
                return false;
        }
    }

    private void Move(long first, long last, JsonElement? frame, bool mayRepeat)
    {
        if (last <= at && mayRepeat) return;
        Assert.True(first == at + 1 || (mayRepeat && first <= at), $"{user} stands at {at} and was given {first} to {last}");
        for (var seq = at + 1; seq <= last; seq++) Log.Add(new(seq, frame?.Clone()));
        at = last;
    }
}
