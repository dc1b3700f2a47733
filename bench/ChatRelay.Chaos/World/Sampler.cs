using System.Globalization;
using ChatRelay.Chaos.Load;

namespace ChatRelay.Chaos.World;

/// <summary>Looks every few seconds at what must not grow: a node's memory and handles, and the size of the tables that live.</summary>
internal sealed class Sampler(ChaosWorld world, string file)
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    /// <summary>One look. A node that is not there just now has no figures.</summary>
    /// <param name="Process">figures of two lives are never put on one line</param>
    public sealed record Sample(string Node, int Process, double Seconds, double MemoryMb, double Handles, double QueueMb, double DeadRows)
    {
        public string Line => string.Create(CultureInfo.InvariantCulture, $"{Node} {Process} {Seconds:0.0} {MemoryMb:0.00} {Handles:0} {QueueMb:0.00} {DeadRows:0}");

        public static Sample Read(string line)
        {
            var parts = line.Split(' ');
            double At(int n) => double.Parse(parts[n], CultureInfo.InvariantCulture);
            return new(parts[0], (int)At(1), At(2), At(3), At(4), At(5), At(6));
        }
    }

    /// <summary>Until told to stop; goes on after what an earlier part of the run has seen.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await using var journal = new Journal(file);
        var before = Journal.Read(file).Select(line => Sample.Read(line).Seconds).DefaultIfEmpty().Max();
        var since = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Every);
        while (!stop.IsCancellationRequested)
        {
            var seconds = before + TimeProvider.System.GetElapsedTime(since).TotalSeconds;
            if (await QueueAsync(stop) is var (size, dead))
                foreach (var node in world.Nodes)
                    if (node.Process is { } life) TryWrite(journal, node, life, seconds, size, dead);
            if (!await timer.WaitForNextTickAsync(stop).AsTask().ContinueWith(tick => tick.IsCompletedSuccessfully, TaskScheduler.Default)) return;
        }
    }

    public static IReadOnlyList<Sample> Read(string file) => [.. Journal.Read(file).Select(Sample.Read)];

    private static void TryWrite(Journal journal, ChaosNode node, TestKit.Processes.ServerProcess life, double seconds, double size, double dead)
    {
        try
        {
            journal.Write(new Sample(node.Plan.Name, life.Id, seconds, life.ResidentMb, life.Handles, size, dead).Line);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            // It died while we looked.
        }
    }

    private async Task<(double SizeMb, double Dead)?> QueueAsync(CancellationToken ct)
    {
        try
        {
            await using var look = world.Owner.CreateCommand("select pg_total_relation_size('relay.queue') / 1e6::float8, coalesce(pg_stat_get_dead_tuples('relay.queue'::regclass), 0)::float8");
            await using var reader = await look.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            return (reader.GetDouble(0), reader.GetDouble(1));
        }
        catch (Exception away) when (away is Npgsql.NpgsqlException or TimeoutException or OperationCanceledException)
        {
            return null; // a fault is under way, or we are told to stop
        }
    }
}
