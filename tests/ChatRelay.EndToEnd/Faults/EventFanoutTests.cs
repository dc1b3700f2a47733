using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>Kill -9 of everything in a loop while twenty endpoints of five customers listen: each event that was acknowledged reaches each of its endpoints, and ordered ones in order.</summary>
public sealed class EventFanoutTests
{
    private const int Accounts = 5, EndpointsEach = 4, Keys = 3, Kills = 6;

    [Fact]
    public async Task Every_acknowledged_event_reaches_every_endpoint_of_its_customer_whatever_dies()
    {
        using var folder = new ScratchFolder();
        var ct = CancellationToken.None;
        var arrivals = new ConcurrentDictionary<string, ConcurrentQueue<(string Id, string Key, int N)>>();
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } request)
            {
                var data = JsonDocument.Parse(request.Body).RootElement.GetProperty("data");
                arrivals.GetOrAdd(request.Line.Split(' ')[1], _ => new()).Enqueue((request.Header("webhook-id")!, data.GetProperty("key").GetString()!, data.GetProperty("n").GetInt32()));
                await connection.SendAsync(FakeReceiver.Answer(204));
            }
        }, keep: false);
        await using var world = await ChaosWorld.StartAsync(folder.Path, new WorldPlan([new("api", "api,upkeep"), new("one", "deliver"), new("two", "deliver")]), line => TestContext.Current.SendDiagnosticMessage(line), ct);
        using var http = world.ClientOf(world.Nodes[0]);
        for (var account = 0; account < Accounts; account++)
            for (var n = 0; n < EndpointsEach; n++)
                await UntilTakenAsync(http, "/v1/webhook-endpoints", new { url = $"http://127.0.0.1:{receiver.Port}/{account}/{n}", account = $"a{account}", event_types = new[] { "t.n" }, ordered = n == 0 });

        // Publishers go on until the last kill is over; each event is repeated under its own id until it is acknowledged.
        var (acknowledged, killing) = (new ConcurrentBag<(int Account, string Id)>(), true);
        var publishing = Task.WhenAll(Enumerable.Range(0, Accounts).Select(async account =>
        {
            for (var n = 0; Volatile.Read(ref killing); n++)
            {
                await Task.Delay(100, ct); // it is the kills that matter, and the ordered ones go one after the other
                for (var key = 0; key < Keys; key++)
                {
                    var said = await UntilTakenAsync(http, "/v1/events", new { type = "t.n", account = $"a{account}", ordering_key = $"k{key}", client_id = $"{account}/{key}/{n}", data = new { key = $"k{key}", n } });
                    acknowledged.Add((account, said.GetProperty("id").GetString()!));
                }
            }
        }));
        for (var kill = 0; kill < Kills; kill++)
        {
            var before = acknowledged.Count;
            await Eventually.Async(() => Task.FromResult(acknowledged.Count >= before + 20), 120);
            var node = world.Nodes[kill % world.Nodes.Count];
            await node.KillAsync();
            node.Start();
            await node.ReadyAsync(ct);
        }
        Volatile.Write(ref killing, false);
        await publishing;

        // What is left of the acknowledged ones at each endpoint: each look takes out what has come.
        var missing = acknowledged.SelectMany(a => Enumerable.Range(0, EndpointsEach).Select(n => (Path: $"/{a.Account}/{n}", a.Id))).ToHashSet();
        await Eventually.Async(() =>
        {
            foreach (var (path, came) in arrivals) missing.ExceptWith(came.Select(r => (path, r.Id)));
            return Task.FromResult(missing.Count == 0);
        }, 180);
        Assert.True(acknowledged.Count >= Kills * 20);
        var committed = await world.SqlAsync<long>("select count(*) from relay.events where type = 't.n'", ct);
        Assert.Equal(acknowledged.Count, committed);
        Assert.Equal(committed * EndpointsEach, await world.SqlAsync<long>("select count(*) from relay.deliveries where event_id is not null", ct)); // once for each event and endpoint
        for (var account = 0; account < Accounts; account++)
        {
            Assert.All(arrivals[$"/{account}/0"].GroupBy(r => r.Key), key => Assert.Equal(Enumerable.Range(0, key.Max(r => r.N) + 1), key.Select(r => r.N).Distinct()));
            for (var n = 0; n < EndpointsEach; n++) // nothing of another customer's, and one id for one event
                Assert.Empty(arrivals[$"/{account}/{n}"].Select(r => r.Id).Except(acknowledged.Where(a => a.Account == account).Select(a => a.Id)));
        }
    }

    private static async Task<JsonElement> UntilTakenAsync(HttpClient http, string path, object body)
    {
        while (true)
        {
            try
            {
                using var answer = await http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
                if (answer.IsSuccessStatusCode) return await answer.Content.ReadFromJsonAsync<JsonElement>();
                if ((int)answer.StatusCode < 500) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
            }
            catch (Exception e) when (LostAnswer.IsBehind(e))
            {
                // It is dead at the moment.
            }
            await Task.Delay(20);
        }
    }
}
