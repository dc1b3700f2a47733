using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using ChatRelay.Chaos.Runs;
using ChatRelay.Chaos.Verdict;
using ChatRelay.Chaos.World;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Chaos.Scenarios;

/// <summary>
/// The node dies, by kill -9, at the moment when a screen gives way to a mail. Nobody is there: every notification stands in an inbox for a second, and then a
/// mail goes out. (1) some a second, all the time; (2) when a step is about to run out the node is killed, and started again, and at the end left alone for a moment; (3) when all is quiet: never no
/// mail, never two but under one Message-ID, every step begun once.
/// </summary>
internal sealed partial class FallbackScenario(ScenarioRun run)
{
    public const int Kills = 200;
    private const int WithinSeconds = 1, PerSecond = 20;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);
    private const double MostMilliseconds = 700; // after the moment itself: the step is judged, its mail claimed and on its way by then

    public async Task<ScenarioReport> RunAsync()
    {
        var (began, kills) = (DateTimeOffset.UtcNow, run.Faults ?? Kills);
        await using var mails = new FakeSmtp().Start();
        await using var world = await ChaosWorld.StartAsync(run.Folder, new WorldPlan([new("one")]), run.Say, run.Stop);
        var node = world.Nodes[0];
        using (var http = world.ClientOf(node)) await OpenMailAsync(http, mails.Port);

        // (1)
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
        var sending = SendAsync(world, enough.Token);

        // (2)
        for (var kill = 0; kill < kills; kill++)
        {
            await AboutToRunOutAsync(world);
            await Task.Delay(TimeSpan.FromMilliseconds(SeededChance.Of(run.Seed, "fallback", kill).NextDouble() * MostMilliseconds), run.Stop);
            await node.KillAsync();
            node.Start();
            await node.ReadyAsync(run.Stop);
            if (kill % 20 == 19) run.Say($"{kill + 1} of {kills} kills, {mails.Requests.Count} mails");
        }
        var quiet = await world.SqlAsync<DateTime>("select relay.now()", run.Stop);
        await Task.Delay(Quiet, run.Stop);
        await enough.CancelAsync();
        var accepted = await sending;

        // (3)
        var left = await world.DrainedAsync(TimeSpan.FromMinutes(2), run.Stop);
        var came = mails.Requests.Select(mail => Encoding.Latin1.GetString(mail.Body)).ToLookup(NumberOf, text => MessageId().Match(text).Value);
        var late = await LateAsync(world, quiet);
        return new("fallback", began, DateTimeOffset.UtcNow,
        [
            new("kills", kills, AtLeast: kills),
            new("notifications accepted", accepted.Count, AtLeast: kills),
            Finding.None("accepted, and no mail came", accepted.Count(number => !came[number].Any())),
            Finding.None("mails of one notification under different Message-IDs", accepted.Count(number => came[number].Distinct().Count() > 1)),
            new("mails that came again, under the same", accepted.Sum(number => Math.Max(0, came[number].Count() - 1))),
            Finding.None("notifications that do not stand in the inbox once", await CountAsync(world, """
                select count(*) from (select from relay.notifications n left join relay.inbox_entries e on e.notification_id = n.id and e.kind = 'notification' group by n.id having count(e.seq) <> 1) t
                """)),
            Finding.None("steps that did not end as they should", await CountAsync(world, """
                select count(*) from relay.deliveries d where (d.channel, d.status, d.run) not in (('websocket', 'expired', 0), ('email', 'sent', 0))
                """)),
            Finding.None("notifications with more or fewer than two deliveries", await CountAsync(world, "select count(*) from relay.notifications where cardinality(delivery_ids) <> 2")),
            Finding.None("events of a notification that was sent more than once", await CountAsync(world, """
                select count(*) from (select from relay.events where type = 'notification.sent' group by tenant_id, subject having count(*) > 1) t
                """)),
            new("notifications that were told to be sent", await CountAsync(world, "select count(distinct subject) from relay.events where type = 'notification.sent'"), AtLeast: accepted.Count),
            Finding.None("left in the queue", left),
            new("a mail's first attempt after its screen had run out, once no node was killed any more, p50", late.Half, "s") { OfSpeed = true },
            new("… the latest", late.Most, "s", AtMost: 2) { OfSpeed = true },
        ])
        { Notes = [$"{PerSecond} a second, {WithinSeconds} s on screen each; killed within {MostMilliseconds} ms of a step's end."] };
    }

    private static async Task OpenMailAsync(HttpClient http, int port)
    {
        using var made = await http.PostAsJsonAsync(new Uri("/v1/providers", UriKind.Relative), new
        {
            channel = "email",
            type = "smtp",
            name = "Main",
            from = new { email = "news@example.com", name = "Example" },
            config = new { host = "127.0.0.1", port, security = "none", auth = "none" },
        });
        if (!made.IsSuccessStatusCode) throw new InvalidOperationException(await made.Content.ReadAsStringAsync());
    }

    /// <summary>One after the other, each with a key of its own: what was not answered is asked again, and is the same one.</summary>
    private async Task<List<int>> SendAsync(ChaosWorld world, CancellationToken enough)
    {
        using var http = world.ClientOf(world.Nodes[0]);
        http.Timeout = TimeSpan.FromSeconds(5);
        var accepted = new List<int>();
        for (var number = 1; !enough.IsCancellationRequested; number++)
        {
            var body = new
            {
                to = new { user = $"u{number % 50}", email = $"u{number % 50}@example.com" },
                route = new object[] { new { channel = "websocket", within_s = WithinSeconds }, new { channel = "email", on_unknown = "retry" } },
                content = new { subject = $"Number {number}", text = "Nobody was there." },
            };
            while (!await TrySendAsync(http, number, body)) await Task.Delay(50, run.Stop);
            accepted.Add(number);
            await Task.Delay(1000 / PerSecond, run.Stop);
        }
        return accepted;
    }

    private async Task<bool> TrySendAsync(HttpClient http, int number, object body)
    {
        try
        {
            using var asked = new HttpRequestMessage(HttpMethod.Post, "/v1/notifications") { Content = JsonContent.Create(body) };
            asked.Headers.Add("Idempotency-Key", $"number-{number}");
            using var answer = await http.SendAsync(asked, run.Stop);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (LostAnswer.IsBehind(e, run.Stop))
        {
            return false; // it died just now
        }
    }

    private async Task AboutToRunOutAsync(ChaosWorld world) => await run.UntilAsync("a step that is about to run out", async () => await CountAsync(world, """
        select count(*) from relay.queue where channel = 'websocket' and deadline_at between relay.now() - interval '100 milliseconds' and relay.now() + interval '100 milliseconds'
        """) > 0, 60);

    /// <summary>From the end of a screen's time to the first attempt of the mail after it.</summary>
    private async Task<(double Half, double Most)> LateAsync(ChaosWorld world, DateTime since)
    {
        await using var command = world.Owner.CreateCommand("""
            select coalesce(percentile_cont(0.5) within group (order by s), 0)::float8, coalesce(max(s), 0)::float8 from (
              select extract(epoch from a.started_at - w.begun_at) - w.within_s as s from relay.deliveries w
              join relay.deliveries m on m.tenant_id = w.tenant_id and m.notification_id = w.notification_id and m.channel = 'email'
              join relay.attempts a on a.tenant_id = m.tenant_id and a.delivery_id = m.id and a.number = 1
              where w.channel = 'websocket' and w.begun_at > $1) t
            """);
        command.Parameters.AddWithValue(since);
        await using var reader = await command.ExecuteReaderAsync(run.Stop);
        await reader.ReadAsync(run.Stop);
        return (reader.GetDouble(0), reader.GetDouble(1));
    }

    private Task<long> CountAsync(ChaosWorld world, string sql) => world.SqlAsync<long>(sql, run.Stop);

    private static int NumberOf(string mail) => int.Parse(Subject().Match(mail).Groups[1].Value);

    [GeneratedRegex("(?im)^Message-ID: .*$")]
    private static partial Regex MessageId();

    [GeneratedRegex("(?im)^Subject: Number (\\d+)")]
    private static partial Regex Subject();
}
