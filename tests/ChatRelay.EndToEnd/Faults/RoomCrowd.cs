using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Chaos.World;
using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>Devices in rooms of ten that say something every second, whatever happens to the servers; at the end each must have every number of its room, once and in order, and all that was acknowledged.</summary>
internal sealed class RoomCrowd
{
    private const int Each = 10;
    private readonly ChaosWorld world;
    private readonly IReadOnlyList<RoomReader> readers;
    private readonly List<Task> running;
    private volatile bool speaking = true;
    private volatile IReadOnlyDictionary<string, long>? ends;

    private RoomCrowd(ChaosWorld world, IReadOnlyList<RoomReader> readers)
    {
        (this.world, this.readers) = (world, readers);
        running = [.. readers.Select(reader => Task.Run(() => reader.RunAsync(TimeSpan.FromSeconds(1), () => speaking, () => ends?.GetValueOrDefault(reader.Room))))];
    }

    private int Acknowledged => readers.Sum(r => r.Acknowledged.Count);

    /// <summary>A device comes to another node each time it comes, as behind a balancer that knows nothing.</summary>
    public static async Task<RoomCrowd> GatherAsync(ChaosWorld world, int rooms)
    {
        using var http = world.ClientOf(world.Nodes[0]);
        var (readers, come) = (new List<RoomReader>(), 0);
        Uri NextNode() => world.Nodes[Interlocked.Increment(ref come) % world.Nodes.Count].Address;
        for (var r = 0; r < rooms; r++)
        {
            var users = Enumerable.Range(0, Each).Select(u => $"u{r}-{u}").ToArray();
            var room = (await PostAsync(http, "/v1/rooms", new { members = users.Select(user => new { user }) })).GetProperty("id").GetString()!;
            foreach (var user in users) readers.Add(new(NextNode, user, (await PostAsync(http, "/v1/tokens", new { user })).GetProperty("token").GetString()!, room));
        }
        return new(world, readers);
    }

    /// <summary>Back when so much more was said, and has come to everybody.</summary>
    public async Task MoreAsync()
    {
        var before = Acknowledged;
        await Eventually.Async(() => Task.FromResult(Acknowledged >= before + (readers.Count * 3 / 2)), 120);
        var heads = await HeadsAsync();
        await Eventually.Async(() => Task.FromResult(readers.All(r => r.Broken is not null || r.At >= heads[r.Room])), 60);
    }

    /// <summary>Nobody says any more; everybody reads to the end, and nothing is missing, doubled or out of order.</summary>
    public async Task EndAsync(CancellationToken ct)
    {
        speaking = false;
        await Eventually.Async(() => Task.FromResult(readers.All(r => r.Silent || r.Broken is not null)), 60); // what is under way may still get a number
        var heads = ends = await HeadsAsync();
        await Task.WhenAll(running).WaitAsync(TimeSpan.FromSeconds(120), ct);

        Assert.Empty(readers.Where(r => r.Broken is not null).Select(r => r.Broken));
        foreach (var here in readers.GroupBy(r => r.Room))
        {
            var acknowledged = here.SelectMany(reader => reader.Acknowledged.Values).ToList();
            Assert.Equal(acknowledged.Count, acknowledged.Distinct().Count()); // no two sends under one number
            foreach (var reader in here)
            {
                Assert.Equal(Enumerable.Range(1, (int)heads[here.Key]).Select(n => (long)n), reader.Came.Select(c => c.Seq)); // each number once, in order
                Assert.Empty(acknowledged.Except(reader.Came.Select(c => (c.Id, c.Seq))));
            }
        }
        TestContext.Current.SendDiagnosticMessage($"{readers.Sum(r => r.Repeats.Count)} were kept although their answer was lost, and told to be repeats"); // that none was told otherwise is in Broken
        // What stands twice in no log was told to be a repeat: one cid, one message.
        Assert.Equal(0, await world.SqlAsync<long>("select count(*) from (select 1 from relay.entries where cid is not null group by room_id, sender, cid having count(*) > 1) twice", ct));
    }

    private async Task<Dictionary<string, long>> HeadsAsync()
    {
        var heads = new Dictionary<string, long>();
        foreach (var room in readers.Select(r => r.Room).Distinct())
            heads[room] = await world.SqlAsync<long>("select max(h.head) from relay.room_heads h where h.room_id = $1", CancellationToken.None, IdOf(room));
        return heads;
    }

    private static Guid IdOf(string room) => RelayId.TryParse<RoomId>(room, out var id) ? id.Value : throw new InvalidOperationException(room);

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }
}
