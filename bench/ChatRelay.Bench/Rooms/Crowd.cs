using System.Diagnostics;
using System.Net;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Rooms;

/// <summary>
/// The load: thousands of readers on the caller's thread, over epoll, in a process that is no server's. Frames are counted by their length, so that a delivery
/// costs the two cores little, and the same for every server.
/// </summary>
internal sealed class Crowd(Dialect dialect, Func<int, int> portOf, Func<int, int[]> roomsOf) : IDisposable
{
    private const int FirstDoor = int.MaxValue / 2;

    public Crowd(Dialect dialect, int port, Func<int, int[]> roomsOf) : this(dialect, _ => port, roomsOf) { }

    /// <summary>Where the n-th connection that posts leads, if not to the n-th reader's server.</summary>
    public Func<int, int>? DoorPort { get; init; }

    private readonly Epoll epoll = new();
    private readonly List<Reader> readers = [];
    private readonly List<LoadConnection> doors = [];
    private readonly Queue<int> freeDoors = new();
    private readonly byte[] buffer = new byte[256 * 1024];
    private Reader? speaker;

    /// <summary>Readers that are in their rooms.</summary>
    public int Ready { get; private set; }

    /// <summary>Messages that have arrived, each once for each of its readers.</summary>
    public long Messages { get; private set; }

    /// <summary>Frames that were no messages.</summary>
    public long Others { get; set; }

    /// <summary>What the readers do beside the messages, asked again and again with the seconds since it began.</summary>
    public Action<double>? Meanwhile { get; set; }

    /// <summary>The last message that arrived.</summary>
    public byte[] Last { get; private set; } = [];

    /// <summary>So many of the first readers have small windows, and stop when they are told.</summary>
    public int Stopping { get; init; }

    public int BodyBytes { get; init; } = Body.Bytes;

    /// <summary>When set, how long each message was on its way.</summary>
    public Latencies? Waits { get; set; }

    /// <summary>Opens readers, so many at a time, until there are that many or the time is over.</summary>
    public void Open(int most, TimeSpan? time, CancellationToken ct)
    {
        const int atOnce = 64;
        var (began, last, was) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp(), Ready);
        while (Ready < most && !(Stopwatch.GetElapsedTime(began) > time))
        {
            ct.ThrowIfCancellationRequested();
            while (readers.Count < most && readers.Count - Ready < atOnce) Add(roomsOf(readers.Count));
            Pump(100);
            if (Ready > was) (last, was) = (Stopwatch.GetTimestamp(), Ready);
            else if (Stopwatch.GetElapsedTime(last) > TimeSpan.FromSeconds(20)) throw new InvalidOperationException($"{Ready} of {readers.Count} sockets are ready, and no more become so");
        }
    }

    /// <summary>What publishes: one socket, or so many keep-alive connections.</summary>
    public void OpenPublishers(int inFlight, CancellationToken ct)
    {
        if (!dialect.PostsOverHttp)
        {
            var before = Ready;
            speaker = Add([]);
            while (Ready == before)
            {
                ct.ThrowIfCancellationRequested();
                Pump(100);
            }
            return;
        }
        for (var at = 0; at < inFlight; at++)
        {
            doors.Add(new LoadConnection(new(IPAddress.Loopback, (DoorPort ?? portOf)(at))));
            epoll.Watch(doors[at].Handle, FirstDoor + at);
            freeDoors.Enqueue(at);
        }
    }

    /// <summary>False when each connection that publishes still waits for its answer.</summary>
    public bool TryPublish(int room)
    {
        if (speaker is not null) speaker.Send(dialect.Message(room, Body.Now(BodyBytes)));
        else if (freeDoors.TryDequeue(out var door)) doors[door].Send(dialect.Message(room, Body.Now(BodyBytes)));
        else return false;
        return true;
    }

    /// <summary>Messages that each leave at their time, whether the one before has arrived or not; back when each has come to so many.</summary>
    public void Pace(long messages, int perSecond, int each, CancellationToken ct)
    {
        var (began, before, sent, late) = (Stopwatch.GetTimestamp(), Messages, 0L, TimeSpan.FromSeconds(30 + ((double)messages / perSecond)));
        while (Messages - before < messages * each)
        {
            ct.ThrowIfCancellationRequested();
            var since = Stopwatch.GetElapsedTime(began);
            if (since > late) throw new InvalidOperationException($"{Messages - before} deliveries of {messages} messages to {each} readers each");
            if (sent < messages && since.TotalSeconds * perSecond >= sent && TryPublish(0)) sent++;
            Meanwhile?.Invoke(since.TotalSeconds);
            Pump(1);
        }
    }

    /// <summary>A reader says something.</summary>
    public void Say(int reader, ReadOnlySpan<byte> frame) => readers[reader].Send(frame);

    /// <summary>Those who were to stop read nothing from now on.</summary>
    public void Stop()
    {
        foreach (var reader in readers.Take(Stopping)) epoll.Forget(reader.Handle);
    }

    /// <summary>Takes what has come, waiting at most so long for it.</summary>
    public void Pump(int milliseconds)
    {
        foreach (var ready in epoll.Wait(milliseconds))
        {
            if (ready.Tag < FirstDoor) readers[(int)ready.Tag].Take(this, buffer);
            else Answered((int)ready.Tag - FirstDoor);
        }
    }

    public void PumpFor(TimeSpan time, CancellationToken ct)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time; Pump(20)) ct.ThrowIfCancellationRequested();
    }

    public void Arrived() => Ready++;

    public void Got(int messages, ReadOnlySpan<byte> frame)
    {
        Messages += messages;
        if (Waits is not null) Body.AddWaits(frame, Waits);
        if (Meanwhile is not null && !frame.SequenceEqual(Last)) Last = frame.ToArray();
    }

    private Reader Add(int[] rooms)
    {
        var reader = new Reader(dialect, readers.Count, rooms, new(IPAddress.Loopback, portOf(readers.Count)), narrow: readers.Count < Stopping);
        epoll.Watch(reader.Handle, readers.Count);
        readers.Add(reader);
        reader.Begin();
        return reader;
    }

    private void Answered(int door)
    {
        if (!doors[door].Receive()) return;
        if (doors[door].Status is < 200 or > 299) throw new InvalidOperationException($"a message was answered with {doors[door].Status}");
        freeDoors.Enqueue(door);
    }

    public void Dispose()
    {
        foreach (var reader in readers) reader.Dispose();
        foreach (var door in doors) door.Dispose();
        epoll.Dispose();
    }
}
