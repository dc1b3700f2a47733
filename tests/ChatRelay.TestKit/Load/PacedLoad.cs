using System.Diagnostics;
using System.Net;

namespace ChatRelay.TestKit.Load;

/// <summary>So many requests a second, whatever the server makes of it: request n leaves at its time, on the first free connection.</summary>
/// <param name="refused">what is done about an answer that is no 202: its status, whether it says when to come again, and how long it took; by default the run ends</param>
internal sealed class PacedLoad(int port, int connections, Func<long, ReadOnlyMemory<byte>> request, Action<int, bool, TimeSpan>? refused = null)
{
    /// <summary>When each request left.</summary>
    public Dictionary<long, long> Sent { get; } = [];

    /// <summary>When the answer to each request had come whole.</summary>
    public Dictionary<long, long> Answered { get; } = [];

    public Task RunAsync(int perSecond, TimeSpan time, long first, CancellationToken ct) =>
        Task.Factory.StartNew(() => Run(perSecond, time, first, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(int perSecond, TimeSpan time, long first, CancellationToken ct)
    {
        using var epoll = new Epoll();
        var open = new LoadConnection[connections];
        var carries = new long[connections];
        var free = new Queue<int>();
        for (var i = 0; i < connections; i++)
        {
            open[i] = new LoadConnection(new IPEndPoint(IPAddress.Loopback, port));
            epoll.Watch(open[i].Handle, i);
            free.Enqueue(i);
        }
        var all = (long)(perSecond * time.TotalSeconds);
        var began = Stopwatch.GetTimestamp();
        var giveUp = time + TimeSpan.FromSeconds(30);
        long refusals = 0;
        for (long sent = 0; Answered.Count + refusals < all && Stopwatch.GetElapsedTime(began) < giveUp;)
        {
            ct.ThrowIfCancellationRequested();
            while (sent < all && free.Count > 0 && Stopwatch.GetElapsedTime(began).TotalSeconds * perSecond >= sent)
            {
                var at = free.Dequeue();
                carries[at] = first + sent++;
                var bytes = request(carries[at]);
                Sent[carries[at]] = Stopwatch.GetTimestamp();
                open[at].Send(bytes.Span);
            }
            foreach (var ready in epoll.Wait(1))
            {
                var at = (int)ready.Tag;
                if (!open[at].Receive()) continue;
                if (open[at].Status != 202)
                {
                    if (refused is null) throw new InvalidOperationException($"answered {open[at].Status}");
                    refused(open[at].Status, open[at].SaysWhenAgain, open[at].Since());
                    refusals++;
                    free.Enqueue(at);
                    continue;
                }
                Answered[carries[at]] = Stopwatch.GetTimestamp();
                free.Enqueue(at);
            }
        }
        foreach (var one in open) one.Dispose();
    }
}
