using ChatRelay.Bench.Harness;

namespace ChatRelay.Bench.Rooms;

/// <summary>Rooms over sockets beside other people's: what a message costs each reader, and what a reader costs who is only there.</summary>
internal static class RoomsBench
{
    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        string[] together = ["fanout", "latency", "accepts", "publishes", "slow"];
        if (together.Any(asked.Wants))
        {
            var servers = new List<RoomServer>();
            try
            {
                foreach (var start in RoomServer.All.Values) servers.Add(await start(asked.Quick ? 100 : RoomServer.MostRooms, ct));
                if (asked.Wants("fanout")) await FanOut.RunAsync(asked, servers, report, ct);
                if (asked.Wants("latency")) await SendToReceive.RunAsync(asked, servers, report, ct);
                if (asked.Wants("accepts")) await Accepts.RunAsync(asked, servers, report, ct);
                if (asked.Wants("publishes")) await Publishes.RunAsync(asked, servers[0], report, ct);
                if (asked.Wants("slow")) await SlowReaders.RunAsync(asked, servers[0], report, ct);
            }
            finally
            {
                foreach (var server in servers) await server.DisposeAsync();
            }
        }
        if (asked.Wants("lively")) await Lively.RunAsync(asked, report, ct);
        if (asked.Wants("nodes")) await Nodes.RunAsync(asked, report, ct);
        if (asked.Wants("memory")) await IdleMemory.RunAsync(asked, report, ct);
    }

    /// <summary>On a thread of its own: a crowd belongs to one thread.</summary>
    public static Task<Measured> OnItsThread(Func<Measured> measure, CancellationToken ct) =>
        Task.Factory.StartNew(measure, ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
