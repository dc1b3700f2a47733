using System.Globalization;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Xunit;

namespace ChatRelay.Tests.Operations;

/// <summary>The engine's figures, as a scrape reads them.</summary>
public sealed class DeliveryFiguresTests : IAsyncLifetime
{
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await EngineHost.StartAsync();
    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Attempts_are_counted_by_channel_and_outcome_and_the_first_ones_are_timed()
    {
        await using var receiver = FakeReceiver.Answering(200);
        foreach (var said in new[] { await _engine.SendWebhookAsync(receiver.Url), await _engine.SendMailAsync("ann@example.com"), await _engine.SendMailAsync("bob@example.com") }) await _engine.ReachesAsync(said.Id, "sent");
        await _engine.ReachesAsync((await _engine.SendMailAsync("invalid@simulator")).Id, "failed");
        var later = await _engine.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(2) });
        await _engine.Host.TimePasses(TimeSpan.FromHours(2));
        await _engine.ReachesAsync(later.Id, "sent");

        var figures = await UntilAsync(f => f["chatrelay_attempts_total{channel=\"email\",outcome=\"ok\"}"] == 3);
        Assert.Equal(1, figures["chatrelay_attempts_total{channel=\"webhook\",outcome=\"ok\"}"]);
        Assert.Equal(1, figures["chatrelay_attempts_total{channel=\"email\",outcome=\"invalid_recipient\"}"]);
        Assert.Equal(5, figures["chatrelay_first_attempt_seconds_count"]);
        Assert.Equal(5, figures["chatrelay_first_attempt_seconds_bucket{le=\"300\"}"]); // what was scheduled counts from its time
        Assert.InRange(figures["chatrelay_first_attempt_seconds_sum"], 0, 5 * 300);
    }

    [Fact]
    public async Task What_waits_is_told_by_priority_channel_and_why_and_how_long()
    {
        await using var silent = FakeReceiver.Start(async c => { await c.ReadRequestAsync(); await c.HangAsync(); });
        await _engine.SendWebhookAsync(silent.Url, more: new { priority = "high" });
        await UntilAsync(f => f["chatrelay_in_flight"] == 1 && f.GetValueOrDefault("chatrelay_queue_deliveries{priority=\"high\",channel=\"webhook\",state=\"sending\"}") == 1);

        await _engine.SendMailAsync("ann@example.com", new { send_at = _engine.Now.AddHours(2), priority = "low" });
        await _engine.DeliveryReachesAsync((await _engine.SendMailAsync("timeout@simulator"))["deliveries.0.id"].GetString()!, "held");
        await UntilAsync(f => f.GetValueOrDefault("chatrelay_queue_deliveries{priority=\"low\",channel=\"email\",state=\"later\"}") == 1
            && f.GetValueOrDefault("chatrelay_queue_deliveries{priority=\"normal\",channel=\"email\",state=\"held\"}") == 1);

        // A target whose breaker is open: its next delivery is due, and waits.
        var dead = new Uri("http://127.0.0.1:1/");
        for (var i = 0; i < 12; i++) await _engine.SendWebhookAsync(dead);
        await UntilAsync(f => f["chatrelay_breakers_open"] >= 1 && f.GetValueOrDefault("chatrelay_queue_deliveries{priority=\"normal\",channel=\"webhook\",state=\"due\"}") >= 1
            && f.GetValueOrDefault("chatrelay_queue_oldest_due_seconds{priority=\"normal\",channel=\"webhook\"}") > 0);
    }

    [Fact]
    public async Task Rescues_and_late_writes_are_counted()
    {
        await using var receiver = FakeReceiver.Answering(200);
        var said = await _engine.SendWebhookAsync(receiver.Url, more: new { send_at = _engine.Now.AddHours(3) });
        await _engine.DieWithAsync(said["deliveries.0.id"].GetString()!, begun: true);
        await _engine.ReachesAsync(said.Id, "sent");

        // Somebody takes a claim away while its attempt is under way: its outcome comes too late.
        var go = new TaskCompletionSource();
        await using var slow = FakeReceiver.Start(async c => { await c.ReadRequestAsync(); await go.Task; await c.SendAsync(FakeReceiver.Answer(200)); });
        var taken = await _engine.SendWebhookAsync(slow.Url);
        await _engine.ReachesAsync(taken.Id, "sending");
        await _engine.Host.SqlAsync("update relay.queue set claim = claim + 1");
        go.SetResult();

        var figures = await UntilAsync(f => f["chatrelay_stale_writes_total"] == 1);
        Assert.Equal(1, figures["chatrelay_rescued_total"]);
        Assert.Equal(1, figures["chatrelay_attempts_total{channel=\"webhook\",outcome=\"worker_lost\"}"]);
    }

    [Fact]
    public async Task More_tenants_and_targets_make_no_more_lines()
    {
        await using var receiver = FakeReceiver.Answering(200);
        await _engine.ReachesAsync((await _engine.SendWebhookAsync(receiver.Url)).Id, "sent");
        var before = (await UntilAsync(f => f.ContainsKey("chatrelay_attempts_total{channel=\"webhook\",outcome=\"ok\"}"))).Keys;
        for (var i = 0; i < 10; i++)
        {
            var tenant = await _engine.ForAnotherTenantAsync();
            await tenant.ReachesAsync((await tenant.SendWebhookAsync(new($"http://127.0.0.1:{receiver.Port}/hook-{i}"))).Id, "sent");
        }
        var after = (await UntilAsync(f => f["chatrelay_attempts_total{channel=\"webhook\",outcome=\"ok\"}"] == 11)).Keys;
        Assert.Equal(Steady(before), Steady(after));

        static IEnumerable<string> Steady(IEnumerable<string> lines) => lines.Where(l => !l.StartsWith("chatrelay_queue_", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    private async Task<Dictionary<string, double>> UntilAsync(Func<Dictionary<string, double>, bool> holds)
    {
        Dictionary<string, double> read = [];
        await EngineHost.UntilAsync(() => _engine.Host.Operator.ReadAsync("/metrics"), said => holds(read = Of(said)));
        return read;
    }

    // Every line is a name, perhaps labels, and a number; every name has its help and its kind before it.
    private static Dictionary<string, double> Of(Said said)
    {
        var (figures, kinds) = (new Dictionary<string, double>(), new HashSet<string>());
        foreach (var line in said.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal)) kinds.Add(line.Split(' ')[2]);
            if (line[0] == '#') continue;
            var at = line.LastIndexOf(' ');
            Assert.Contains(kinds, k => line.StartsWith(k, StringComparison.Ordinal));
            figures.Add(line[..at], double.Parse(line[(at + 1)..], CultureInfo.InvariantCulture));
        }
        return figures;
    }
}
