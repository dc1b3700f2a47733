using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>A user with three devices on a node of its own process: who says that it is there, and what the others see of that; and nobody there.</summary>
public sealed class ScreenTests
{
    private static readonly string[] Devices = ["phone", "laptop", "tablet"];

    [Fact]
    public async Task An_ack_on_one_device_ends_the_step_and_clears_the_others_and_with_all_of_them_offline_one_mail_goes_out()
    {
        using var folder = new ScratchFolder();
        var ct = CancellationToken.None;
        await using var world = await ChaosWorld.StartAsync(folder.Path, new WorldPlan([new("one")]), line => TestContext.Current.SendDiagnosticMessage(line), ct);
        using var http = world.ClientOf(world.Nodes[0]);
        var devices = new List<SocketClient>();
        foreach (var device in Devices) devices.Add(await OpenAsync(world, http, device));

        // There: each gets it, the ack of one ends the step, and the others are told.
        var shown = await SendAsync(http, withinSeconds: 60);
        foreach (var device in devices) Assert.Equal((shown, 1), IdAndNumber(await device.NextAsync("inbox")));
        await devices[1].DoAsync("ack", new { s = 1 });
        foreach (var device in devices)
        {
            var state = await device.NextAsync("inbox.state");
            Assert.Equal((shown, 2, "acked"), (IdAndNumber(state).Id, IdAndNumber(state).Number, state.GetProperty("state").GetString()));
        }
        Assert.Equal(["delivered", "skipped"], await StepsAsync(http, shown));
        await devices[2].DoAsync("inbox.read", new { ntf = shown });
        foreach (var device in devices) Assert.Equal("read", (await device.NextAsync("inbox.state")).GetProperty("state").GetString());

        // Gone, and back within the time: it is there still, and no mail goes out.
        foreach (var device in devices) await device.DisposeAsync();
        var waits = await SendAsync(http, withinSeconds: 60);
        await Eventually.Async(async () => (await GetAsync(http, "/v1/users/ann/inbox")).GetProperty("head").GetInt64() == 4);
        await using (var back = await OpenAsync(world, http, "phone"))
        {
            Assert.Equal((waits, 4), IdAndNumber(await back.NextAsync("inbox")));
            await back.DoAsync("ack", new { s = 4 });
        }
        Assert.Equal(["delivered", "skipped"], await StepsAsync(http, waits));

        // Nobody: one mail, not before the time is over, and not two seconds after it. On a busy machine the best of three.
        for (var n = 1; n <= 3; n++)
        {
            var nobody = await SendAsync(http, withinSeconds: 1);
            await Eventually.Async(async () => (await GetAsync(http, $"/v1/notifications/{nobody}")).GetProperty("status").GetString() == "sent");
            Assert.Equal(["expired", "sent"], await StepsAsync(http, nobody));
            Assert.Equal(n, (await GetAsync(http, "/v1/sandbox/emails")).GetProperty("data").GetArrayLength());
        }
        var waited = await world.SqlAsync<double[]>("""
            select array_agg(extract(epoch from a.started_at - w.begun_at)::float8) from relay.deliveries w join relay.deliveries m on m.notification_id = w.notification_id and m.channel = 'email'
            join relay.attempts a on a.delivery_id = m.id where w.channel = 'websocket' and w.status = 'expired'
            """, ct);
        Assert.Equal(3, waited.Length);
        Assert.All(waited, seconds => Assert.True(seconds >= 1, $"{seconds} s"));
        Assert.InRange(waited.Min(), 1, 3);
    }

    private static (string? Id, long Number) IdAndNumber(JsonElement frame) => (frame.GetProperty("id").GetString(), frame.GetProperty("s").GetInt64());

    private static async Task<SocketClient> OpenAsync(ChaosWorld world, HttpClient http, string device) =>
        await SocketClient.HelloAsync(world.Nodes[0].Address, (await PostAsync(http, "/v1/tokens", new { user = "ann", device })).GetProperty("token").GetString()!);

    private static async Task<string> SendAsync(HttpClient http, int withinSeconds) => (await PostAsync(http, "/v1/notifications", new
    {
        to = new { user = "ann", email = "ann@example.com" },
        content = new { subject = "Hello", text = "It works." },
        route = new object[] { new { channel = "websocket", within_s = withinSeconds }, new { channel = "email" } },
    })).GetProperty("id").GetString()!;

    private static async Task<string[]> StepsAsync(HttpClient http, string notification) =>
        [.. (await GetAsync(http, $"/v1/notifications/{notification}")).GetProperty("deliveries").EnumerateArray().Select(d => d.GetProperty("status").GetString()!)];

    private static Task<JsonElement> GetAsync(HttpClient http, string path) => http.GetFromJsonAsync<JsonElement>(path);

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(path, body);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }
}
