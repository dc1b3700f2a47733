using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit;

namespace ChatRelay.Bench.Inbox;

/// <summary>Notifications to people who are there, and the inbox that they read.</summary>
internal static class InboxBench
{
    public static async Task RunAsync(BenchArguments asked, Report report, CancellationToken ct)
    {
        await using var node = await RelayNode.StartAsync(null, [("CHATRELAY_USER_RATE_PER_S", "1000000"), ("CHATRELAY_USER_RATE_BURST", "1000000")], ct);
        if (asked.Wants("rate")) await ScreenRate.RunAsync(node, asked, report, ct);
        if (asked.Wants("latency")) await ScreenLatency.RunAsync(node, asked, report, ct);
        if (asked.Wants("list")) await ListSpeed.RunAsync(node, asked, report, ct);
    }

    /// <summary>Users with one open socket each.</summary>
    public static async Task<IReadOnlyList<SocketClient>> OpenAsync(RelayNode node, string prefix, int users, CancellationToken ct)
    {
        var open = new List<SocketClient>(users);
        for (var n = 0; n < users; n++)
        {
            using var minted = await node.Http.PostAsJsonAsync(new Uri("/v1/tokens", UriKind.Relative), new { user = $"{prefix}{n}" }, ct);
            var token = (await minted.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(ct)).GetProperty("token").GetString()!;
            open.Add(await SocketClient.HelloAsync(node.Process.Address, token));
        }
        return open;
    }

    public static object Notification(string user, long number) => new
    {
        to = new { user },
        route = new[] { new { channel = "websocket" } },
        content = new { text = "Your order is on its way.", data = new { n = number } },
    };

    public static long NumberOf(JsonElement frame) => frame.GetProperty("notification").GetProperty("content").GetProperty("data").GetProperty("n").GetInt64();
}
