using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.Protocol;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// One message to a large room that tells who has not read, while the node that makes their notifications is killed again and again, and a neighbour sends
/// mail of their own. Nobody is left out, nobody told twice, and the node's memory does not grow with the room.
/// </summary>
internal sealed class NotifyScenario(ScenarioRun run)
{
    private const double MostMemoryMb = 600;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    public int Members { get; init; } = 100_000;
    public int Kills { get; init; } = 10;

    /// <summary>How fast the room's mails may go out; null: as fast as they do.</summary>
    public int? MailsPerSecond { get; init; }

    public async Task<ScenarioReport> RunAsync()
    {
        var began = DateTimeOffset.UtcNow;
        await using var world = await ChaosWorld.StartAsync(run.Folder, new WorldPlan([new("one")], Tenants: 2), run.Say, run.Stop);
        var node = world.Nodes[0];
        using var http = world.ClientOf(node);
        var room = await RoomAsync(world, http);
        if (MailsPerSecond is { } rate) await SlowAsync(http, rate);

        // (1) a warm node, and a neighbour who goes on throughout
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
        var (neighbour, peak) = (NeighbourAsync(world, ended.Token), PeakAsync(node, ended.Token));
        await run.UntilAsync("the neighbour's first mail", async () => await world.SqlAsync<long>("select count(*) from relay.sandbox_emails", run.Stop) > 0, 60);

        run.Say($"{(DateTimeOffset.UtcNow - began).TotalSeconds:0.0} s: warm");

        // (2) one message, and deaths spread over the making
        (await http.PostAsJsonAsync($"/v1/rooms/{room}/messages", new { from = "u0", body = "hello" }, run.Stop)).EnsureSuccessStatusCode();
        for (var kill = 1; kill <= Kills; kill++)
        {
            var part = (long)Members * kill / (Kills + 1);
            await run.UntilAsync($"{part} notifications", async () => await MadeAsync(world) >= part, 600);
            await node.KillAsync();
            run.Say($"{(DateTimeOffset.UtcNow - began).TotalSeconds:0.0} s: killed at {await MadeAsync(world)} of {Members}");
            node.Start();
            await node.ReadyAsync(run.Stop);
        }
        await run.UntilAsync("the last notification", async () => await world.SqlAsync<long>("select count(*) from relay.notification_groups where status = 'made'", run.Stop) == 1, 600);
        run.Say($"{(DateTimeOffset.UtcNow - began).TotalSeconds:0.0} s: all are made");
        await ended.CancelAsync();
        var sent = await neighbour;
        await run.UntilAsync("the neighbour's last mail", async () => await NeighboursAsync(world, "count(*)") == sent, 120);

        return new("notify", began, DateTimeOffset.UtcNow,
        [
            new("members", Members), new("node killed", Kills),
            Finding.None("members without a notification", Members - 1 - await MadeAsync(world, "distinct to_user")),
            Finding.None("notifications too many", await MadeAsync(world) - (Members - 1)),
            Finding.None("members who were told and hold no mark of it", Members - 1 - await world.SqlAsync<long>("select count(*) from relay.room_told", run.Stop)),
            Finding.None("mails under two ids to one member", await world.SqlAsync<long>("select count(*) - count(distinct recipient) from (select distinct recipient, message_id from relay.sandbox_emails where recipient like 'u%') m", run.Stop)),
            new("memory of the node, at most", await peak, "MB", AtMost: MostMemoryMb),
            new("a neighbour's mails meanwhile", sent, AtLeast: 1),
            new("… from 202 to sent: p50", await NeighboursAsync(world, "percentile_cont(0.5) within group (order by extract(epoch from d.ended_at - d.created_at)) * 1000"), "ms", AtMost: 1000) { OfSpeed = true },
        ]);
    }

    private async Task<string> RoomAsync(ChaosWorld world, HttpClient http)
    {
        using var answer = await http.PostAsJsonAsync("/v1/rooms", new { name = "large", max_members = 100_000, notify = new { after_s = 5, content = new { subject = "{count} unread in {room}", text = "Come and read." } } }, run.Stop);
        var room = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(run.Stop)).GetProperty("id").GetString()!;
        var id = RelayId.TryParse<RoomId>(room, out var known) ? known.Value : throw new InvalidOperationException(room);
        await world.SqlAsync<long>("""
            with placed as (
              insert into relay.room_members (tenant_id, room_id, user_id, role, since) select tenant_id, room_id, 'u' || n, 'member', 0 from relay.room_heads, generate_series(0, $2 - 1) n where room_id = $1
            ), known as (
              insert into relay.users (tenant_id, id, email) select tenant_id, 'u' || n, 'u' || n || '@example.com' from relay.room_heads, generate_series(0, $2 - 1) n where room_id = $1
            ), counted as (update relay.room_heads set members = $2 where room_id = $1)
            select 1::bigint
            """, run.Stop, id, Members);
        return room;
    }

    private async Task SlowAsync(HttpClient http, int rate)
    {
        var accounts = await http.GetFromJsonAsync<JsonElement>("/v1/providers", run.Stop);
        (await http.PatchAsJsonAsync($"/v1/providers/{accounts.GetProperty("data")[0].GetProperty("id").GetString()}", new { max_rate_per_s = rate }, run.Stop)).EnsureSuccessStatusCode();
    }

    private Task<long> MadeAsync(ChaosWorld world, string what = "*") => world.SqlAsync<long>($"select count({what}) from relay.notifications where group_id is not null", run.Stop);

    private async Task<double> NeighboursAsync(ChaosWorld world, string what) => Convert.ToDouble(await world.SqlAsync<object>($"""
        select {what} from relay.notifications n join relay.deliveries d on d.tenant_id = n.tenant_id and d.notification_id = n.id where n.group_id is null and d.status = 'sent'
        """, run.Stop), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A mail every tenth of a second, each asked for until it is answered; how many there were.</summary>
    private static async Task<int> NeighbourAsync(ChaosWorld world, CancellationToken until)
    {
        using var http = world.ClientOf(world.Nodes[0], tenant: 1);
        var sent = 0;
        while (!until.IsCancellationRequested)
        {
            await SendAsync(http, $"n-{sent}");
            sent++;
            await Task.Delay(Between, CancellationToken.None);
        }
        return sent;
    }

    // One that was on its way when the node died goes out again, under the same Message-ID.
    private static object Mail => new { to = new { email = "neighbour@example.com" }, route = new[] { new { channel = "email", on_unknown = "retry" } }, content = new { subject = "x", text = "x" } };

    private static async Task SendAsync(HttpClient http, string key)
    {
        while (true)
        {
            try
            {
                using var send = new HttpRequestMessage(HttpMethod.Post, "/v1/notifications") { Content = JsonContent.Create(Mail) };
                send.Headers.Add("Idempotency-Key", key);
                using var answer = await http.SendAsync(send);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (Exception e) when (LostAnswer.IsBehind(e))
            {
                // The node is away.
            }
            await Task.Delay(Between);
        }
    }

    private static async Task<double> PeakAsync(ChaosNode node, CancellationToken until)
    {
        var peak = 0.0;
        while (!until.IsCancellationRequested)
        {
            try
            {
                peak = Math.Max(peak, node.Process?.ResidentMb ?? 0);
            }
            catch (Exception gone) when (gone is IOException or InvalidOperationException or UnauthorizedAccessException)
            {
                // It died while we looked.
            }
            await Task.Delay(Between, CancellationToken.None);
        }
        return peak;
    }
}
