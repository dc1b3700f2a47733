using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.Chaos.Load;

/// <summary>The receivers of a run. Each request is written down before it is answered, so that what we took cannot be forgotten.</summary>
internal sealed class Recorder : IAsyncDisposable
{
    private readonly long seed;
    private readonly Journal journal;
    private readonly FakeReceiver[] receivers;
    private readonly ConcurrentDictionary<long, byte> refused = new();
    private long taken;

    /// <param name="ports">0 for any; accepted notifications name them, so that a run that goes on needs the same again</param>
    public Recorder(long seed, Journal journal, IReadOnlyList<int> ports)
    {
        (this.seed, this.journal) = (seed, journal);
        receivers = [.. ports.Select(port => FakeReceiver.Start(ServeAsync, port: port, keep: false))];
    }

    /// <summary>So many receivers, on the ports that an earlier part of the run had, if there was one.</summary>
    public static async Task<Recorder> OpenAsync(long seed, Journal journal, string portsFile, int count, CancellationToken ct)
    {
        var ports = File.Exists(portsFile) ? JsonSerializer.Deserialize<int[]>(await File.ReadAllTextAsync(portsFile, ct))! : new int[count];
        var recorder = new Recorder(seed, journal, ports);
        await File.WriteAllTextAsync(portsFile, JsonSerializer.Serialize(recorder.Ports), ct);
        return recorder;
    }

    public IReadOnlyList<int> Ports => [.. receivers.Select(r => r.Port)];
    public Uri UrlOf(int receiver) => receivers[receiver].Url;

    /// <summary>Answered with 200 by this process.</summary>
    public long Taken => Interlocked.Read(ref taken);

    private async Task ServeAsync(FakeConnection connection)
    {
        while (await connection.ReadRequestAsync() is { } request)
        {
            var item = ItemOf(request.Body);
            await Task.Delay(TimeSpan.FromMilliseconds(5 + (item % 20)), connection.Stopping); // so that there is work in hand when something dies
            var status = Operation.MannerOf(seed, item) is Manner.RefusesFirst && refused.TryAdd(item, 0) ? 503 : 200;
            journal.Write(new Arrival(item, request.Header("webhook-id") ?? "-", status, DateTimeOffset.UtcNow).Line);
            if (status == 200) Interlocked.Increment(ref taken);
            await connection.SendAsync(FakeReceiver.Answer(status));
        }
    }

    private static long ItemOf(ReadOnlySpan<byte> body)
    {
        var at = body.IndexOf("\"item\":"u8);
        return at >= 0 && Utf8Parser.TryParse(body[(at + 7)..], out long item, out _) ? item : -1;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var receiver in receivers) await receiver.DisposeAsync();
    }
}
