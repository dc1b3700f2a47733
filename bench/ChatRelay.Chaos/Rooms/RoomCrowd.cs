using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.World;
using ChatRelay.Protocol;

namespace ChatRelay.Chaos.Rooms;

/// <summary>A room and its members' tokens, as a run that goes on finds them again.</summary>
internal sealed record CrowdRoom(string Id, IReadOnlyList<CrowdMember> Members);

/// <summary>A member with a token for a day.</summary>
internal sealed record CrowdMember(string User, string Token);

/// <summary>What the crowd has to say for itself at the end.</summary>
/// <param name="Missing">acknowledged, and some device of the room never had it under that number</param>
/// <param name="Doubled">numbers that were given to two messages, and messages that stand twice in a log</param>
internal sealed record CrowdVerdict(int Acknowledged, long Received, int Repeats, IReadOnlyList<string> Broken, int Missing, int Holes, int Doubled)
{
    public bool Holds => Broken.Count + Missing + Holes + Doubled == 0;
}

/// <summary>Devices in rooms of ten that say something again and again, whatever happens to the servers; at the end each must have every number of its room, once and in order, and all that was acknowledged.</summary>
internal sealed class RoomCrowd
{
    private const int Each = 10;
    private readonly ChaosWorld world;
    private readonly IReadOnlyList<RoomDevice> devices;
    private readonly IReadOnlyList<CrowdRoom> rooms;
    private readonly ConcurrentQueue<Acknowledged> acknowledged = [];
    private readonly Journal? journal;
    private readonly List<Task> running;
    private volatile bool speaking = true;
    private volatile IReadOnlyDictionary<string, long>? ends;

    private RoomCrowd(ChaosWorld world, IReadOnlyList<CrowdRoom> rooms, TimeSpan every, Journal? journal, string life)
    {
        (this.world, this.rooms, this.journal) = (world, rooms, journal);
        var come = 0;
        devices = [.. rooms.SelectMany(room => room.Members.Select(member => new RoomDevice(
            () => world.Nodes[Interlocked.Increment(ref come) % world.Nodes.Count].Address, // to another node each time it comes, as behind a balancer that knows nothing
            member.User, member.Token, room.Id, life)
        { Acknowledges = Note, Hears = Waits.Add }))];
        running = [.. devices.Select(device => Task.Run(() => device.RunAsync(every, () => speaking, () => ends?.GetValueOrDefault(device.Room))))];
    }

    /// <summary>How long messages were on their way.</summary>
    public CrowdWaits Waits { get; } = new();

    public int Said => devices.Sum(d => d.Said);
    public int Size => devices.Count;

    /// <param name="folder">where its rooms, and what was acknowledged, outlive us; null: nowhere</param>
    public static async Task<RoomCrowd> GatherAsync(ChaosWorld world, int rooms, TimeSpan every, string? folder = null, Journal? journal = null)
    {
        var file = folder is null ? null : Path.Combine(folder, "rooms.json");
        var made = file is not null && File.Exists(file) ? JsonSerializer.Deserialize<CrowdRoom[]>(await File.ReadAllTextAsync(file))! : await MakeAsync(world, rooms);
        if (file is not null) await File.WriteAllTextAsync(file, JsonSerializer.Serialize(made));
        var crowd = new RoomCrowd(world, made, every, journal, $"{Environment.ProcessId}-{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}");
        if (folder is not null) foreach (var line in Journal.Read(Path.Combine(folder, "acks.log"))) crowd.acknowledged.Enqueue(Acknowledged.Read(line));
        return crowd;
    }

    /// <summary>Back when so much more was said, and has come to everybody; how long it took.</summary>
    public async Task<TimeSpan> MoreAsync(double each = 1.5, double seconds = 120)
    {
        var (since, before) = (Stopwatch.GetTimestamp(), Said);
        await UntilAsync(() => Said >= before + (devices.Count * each), seconds, "more is said");
        var heads = await HeadsAsync();
        await UntilAsync(() => devices.All(d => d.Broken is not null || d.At >= heads[d.Room]), seconds, "it has come to everybody");
        return Stopwatch.GetElapsedTime(since);
    }

    /// <summary>The network of so many of them forgets its connections.</summary>
    public void Reset(double share, Func<double> chance)
    {
        foreach (var device in devices)
            if (chance() < share) device.Reset();
    }

