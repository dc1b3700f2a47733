using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Realtime;

/// <summary>
/// Many seeded worlds of one room and a few clients on one node: sends, edits, deletes, reactions, pins, replies, mentions, drops, resumes, readers that pause, removals
/// and returns, expiry, hidden history, a changed epoch. In the end each client holds exactly the log that it may see, in order, each number once; and what it
/// makes of it is what the relay says that each message has.
/// </summary>
public sealed class RoomModelTests
{
    private const int Seeds = 12, AtOnce = 8, Steps = 45, BigEvery = 25;
    private static readonly string[] Users = ["ann", "bob", "eve"], Keys = ["👍", "🎉", "seen it"];

    [Fact]
    public async Task Each_client_ends_with_exactly_the_log_that_it_may_see()
    {
        await using var host = await RoomHost.StartAsync(Wide);
        await RunAsync(host, [host.Host], Seeds);
    }

    [Fact]
    public async Task Over_nodes_and_a_bus_that_loses_doubles_reorders_and_freezes_it_is_the_same()
    {
        await using var host = await RoomHost.StartAsync(Wide);
        var buses = new List<FaultyBus>();
        await using var one = await RelayHost.StartChangedAsync(host.Host.Database, host.Host.Folder, Spoil, Limits);
        await using var other = await RelayHost.StartChangedAsync(host.Host.Database, host.Host.Folder, Spoil, Limits);
        await RunAsync(host, [host.Host, one, other], Seeds);
        Assert.All(buses, bus => Assert.True(bus is { Lost: > 0, Doubled: > 0, Reordered: > 0, Frozen: > 0 }, $"lost {bus.Lost}, doubled {bus.Doubled}, reordered {bus.Reordered}, frozen {bus.Frozen}"));
        Assert.Equal(2, buses.Count);

        void Spoil(IServiceCollection services)
        {
            var whole = services.Last(s => s.ServiceType == typeof(INodeBus)).ImplementationFactory!;
            services.AddSingleton<INodeBus>(s =>
            {
                var bus = new FaultyBus((INodeBus)whole(s), buses.Count + 1);
                buses.Add(bus);
                return bus;
            });
        }
    }

    private static readonly (string, string)[] Wide =
    [
        ("CHATRELAY_SOCKET_OPS_BURST", "100000"), ("CHATRELAY_SOCKET_OPS_PER_S", "100000"), ("CHATRELAY_USER_SOCKETS", "10000"), ("CHATRELAY_ACCEPTS_PER_S", "1000000"), ("CHATRELAY_SOCKET_BUFFER_BYTES", "400000"), ("CHATRELAY_SOCKET_STALL", "600s"),
    ];

    private static (string, string)[] Limits => [("CHATRELAY_USER_RATE_PER_S", "100000"), ("CHATRELAY_USER_RATE_BURST", "100000"), .. Wide];

