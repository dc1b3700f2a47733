using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ChatRelay.Chaos.World;
using ChatRelay.Storage;
using ChatRelay.TestKit;

namespace ChatRelay.Chaos.Rooms;

/// <summary>What happened to the devices of a storm while they came back.</summary>
internal sealed class StormCounts
{
    private int tries, refused, sentAway;

    /// <summary>Connections that were begun.</summary>
    public int Tries => tries;

    /// <summary>Told 503 before the upgrade.</summary>
    public int Refused => refused;

    /// <summary>Let in, and closed before they were greeted.</summary>
    public int SentAway => sentAway;

    public void Try() => Interlocked.Increment(ref tries);
    public void Refuse() => Interlocked.Increment(ref refused);
    public void SendAway() => Interlocked.Increment(ref sentAway);
    public void Clear() => (tries, refused, sentAway) = (0, 0, 0);
}

/// <summary>
/// A device that only listens to one room, on a bare socket, since there are ten thousand of it. Whatever ends its connection, it comes back with its position when it is told
/// that it may, or after a random while.
/// </summary>
internal sealed class StormDevice(Uri relay, string token, string room, StormCounts counts, Chance chance) : IDisposable
{
    private readonly byte[] buffer = new byte[8 * 1024];
    private Socket? socket;
    private string? epoch;
    private int held;
    private long at;

    public string Room => room;

    /// <summary>Up to here it has all of its room.</summary>
    public long At => Volatile.Read(ref at);

    /// <summary>When it was greeted last.</summary>
    public long Greeted { get; private set; }

    /// <summary>When it got its last number.</summary>
    public long Heard { get; private set; }

    public string? Broken { get; private set; }