    /// <summary>Nobody says any more; everybody reads to the end.</summary>
    public async Task<CrowdVerdict> EndAsync(CancellationToken ct)
    {
        speaking = false;
        await UntilAsync(() => devices.All(d => d.Silent || d.Broken is not null), 120, "everybody is silent"); // what is under way may still get a number
        var heads = ends = await HeadsAsync();
        await Task.WhenAll(running).WaitAsync(TimeSpan.FromSeconds(120), ct);

        var all = acknowledged.ToLookup(a => a.Room, a => (a.Seq, a.Id));
        var (missing, holes, doubled) = (0, 0, 0);
        foreach (var here in devices.GroupBy(d => d.Room))
        {
            var told = all[here.Key].ToHashSet();
            doubled += told.Count - told.Select(t => t.Seq).Distinct().Count(); // two sends under one number
            foreach (var device in here)
            {
                if (!device.Came.Select(c => c.Seq).SequenceEqual(Enumerable.Range(1, (int)heads[here.Key]).Select(n => (long)n))) holes++;
                missing += told.Except(device.Came).Count();
            }
        }
        // What stands twice in no log was told to be a repeat: one cid, one message.
        doubled += (int)await world.SqlAsync<long>("select count(*) from (select 1 from relay.entries where cid is not null group by room_id, sender, cid having count(*) > 1) twice", ct);
        return new(acknowledged.Count, devices.Sum(d => (long)d.Came.Count), devices.Sum(d => d.Repeats), [.. devices.Where(d => d.Broken is not null).Select(d => d.Broken!)], missing, holes, doubled);
    }

    private void Note(Acknowledged one)
    {
        acknowledged.Enqueue(one);
        journal?.AppendAsync(one.Line);
    }

    private async Task<Dictionary<string, long>> HeadsAsync()
    {
        var heads = new Dictionary<string, long>();
        foreach (var room in rooms)
            heads[room.Id] = await world.SqlAsync<long>("select max(h.head) from relay.room_heads h where h.room_id = $1", CancellationToken.None, IdOf(room.Id));
        return heads;
    }

    private async Task UntilAsync(Func<bool> holds, double seconds, string what)
    {
        var since = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(since).TotalSeconds > seconds) throw new TimeoutException($"{what}: not within {seconds} s; {devices.FirstOrDefault(d => d.Broken is not null)?.Broken}");
            await Task.Delay(50);
        }
    }

    private static async Task<CrowdRoom[]> MakeAsync(ChaosWorld world, int rooms)
    {
        using var http = world.ClientOf(world.Nodes[0]);
        var made = new CrowdRoom[rooms];
        for (var r = 0; r < rooms; r++)
        {
            var members = new List<CrowdMember>();
            foreach (var user in Enumerable.Range(0, Each).Select(u => $"u{r}-{u}"))
                members.Add(new(user, (await PostAsync(http, "/v1/tokens", new { user, ttl_s = 86_400 })).GetProperty("token").GetString()!));
            made[r] = new((await PostAsync(http, "/v1/rooms", new { members = members.Select(m => new { user = m.User }) })).GetProperty("id").GetString()!, members);
        }
        return made;
    }

    private static Guid IdOf(string room) => RelayId.TryParse<RoomId>(room, out var id) ? id.Value : throw new InvalidOperationException(room);

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }
}

/// <summary>When each message was said first, and how long it took to each device. Clocks are this process's own.</summary>
internal sealed class CrowdWaits
{
    private readonly Lock gate = new();
    private List<(long Said, float Seconds)> seen = [];

    public void Add(long said)
    {
        var seconds = (float)Stopwatch.GetElapsedTime(said).TotalSeconds;
        lock (gate) seen.Add((said, seconds));
    }

    /// <summary>In seconds, of what was said between the two; null if nothing was.</summary>
    public double? P99(long from, long to)
    {
        float[] those;
        lock (gate) those = [.. seen.Where(s => s.Said >= from && s.Said < to).Select(s => s.Seconds)];
        if (those.Length == 0) return null;
        Array.Sort(those);
        return those[(int)Math.Min(those.Length - 1, those.Length * 0.99)];
    }

    public void Forget()
    {
        lock (gate) seen = [];
    }
}
