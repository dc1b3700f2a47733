using System.Diagnostics;
using System.Net;

namespace ChatRelay.TestKit.Load;

/// <summary>Keep-alive connections on one thread, each with one request in the air: the next goes out when the answer has come whole.</summary>
internal sealed class HttpLoad(int port, int connections, Func<ReadOnlyMemory<byte>> request)
{
    public static byte[] Get(string path, string? key = null) =>
        System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{(key is null ? "" : $"Authorization: Bearer {key}\r\n")}\r\n");

    public static byte[] Post(string path, string? key, ReadOnlySpan<byte> body) =>
    [
        .. System.Text.Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{(key is null ? "" : $"Authorization: Bearer {key}\r\n")}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"),
        .. body,
    ];

    /// <summary>Runs on a thread of its own until the time is over or so many answers have come.</summary>
    public Task<HttpLoadResult> RunAsync(TimeSpan time, CancellationToken ct, long most = long.MaxValue) =>
        Task.Factory.StartNew(() => Run(time, most, ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private HttpLoadResult Run(TimeSpan time, long most, CancellationToken ct)
    {
        using var epoll = new Epoll();
        var open = new LoadConnection[connections];
        try
        {
            for (var i = 0; i < connections; i++)
            {
                open[i] = new LoadConnection(new IPEndPoint(IPAddress.Loopback, port));
                epoll.Watch(open[i].Handle, i);
            }
            var result = new HttpLoadResult();
            var began = Stopwatch.GetTimestamp();
            foreach (var one in open) one.Send(request().Span);
            while (Stopwatch.GetElapsedTime(began) < time && result.Answers < most)
            {
                ct.ThrowIfCancellationRequested();
                foreach (var ready in epoll.Wait(100))
                {
                    var one = open[(int)ready.Tag];
                    if (!one.Receive()) continue;
                    result.Count(one.Status, one.Since());
                    one.Send(request().Span);
                }
            }
            result.Took = Stopwatch.GetElapsedTime(began);
            return result;
        }
        finally
        {
            foreach (var one in open) one?.Dispose();
        }
    }
}

/// <summary>What came back: answers by class, and how long each took.</summary>
internal sealed class HttpLoadResult
{
    public Latencies Latencies { get; } = new();
    public long Answers { get; private set; }
    public long Refused { get; private set; }
    public TimeSpan Took { get; set; }
    public double PerSecond => (Answers - Refused) / Took.TotalSeconds;

    public void Count(int status, TimeSpan took)
    {
        Answers++;
        if (status is < 200 or > 299) Refused++;
        Latencies.Add(took);
    }

    /// <summary>A refusal is quick: it must never pass for speed.</summary>
    public HttpLoadResult AllGood() => Refused == 0 ? this : throw new InvalidOperationException($"{Refused} of {Answers} answers were no success");
}