    /// <summary>Its network forgets the connection.</summary>
    public void Reset()
    {
        if (socket is not { } open) return;
        open.LingerState = new(true, 0);
        open.Close();
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (Broken is null && !stop.IsCancellationRequested)
        {
            var (least, most) = (0.1, 1.0);
            try
            {
                (least, most) = await ConnectAsync(stop) ?? await ListenAsync(stop);
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // It is away: again.
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                Broken = $"{e}"; // it was told what it does not understand
            }
            socket?.Dispose();
            try
            {
                await Task.Delay(chance.Between(least, Math.Max(least + 0.01, most)), stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    public void Dispose() => socket?.Dispose();

    /// <summary>Null when it is upgraded, else when to come again.</summary>
    private async Task<(double, double)?> ConnectAsync(CancellationToken stop)
    {
        counts.Try();
        held = 0;
        socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new(true, 0) };
        await socket.ConnectAsync(relay.Host, relay.Port, stop);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /v1/connect HTTP/1.1\r\nHost: {relay.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chatrelay.v1\r\n\r\n"), stop);
        int end;
        while ((end = buffer.AsSpan(0, held).IndexOf("\r\n\r\n"u8)) < 0) await FillAsync(stop);
        var head = Encoding.ASCII.GetString(buffer, 0, end);
        Drop(end + 4);
        if (head.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
        {
            var resume = epoch is null ? null : new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = at } } };
            await SayAsync(JsonSerializer.Serialize(new { id = 1, op = "hello", v = 1, token, resume }), stop);
            return null;
        }
        if (!head.StartsWith("HTTP/1.1 503", StringComparison.Ordinal)) Broken = head;
        counts.Refuse();
        var after = head.IndexOf("Retry-After: ", StringComparison.OrdinalIgnoreCase);
        var wait = after < 0 ? 1 : double.Parse(head[(after + 13)..].Split('\r')[0]);
        return (wait, wait * 2);
    }

    /// <summary>Until it is sent away: then when to come again.</summary>
    private async Task<(double, double)> ListenAsync(CancellationToken stop)
    {
        var greeted = false;
        while (true)
        {
            var (opcode, frame) = await NextAsync(stop);
            if (opcode == 8)
            {
                if (!greeted) counts.SendAway();
                return (0.1, 1);
            }
            if (opcode != 1) continue;
            using var said = JsonDocument.Parse(frame);
            var root = said.RootElement;
            if (root.TryGetProperty("ok", out var ok)) greeted |= await TakeAnswerAsync(ok, greeted, stop);
            else if (root.TryGetProperty("error", out var error))
            {
                if (!error.GetProperty("retryable").GetBoolean()) Broken = $"{error}";
                throw new IOException("refused");
            }
            else if (root.GetProperty("ev").GetString() is "bye")
            {
                if (!greeted) counts.SendAway();
                if (root.GetProperty("retry_ms") is not { ValueKind: JsonValueKind.Array } range)
                {
                    Broken = $"{root}"; // for good
                    return (0, 0);
                }
                return (range[0].GetDouble() / 1000, range[1].GetDouble() / 1000);
            }
            else await TakeAsync(root, stop);
        }
    }

    private async Task<bool> TakeAnswerAsync(JsonElement ok, bool greeted, CancellationToken stop)
    {
        if (greeted)
        {
            foreach (var entry in ok.GetProperty("messages").EnumerateArray()) await TakeAsync(entry, stop);
            if (ok.GetProperty("more").GetBoolean()) await PullAsync(stop);
            return true;
        }
        Greeted = Stopwatch.GetTimestamp();
        var standing = ok.GetProperty("rooms").GetProperty(room);
        if (epoch is null) (epoch, at) = (standing.GetProperty("e").GetString(), standing.GetProperty("head").GetInt64());
        else if (standing.GetProperty("state").GetString() is "reset" or "denied") Broken = $"{standing}";
        else if (standing.GetProperty("state").GetString() is "gap") await PullAsync(stop);
        return true;
    }

    private async Task TakeAsync(JsonElement frame, CancellationToken stop)
    {
        var (from, to) = (0L, 0L);
        switch (frame.GetProperty("ev").GetString())
        {
            case "msg":
                from = to = frame.GetProperty("s").GetInt64();
                break;
            case "skip":
                (from, to) = (frame.GetProperty("from").GetInt64(), frame.GetProperty("to").GetInt64());
                break;
            case "head" when frame.GetProperty("s").GetInt64() > at:
                await PullAsync(stop);
                return;
            case "ping":
                await SayAsync("""{"op":"pong"}""", stop);
                return;
            default:
                return;
        }
        if (from != at + 1) Broken ??= $"stands at {at} and was given {from}";
        Heard = Stopwatch.GetTimestamp();
        Volatile.Write(ref at, to);
    }

    private Task PullAsync(CancellationToken stop) => SayAsync(JsonSerializer.Serialize(new { id = 2, op = "sync", r = room, e = epoch, after = at }), stop);

    private async Task SayAsync(string text, CancellationToken stop) => await socket!.SendAsync(RawSocket.Frame(0x81, Encoding.UTF8.GetBytes(text)), stop);

    private async Task<(int Opcode, ReadOnlyMemory<byte> Payload)> NextAsync(CancellationToken stop)
    {
        while (held < 2) await FillAsync(stop);
        var head = buffer[1] switch { 126 => 4, 127 => 10, _ => 2 };
        while (held < head) await FillAsync(stop);
        var length = head switch { 4 => BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(2)), 10 => (int)BinaryPrimitives.ReadUInt64BigEndian(buffer.AsSpan(2)), _ => buffer[1] };
        var opcode = buffer[0] & 0x0F;
        var large = new byte[length]; // what is taken outlives what comes next
        var there = Math.Min(length, held - head);
        buffer.AsSpan(head, there).CopyTo(large);
        Drop(head + there);
        for (var got = there; got < length;)
        {
            var read = await socket!.ReceiveAsync(large.AsMemory(got), stop);
            if (read == 0) throw new IOException("cut");
            got += read;
        }
        return (opcode, large);
    }

    private async Task FillAsync(CancellationToken stop)
    {
        var read = await socket!.ReceiveAsync(buffer.AsMemory(held), stop);
        if (read == 0) throw new IOException("cut");
        held += read;
    }

    private void Drop(int bytes)
    {
        Buffer.BlockCopy(buffer, bytes, buffer, 0, held - bytes);
        held -= bytes;
    }
}