    private static async Task RunAsync(RoomHost host, IReadOnlyList<RelayHost> nodes, int seeds)
    {
        var one = int.TryParse(Environment.GetEnvironmentVariable("CHATRELAY_MODEL_SEED"), out var seed) ? seed : 0;
        var many = int.TryParse(Environment.GetEnvironmentVariable("CHATRELAY_MODEL_SEEDS"), out var given) ? given : seeds;
        await Parallel.ForEachAsync(
            one > 0 ? [one] : Enumerable.Range(1, many), new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (each, _) =>
            {
                try
                {
                    await new World(host, nodes, each).RunAsync();
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"CHATRELAY_MODEL_SEED={each}: {e.Message}", e);
                }
            });
    }

    private sealed class World(RoomHost host, IReadOnlyList<RelayHost> nodes, int seed)
    {
        private readonly Random chance = new(seed);
        private readonly List<string> messages = [];
        private readonly List<ModelClient> clients = [];
        private string path = "";
        private int said;
        private bool sinceJoin;

        private string Room => path.Split('/')[^1];

        public async Task RunAsync()
        {
            sinceJoin = chance.Next(2) != 0;
            path = await host.RoomAsync(new { history = sinceJoin ? "since_join" : "all" }, Own("ann"), Own("bob"));
            await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/{Own("ann")}", new { role = "admin" });
            foreach (var user in Users.Append("ann").Take(chance.Next(2, 5)).Select(Own))
            {
                var token = await host.TokenAsync(user);
                clients.Add(new(() => nodes[chance.Next(nodes.Count)].Address, user, Room, () => Task.FromResult(token)));
            }
            foreach (var client in clients) await client.ConnectAsync();
            for (var step = 0; step < Steps; step++) await StepAsync();
            await CompareAsync();
            foreach (var client in clients) await client.DisposeAsync();
        }

        private string Own(string user) => $"{user}-{seed}";

        private ModelClient Some() => clients[chance.Next(clients.Count)];

        private async Task StepAsync()
        {
            var client = Some();
            switch (chance.Next(26))
            {
                case 0 or 1 or 2 or 3:
                    await SayAsync(client, chance.Next(8) == 0 ? 1 : null);
                    break;
                case 4:
                    await Task.WhenAll(Enumerable.Range(0, chance.Next(2, 12)).Select(n => PostAsync(n))); // a burst, perhaps more than a paused reader holds
                    break;
                case 5 or 6 when messages.Count > 0:
                    await client.TryAsync("edit", new { r = Room, msg = messages[chance.Next(messages.Count)], body = new { text = $"edit {said++}" } });
                    break;
                case 7 when messages.Count > 0:
                    await client.TryAsync("delete", new { r = Room, msg = messages[chance.Next(messages.Count)] });
                    break;
                case 8 or 9:
                    await client.DropAsync();
                    break;
                case 10 or 11 when !client.Open:
                    await client.ConnectAsync();
                    break;
                case 12:
                    await client.CatchUpAsync();
                    break;
                case 13:
                    await host.Http.RemoveAsync($"{path}/members/{client.User}");
                    break;
                case 14:
                    await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/{client.User}", new { });
                    if (client.Open) await client.JoinAsync();
                    break;
                case 15:
                    await client.PauseAsync();
                    break;
                case 16:
                    client.Resume();
                    break;
                case 17 when chance.Next(6) == 0:
                    await PurgeAsync();
                    break;
                case 18 or 19 or 20 when messages.Count > 0:
                    await client.TryAsync(chance.Next(3) == 0 ? "unreact" : "react", new { r = Room, msg = Recent(), key = Keys[chance.Next(Keys.Length)] });
                    break;
                case 21 when messages.Count > 0:
                    await client.TryAsync(chance.Next(3) == 0 ? "unpin" : "pin", new { r = Room, msg = Recent() }); // ann may, until she was out once
                    break;
                case 22 when messages.Count > 0:
                    await host.Http.AskAsync(chance.Next(3) == 0 ? HttpMethod.Delete : HttpMethod.Put, $"{path}/pins/{Recent()}");
                    break;
                case 23 when messages.Count > 0:
                    await host.Http.SendAsync($"{path}/messages/{Recent()}/reactions{(chance.Next(3) == 0 ? "/remove" : "")}", new { key = Keys[chance.Next(Keys.Length)], from = Own(Users[chance.Next(Users.Length)]) });
                    break;
                case 24 or 25 when messages.Count > 0:
                    await ReplyAsync(client);
                    break;
            }
        }

        private async Task SayAsync(ModelClient client, int? expires)
        {
            var input = new Dictionary<string, object> { ["r"] = Room, ["cid"] = $"m-{said}", ["body"] = new { text = $"{client.User} {said++}" } };
            if (expires is { } seconds) input["expires_in_s"] = seconds;
            if (await client.TryAsync("send", input) is { } sent) messages.Add(sent.GetProperty("id").GetString()!);
        }

        private string Recent() => messages[Math.Max(0, messages.Count - 1 - chance.Next(6))];

        private async Task ReplyAsync(ModelClient client)
        {
            var input = new { r = Room, cid = $"m-{said}", body = new { text = $"{client.User} replies {said++}" }, reply_to = Recent(), mentions = Users.Select(Own).Take(chance.Next(3)).ToArray() };
            if (await client.TryAsync("send", input) is { } sent) messages.Add(sent.GetProperty("id").GetString()!);
        }

        private async Task PostAsync(int n)
        {
            var sent = await host.SayAsync(host.Http, path, new string((char)('a' + n), seed % BigEvery == 0 ? 60_000 : 200), new { from = Own("bob") });
            lock (messages) messages.Add(sent.Id);
        }

        // What a purge or a restored database leaves: nothing, under another epoch.
        private async Task PurgeAsync()
        {
            Assert.True(RelayId.TryParse<RoomId>(Room, out var id));
            await host.Host.SqlAsync("""
                with gone as (delete from relay.entries where room_id = $1)
                update relay.room_heads set epoch = (random() * 1e15)::bigint, head = 0, messages = 0, first = 1 where room_id = $1
                """, id.Value);
            foreach (var table in (string[])["reactions", "pins", "mentions"]) await host.Host.SqlAsync($"delete from relay.{table} where room_id = $1", id.Value);
            await host.Host.SqlAsync("update relay.room_members set since = 0, read = 0, read_messages = 0 where room_id = $1", id.Value);
            messages.Clear();
        }

        private async Task CompareAsync()
        {
            foreach (var client in clients)
            {
                if (!client.Open) await client.ConnectAsync();
                client.Resume();
                await client.CatchUpAsync();
                await host.Http.AskAsync(HttpMethod.Put, $"{path}/members/{client.User}", new { });
            }
            var log = new List<JsonElement>();
            var (head, epoch) = (0L, "");
            do
            {
                var page = await host.Http.ReadAsync($"{path}/messages?after_seq={head}&limit=200");
                epoch = page["epoch"].GetString()!;
                log.AddRange(page["data"].EnumerateArray());
                if (log.Count > 0) head = log[^1].TryGetProperty("to", out var to) && to.ValueKind == JsonValueKind.Number ? to.GetInt64() : log[^1].GetProperty("seq").GetInt64();
                if (!page["has_more"].GetBoolean()) break;
            }
            while (true);
            foreach (var client in clients)
            {
                for (var tries = 0; tries < 3; tries++) // it may be told only now that it was out for a while
                {
                    if (client.Out) await client.JoinAsync();
                    await client.ReachAsync(epoch, head);
                }
                using var http = await host.AsAsync(client.User);
                var own = await EntriesAsync(http);
                Compare(client, log, own, head);
                if (sinceJoin) CompareAbsences(client, log);
                CompareMarks(client, own);
            }
        }

        /// <summary>What a client adds up from its log is what the relay tells its user of each message.</summary>
        private static void CompareMarks(ModelClient client, List<JsonElement> own)
        {
            var sums = MarkSums.Of(client.Log.Where(l => l.Frame is not null).Select(l => l.Frame!.Value));
            foreach (var entry in own)
            {
                if (entry.GetProperty("kind").GetString() != "message" || entry.GetProperty("deleted").GetBoolean() || entry.GetProperty("seq").GetInt64() <= client.From) continue;
                var (id, marks) = (entry.GetProperty("id").GetString()!, entry.GetProperty("marks"));
                if (!sums.TryGetValue(id, out var sum)) continue; // it was hidden from this client then
                Assert.Equal(marks.GetProperty("reactions").EnumerateArray().Select(r => $"{r.GetProperty("key").GetString()} {r.GetProperty("count")}{(r.GetProperty("own").GetBoolean() ? " own" : "")}").Order(StringComparer.Ordinal), sum.Reactions(client.User));
                Assert.Equal((marks.GetProperty("replies").GetInt64(), marks.GetProperty("pinned").GetBoolean()), (sum.Replies.Count, sum.Pinned));
                Assert.Equal(marks.GetProperty("edit") is { ValueKind: JsonValueKind.Object } edit ? edit.GetProperty("body").GetRawText() : null, sum.Edit);
            }
        }

        /// <summary>What was said while its user was out was never shown to it.</summary>
        private static void CompareAbsences(ModelClient client, List<JsonElement> log)
        {
            var shown = client.Log.Where(l => l.Frame is not null).Select(l => l.Seq).ToHashSet();
            var isOut = false;
            foreach (var entry in log.Where(e => e.GetProperty("kind").GetString() != "skip"))
            {
                var seq = entry.GetProperty("seq").GetInt64();
                if (entry.GetProperty("kind").GetString() == "member" && entry.GetProperty("body").GetProperty("user").GetString() == client.User)
                    isOut = entry.GetProperty("body").GetProperty("state").GetString() switch { "left" => true, "joined" => false, _ => isOut };
                else if (isOut) Assert.False(shown.Contains(seq), $"{client.User} was shown {seq} of when it was out");
            }
        }

        private async Task<List<JsonElement>> EntriesAsync(HttpClient http)
        {
            var entries = new List<JsonElement>();
            for (var after = 0L; ;)
            {
                var page = await http.ReadAsync($"{path}/messages?after_seq={after}&limit=200");
                entries.AddRange(page["data"].EnumerateArray());
                if (!page["has_more"].GetBoolean()) return entries;
                after = entries[^1].GetProperty("to") is { ValueKind: JsonValueKind.Number } to ? to.GetInt64() : entries[^1].GetProperty("seq").GetInt64();
            }
        }

        /// <summary>The log is the tenant's, who sees all; own is what this user sees of it now: never more than at any time before, since whoever comes back sees from there on.</summary>
        private static void Compare(ModelClient client, List<JsonElement> log, List<JsonElement> own, long head)
        {
            Assert.False(client.Out, $"{client.User} is out");
            Assert.Equal(Enumerable.Range(1, (int)(head - client.From)).Select(n => client.From + n), client.Log.Select(l => l.Seq));
            var truth = log.Where(e => e.GetProperty("kind").GetString() != "skip").ToDictionary(e => e.GetProperty("seq").GetInt64());
            var seen = own.Where(e => e.GetProperty("kind").GetString() != "skip").Select(e => e.GetProperty("seq").GetInt64()).ToHashSet();
            foreach (var (seq, frame) in client.Log)
            {
                Assert.True(frame is not null || !seen.Contains(seq), $"{client.User} was told to skip {seq}, and sees it");
                if (!truth.TryGetValue(seq, out var entry) || frame is not { } had) continue; // expired by now, or hidden from this client then
                Assert.Equal(entry.GetProperty("id").GetString(), had.GetProperty("id").GetString());
                Assert.Equal(entry.GetProperty("kind").GetString(), had.GetProperty("kind").GetString());
                if (!entry.GetProperty("deleted").GetBoolean() && entry.GetProperty("body") is { ValueKind: not JsonValueKind.Null } body)
                    Assert.Equal(body.GetRawText(), had.GetProperty("body").GetRawText());
            }
        }
    }
}
