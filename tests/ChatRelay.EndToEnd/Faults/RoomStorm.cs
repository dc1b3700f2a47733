using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>Very many devices in one room that only listen, and come back at once whenever they are dropped.</summary>
internal sealed class RoomStorm : IAsyncDisposable
{
    private readonly HttpClient http;
    private readonly string room;
    private readonly IReadOnlyList<RoomReader> readers;
    private readonly Task running;
    private volatile bool over;
    private long said;

    private RoomStorm(HttpClient http, string room, IReadOnlyList<RoomReader> readers)
    {
        (this.http, this.room, this.readers) = (http, room, readers);
        running = Task.WhenAll(readers.Select(reader => Task.Run(() => reader.RunAsync(TimeSpan.MaxValue, static () => false, () => over ? 0 : null))));
    }

    public static async Task<RoomStorm> GatherAsync(ChaosWorld world, int size)
    {
        var http = world.ClientOf(world.Nodes[0]);
        var room = (await PostAsync(http, "/v1/rooms", new { type = "group", members = Enumerable.Range(0, size).Select(n => new { user = $"u{n}" }) })).GetProperty("id").GetString()!;
        var readers = new RoomReader[size];
        await Parallel.ForAsync(0, size, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (n, _) =>
            readers[n] = new(() => world.Nodes[0].Address, $"u{n}", (await PostAsync(http, "/v1/tokens", new { user = $"u{n}" })).GetProperty("token").GetString()!, room));
        return new(http, room, readers);
    }

    /// <summary>Back when it has come to everybody, wherever they were when it was said.</summary>
    public async Task SayAsync()
    {
        said = (await PostAsync(http, $"/v1/rooms/{room}/messages", new { from = "u0", body = new { text = "Here?" } })).GetProperty("seq").GetInt64();
        var since = Stopwatch.GetTimestamp();
        await Eventually.Async(() => Task.FromResult(readers.All(r => r.At == said || r.Broken is not null)), 120);
        Assert.Empty(readers.Where(r => r.Broken is not null).Select(r => r.Broken));
        TestContext.Current.SendDiagnosticMessage($"{readers.Count} had it after {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s");
    }

    public async ValueTask DisposeAsync()
    {
        over = true;
        await running;
        http.Dispose();
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }
}
