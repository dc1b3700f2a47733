using System.Text.Json;

namespace ChatRelay.TestKit;

/// <summary>What carries frames to a device.</summary>
internal enum Transport { Socket, Stream, Poll }

/// <summary>
/// A device that remembers one position in one room, and goes on from it over whatever carries frames: the next connection may be of another kind, and to
/// another node. A number that is not its next is a fault.
/// </summary>
internal sealed class RoomFollower(string token, string room, string epoch)
{
    private readonly List<JsonElement> log = [];

    /// <summary>Numbered frames, as they came.</summary>
    public IReadOnlyList<JsonElement> Log => log;
    public long At { get; private set; }

    /// <summary>Who has served it.</summary>
    public HashSet<string> Nodes { get; } = [];

    /// <summary>The last message has said so.</summary>
    public bool AtEnd => log.Count > 0 && log[^1].TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.Object && body.TryGetProperty("text", out var text) && text.GetString() == "end";

    private object Position => new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = At } } };

    /// <summary>Until it has that many numbers more, or the end.</summary>
    public async Task FollowAsync(Uri relay, Transport transport, int more = int.MaxValue)
    {
        var enough = At + (long)more;
        while (!AtEnd && At < enough)
        {
            switch (transport)
            {
                case Transport.Socket:
                    await using (var socket = await SocketClient.HelloAsync(relay, token, new { resume = Position }))
                    {
                        Nodes.Add(socket.Welcome.GetProperty("node").GetString()!);
                        while (!AtEnd && At < enough && Take(await socket.NextAsync())) { }
                    }
                    break;
                case Transport.Stream:
                    await using (var stream = await EventStreamClient.HelloAsync(relay, token, new { resume = Position }))
                    {
                        Nodes.Add(stream.Welcome.GetProperty("node").GetString()!);
                        while (!AtEnd && At < enough && await stream.NextAsync() is { } frame && Take(frame)) { }
                    }
                    break;
                default:
                    foreach (var frame in await PollAsync(relay)) Take(frame);
                    break;
            }
        }
    }

    private async Task<IReadOnlyList<JsonElement>> PollAsync(Uri relay)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { BaseAddress = relay };
        var said = await http.SendAsync("/v1/connect/poll", new { v = 1, token, resume = Position, wait_s = 25 });
        if (said.Status != 200) throw new InvalidOperationException($"{said}");
        Nodes.Add(said["frames.0.ok.node"].GetString()!);
        return [.. said["frames"].EnumerateArray().Skip(1)];
    }

    /// <summary>False: nothing further comes on this connection.</summary>
    private bool Take(JsonElement frame)
    {
        switch (frame.GetProperty("ev").GetString())
        {
            case "msg" when frame.GetProperty("r").GetString() == room && frame.TryGetProperty("s", out var seq):
                Move(seq.GetInt64(), seq.GetInt64(), frame);
                return true;
            case "skip" when frame.GetProperty("r").GetString() == room:
                Move(frame.GetProperty("from").GetInt64(), frame.GetProperty("to").GetInt64(), frame);
                return true;
            case "head" or "bye":
                return false;
            default:
                return true;
        }
    }

    private void Move(long from, long to, JsonElement frame)
    {
        if (from != At + 1 || frame.GetProperty("e").GetString() != epoch) throw new InvalidDataException($"stands at {At} of {epoch} and was given {frame}");
        At = to;
        log.Add(frame.Clone());
    }
}
