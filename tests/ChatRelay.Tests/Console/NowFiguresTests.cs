using System.Net;
using System.Text.RegularExpressions;
using ChatRelay.Console;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Console;

/// <summary>What the first page says agrees with what happened.</summary>
public sealed class NowFiguresTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private RelayHost Host => fixture.Engine.Host;

    [Fact]
    public async Task Rates_queue_nodes_and_database_are_those_of_what_happened()
    {
        var (busy, resting) = (await fixture.Engine.ForAnotherTenantAsync(), await Host.NewTenantAsync("At rest"));
        await using var well = FakeReceiver.Answering(200);
        await using var gone = FakeReceiver.Answering(410);

        // 1. Four get through, two fail; a room is open on a socket, and three messages are said in it.
        foreach (var (url, count, status) in new[] { (well.Url, 4, "sent"), (gone.Url, 2, "failed") })
            for (var i = 0; i < count; i++) await busy.ReachesAsync((await busy.SendWebhookAsync(url)).Id, status);
        var room = await busy.Http.SendAsync("/v1/rooms", new { type = "group", name = "Open", members = new[] { new { user = "ann", role = "member" } } });
        await using var ann = await SocketClient.HelloAsync(Host.Address, (await busy.Http.SendAsync("/v1/tokens", new { user = "ann" }))["token"].GetString()!);
        await ann.DoAsync("join", new { r = room.Id });
        foreach (var text in (string[])["one", "two", "three"]) Assert.Equal(201, (await busy.Http.SendAsync($"/v1/rooms/{room.Id}/messages", new { from = "ann", type = "text", body = new { text } })).Status);

        // 2. Of another tenant three are due for minutes, since it is paused.
        Assert.Equal(204, (await Host.Operator.AskAsync(HttpMethod.Post, $"/v1/ops/tenants/{resting.Id}/pause")).Status);
        for (var i = 0; i < 3; i++)
            Assert.Equal(202, (await resting.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { url = well.Url.ToString() } }, content = new { text = "hi" }, priority = "high" })).Status);
        await Host.TimePasses(TimeSpan.FromMinutes(7));

        // 3. What the node writes down of itself.
        using var visitor = await ConsoleVisitor.OfRoleAsync(Host, "viewer");
        await Eventually.Async(async () => RowOf(await PageAsync(), "At rest")?.StartsWith("At rest 3 7 min", StringComparison.Ordinal) is true); // counted every two seconds
        await Host.Services.GetRequiredService<NodeFigures>().SampleAsync();
        Assert.Equal("9 6 2 6 3", await Host.SqlAsync("select concat_ws(' ', sum(accepted), sum(attempts), sum(failed), sum(first_attempts), sum(messages)) from relay.node_figures"));
        Assert.Equal("1 1 3", await Host.SqlAsync("select concat_ws(' ', sockets, rooms, due) from relay.node_figures order by at desc limit 1"));

        // 4. And what the page makes of it.
        var page = await PageAsync();
        Assert.StartsWith("high webhook due 3 7 min", RowOf(page, "high"), StringComparison.Ordinal);
        Assert.Contains("<b>1</b> sockets", page, StringComparison.Ordinal);
        Assert.Contains("<b>3</b> waiting", page, StringComparison.Ordinal);
        Assert.Matches(@"<b>7 min[^<]*</b> oldest due", page);
        Assert.Matches(@"<b>[\d.]+ (ms|s)</b> to a first attempt", page);
        var (state, figures) = NodeOf(page);
        Assert.Equal(("alive", "1", "1"), (state, figures[2], figures[3])); // one room: the user's inbox is none
        var detailed = (await Host.Operator.ReadAsync("/health/detailed"))["database"];
        Assert.Contains($"<b>{detailed.GetProperty("durability").GetString()}</b> durability", page, StringComparison.Ordinal);
        Assert.Contains($"<b>{detailed.GetProperty("schema").GetInt32()}</b> schema", page, StringComparison.Ordinal);
        Assert.Contains("<b>postgres</b> bus between nodes", page, StringComparison.Ordinal);

        // 5. A snapshot that somebody holds open is seen as long as it is.
        await using var forgotten = new Npgsql.NpgsqlConnection(Host.Database.ConnectionString);
        await forgotten.OpenAsync(TestContext.Current.CancellationToken);
        await using (await forgotten.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var first = new Npgsql.NpgsqlCommand("select 1", forgotten);
            await first.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await Eventually.Async(async () => SnapshotOf(await PageAsync()) >= 2);
        }
        await Eventually.Async(async () => SnapshotOf(await PageAsync()) < 2);

        async Task<string> PageAsync() => (await visitor.OpenAsync("/ops")).Html;
        static int SnapshotOf(string page) => int.Parse(Regex.Match(page, "<b>(\\d+) s</b> oldest snapshot").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The words of the row that begins so.</summary>
    private static string? RowOf(string page, string begins) =>
        Regex.Matches(page, "<tr>(.*?)</tr>", RegexOptions.Singleline).Select(m => Words(m.Groups[1].Value)).FirstOrDefault(row => row.StartsWith(begins, StringComparison.Ordinal));

    /// <summary>The state of the only node, and its numbers: in flight, attempts, sockets, rooms, messages a second.</summary>
    private static (string State, IReadOnlyList<string> Numbers) NodeOf(string page)
    {
        var table = page[page.IndexOf("<h2>Nodes</h2>", StringComparison.Ordinal)..];
        return (Regex.Match(table, "class=\"tag (\\w+)\"").Groups[1].Value, [.. Regex.Matches(table, "class=\"number\">([\\d.,]+)</td>").Select(m => m.Groups[1].Value)]);
    }

    private static string Words(string html) => Regex.Replace(WebUtility.HtmlDecode(Regex.Replace(html, "<[^>]+>", " ")), "\\s+", " ").Trim();
}
