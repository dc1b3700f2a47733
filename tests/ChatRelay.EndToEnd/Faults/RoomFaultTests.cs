using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>Two hundred devices in rooms send and read while the server is killed and the database restarted: what was acknowledged came to everybody, once, in order.</summary>
public sealed class RoomFaultTests
{
    private const int Rooms = 20, Each = 10;

    [Fact]
    public async Task What_was_acknowledged_came_to_everybody_in_order_whatever_died()
    {
        using var folder = new ScratchFolder();
        var ct = CancellationToken.None;
        await using var world = await ChaosWorld.StartAsync(
            folder.Path, new WorldPlan([new("one", "api,realtime,upkeep")], Settings: [("CHATRELAY_SOCKET_OPS_PER_S", "1000"), ("CHATRELAY_RATE_PER_S", "100000")]), line => TestContext.Current.SendDiagnosticMessage(line), ct);
        var node = world.Nodes[0];
        using var http = world.ClientOf(node);
        var readers = new List<RoomReader>();
        var rooms = new List<string>();
        for (var r = 0; r < Rooms; r++)
        {
            var users = Enumerable.Range(0, Each).Select(u => $"u{r}-{u}").ToArray();
            rooms.Add((await PostAsync(http, "/v1/rooms", new { members = users.Select(user => new { user }) })).GetProperty("id").GetString()!);
            foreach (var user in users) readers.Add(new(node.Address, user, (await PostAsync(http, "/v1/tokens", new { user })).GetProperty("token").GetString()!, rooms[^1]));
        }

        var (speaking, ends) = (true, new ConcurrentDictionary<string, long>());
        var running = readers.Select((reader, at) => Task.Run(() => reader.RunAsync(TimeSpan.FromSeconds(1), () => Volatile.Read(ref speaking), () => ends.TryGetValue(rooms[at / Each], out var end) ? end : null))).ToList();
        long Acknowledged() => readers.Sum(r => (long)r.Acknowledged.Count);
        async Task MoreAsync()
        {
            var before = Acknowledged();
            await Eventually.Async(() => Task.FromResult(Acknowledged() >= before + 300), 120);
        }

        await MoreAsync();
        foreach (var fault in (string[])["kill", "fast", "kill", "immediate", "kill"])
        {
            if (fault == "kill")
            {
                await node.KillAsync();
                node.Start();
                await node.ReadyAsync(ct);
            }
            else
            {
                await world.Postgres.EndAsync(fault == "fast" ? PostgresEnd.Fast : PostgresEnd.Immediate, static () => { });
                world.Postgres.StartAgain();
                await world.Postgres.RunningAsync(ct);
            }
            await MoreAsync();
        }
        Volatile.Write(ref speaking, false);
        await Eventually.Async(() => Task.FromResult(readers.TrueForAll(r => r.Silent || r.Broken is not null)), 60); // what is under way may still get a number
        foreach (var room in rooms)
            ends[room] = await world.SqlAsync<long>("select max(h.head) from relay.room_heads h where h.room_id = $1", ct, IdOf(room));
        await Task.WhenAll(running).WaitAsync(TimeSpan.FromSeconds(120), ct);

        Assert.Empty(readers.Where(r => r.Broken is not null).Select(r => r.Broken));
        for (var r = 0; r < Rooms; r++)
        {
            var here = readers.GetRange(r * Each, Each);
            var acknowledged = here.SelectMany(reader => reader.Acknowledged.Values).ToList();
            Assert.Equal(acknowledged.Count, acknowledged.Distinct().Count()); // no two sends under one number
            foreach (var reader in here)
            {
                Assert.Equal(Enumerable.Range(1, (int)ends[rooms[r]]).Select(n => (long)n), reader.Came.Select(c => c.Seq)); // each number once, in order
                Assert.Empty(acknowledged.Except(reader.Came.Select(c => (c.Id, c.Seq))));
            }
        }
        TestContext.Current.SendDiagnosticMessage($"{readers.Sum(r => r.Repeats.Count)} were kept although their answer was lost, and told to be repeats"); // that none was told otherwise is in Broken
        // What stands twice in no log was told to be a repeat: one cid, one message.
        Assert.Equal(0, await world.SqlAsync<long>("select count(*) from (select 1 from relay.entries where cid is not null group by room_id, sender, cid having count(*) > 1) twice", ct));
    }

    private static Guid IdOf(string room) => Protocol.RelayId.TryParse<Protocol.RoomId>(room, out var id) ? id.Value : throw new InvalidOperationException(room);

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }
}
