using System.Threading.Channels;

namespace ChatRelay.Client;

/// <summary>What waits for the application: so many events and no more, apart from what is said once about a room or the socket.</summary>
internal sealed class EventQueue(int limit, Action hasRoom)
{
    private readonly Channel<SocketEvent> events = Channel.CreateUnbounded<SocketEvent>();
    private int waiting;

    /// <summary>There is room for a page of so many, or the application has taken everything.</summary>
    public bool HasRoomFor(int more) => Volatile.Read(ref waiting) is var now && (now == 0 || now + more <= limit);

    /// <summary>What may be dropped.</summary>
    public void Offer(SocketEvent said)
    {
        if (HasRoomFor(1)) Add(said);
    }

    public void Add(SocketEvent said)
    {
        Interlocked.Increment(ref waiting);
        events.Writer.TryWrite(said);
    }

    public void Complete() => events.Writer.TryComplete();

    public async IAsyncEnumerable<SocketEvent> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        while (await events.Reader.WaitToReadAsync(ct))
            foreach (var said in TakeAll()) yield return said;
    }

    /// <summary>What is there, without waiting.</summary>
    public IEnumerable<SocketEvent> TakeAll()
    {
        while (events.Reader.TryRead(out var said))
        {
            Interlocked.Decrement(ref waiting);
            hasRoom();
            yield return said;
        }
    }
}
