using System.Text.Json;
using System.Text.RegularExpressions;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Operations;

/// <summary>docs/monitoring and docs/runbooks, beside what a node really serves.</summary>
public sealed partial class MonitoringFilesTests(MonitoringFilesTests.Scraped scraped) : IClassFixture<MonitoringFilesTests.Scraped>
{
    /// <summary>A node, and what it serves to a key of the role metrics.</summary>
    public sealed class Scraped : IAsyncLifetime
    {
        internal RelayHost Host { get; private set; } = null!;
        internal HttpClient Key { get; private set; } = null!;
        internal string Served { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Host = await RelayHost.StartAsync();
            Key = Host.Client((await Host.Operator.SendAsync("/v1/operator-keys", new { name = "scrape", role = "metrics" }))["key"].GetString());
            Served = (await Key.ReadAsync("/metrics")).Text;
        }

        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }

    [Fact]
    public void Every_metric_of_the_dashboard_and_of_the_alerts_is_served()
    {
        var names = Lines();
        foreach (var file in new[] { "docs/monitoring/grafana.json", "docs/monitoring/alerts.yml" })
        {
            var used = Name().Matches(File.ReadAllText(Repository.File(file))).Select(m => m.Value).Distinct().ToList();
            Assert.NotEmpty(used);
            Assert.DoesNotContain(used, name => !names.Contains(name));
        }
    }

    [Fact]
    public void Every_metric_that_is_served_is_on_the_dashboard_and_in_the_document()
    {
        var dashboard = File.ReadAllText(Repository.File("docs/monitoring/grafana.json"));
        var document = File.ReadAllText(Repository.File("docs/operations.md"));
        var kinds = Kind().Matches(scraped.Served).Select(m => m.Groups[1].Value).ToList();
        Assert.Contains("chatrelay_pool_connections", kinds);
        Assert.DoesNotContain(kinds, name => !dashboard.Contains(name, StringComparison.Ordinal));
        Assert.DoesNotContain(kinds, name => name.StartsWith("chatrelay_", StringComparison.Ordinal) && !document.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_alert_has_a_runbook_and_every_runbook_an_alert()
    {
        var alerts = File.ReadAllText(Repository.File("docs/monitoring/alerts.yml"));
        var named = Runbook().Matches(alerts).Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(Alert().Count(alerts), named.Count);
        Assert.Equal(Directory.EnumerateFiles(Repository.File("docs/runbooks")).Select(Path.GetFileName).Order(StringComparer.Ordinal), named.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_alert_asks_a_metric_that_is_served_and_says_how_bad_it_is_and_what_to_do()
    {
        var read = await NodePeer.AskAsync<Dictionary<string, JsonElement[]>>("read-yaml.mjs", new { alerts = await File.ReadAllTextAsync(Repository.File("docs/monitoring/alerts.yml")) }, TestContext.Current.CancellationToken);
        var rules = read["alerts"].Single().GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray()).ToList();
        Assert.Equal(rules.Count, rules.Select(rule => rule.GetProperty("alert").GetString()).Distinct().Count());
        var names = Lines();
        foreach (var rule in rules)
        {
            var asked = rule.GetProperty("expr").GetString()!;
            Assert.True(asked.StartsWith("up{", StringComparison.Ordinal) || Name().Matches(asked).Any(m => names.Contains(m.Value)), asked);
            Assert.Contains(rule.GetProperty("labels").GetProperty("severity").GetString(), (string[])["critical", "warning", "info"]);
            Assert.NotEmpty(rule.GetProperty("annotations").GetProperty("summary").GetString()!);
            Assert.True(File.Exists(Repository.File(rule.GetProperty("annotations").GetProperty("runbook").GetString()!)), rule.GetRawText());
        }
    }

    [Fact]
    public void The_dashboard_is_whole_and_every_panel_asks_something()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Repository.File("docs/monitoring/grafana.json")));
        Assert.All(dashboard.RootElement.GetProperty("panels").EnumerateArray(), panel => Assert.All(panel.GetProperty("targets").EnumerateArray(), target => Assert.NotEmpty(target.GetProperty("expr").GetString()!)));
    }

    [Fact]
    public async Task Pools_commits_and_sockets_are_told_under_closed_names_and_a_metrics_key_reads_nothing_else()
    {
        string text = "";
        await Eventually.Async(async () => (text = (await scraped.Key.ReadAsync("/metrics")).Text).Contains("chatrelay_database_bytes 0", StringComparison.Ordinal) is false);
        foreach (var pool in new[] { "owner", "engine", "request" })
            Assert.Matches($"chatrelay_pool_connections\\{{pool=\"{pool}\",state=\"(idle|used)\"\\}} \\d+", text);
        Assert.DoesNotContain("Host=", text, StringComparison.Ordinal);
        Assert.Contains("chatrelay_commit_units_total{of=\"requests\"}", text, StringComparison.Ordinal);
        Assert.Contains("chatrelay_sockets 0", text, StringComparison.Ordinal);
        Assert.Equal(403, (await scraped.Key.ReadAsync("/v1/tenants")).Status);
        Assert.Equal(403, (await scraped.Key.ReadAsync("/v1/ops/pause")).Status);
        Assert.Equal(401, (await scraped.Host.Anonymous.ReadAsync("/metrics")).Status);
    }

    // A histogram is served under its three names.
    private HashSet<string> Lines() => [.. scraped.Served.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('{', ' ')[0]), .. Kind().Matches(scraped.Served).Select(m => m.Groups[1].Value)];

    [GeneratedRegex(@"chatrelay_[a-z_]+")]
    private static partial Regex Name();

    [GeneratedRegex(@"^# TYPE (\S+)", RegexOptions.Multiline)]
    private static partial Regex Kind();

    [GeneratedRegex(@"runbook: docs/runbooks/(\S+)")]
    private static partial Regex Runbook();

    [GeneratedRegex("- alert:")]
    private static partial Regex Alert();
}
