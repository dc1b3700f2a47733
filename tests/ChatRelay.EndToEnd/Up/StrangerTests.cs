using System.Diagnostics;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Pages;

namespace ChatRelay.EndToEnd.Up;

/// <summary>Somebody who has found the repository, and has a shell and the page that begins.</summary>
[Collection(nameof(CleanClone))]
public sealed class StrangerTests(CleanClone clone, ITestOutputHelper output)
{
    [Fact]
    public async Task From_the_clone_to_the_first_webhook_received_with_nothing_but_the_page()
    {
        var page = Page.All.Single(p => p.Path == "docs/getting-started.md");
        Assert.Contains("CHATRELAY_OUTBOUND_ALLOW=127.0.0.0/8 CHATRELAY_DEVELOPMENT=true ./chatrelay up", page.Blocks[0].Text, StringComparison.Ordinal);
        var began = Stopwatch.GetTimestamp();
        await using var run = UpRun.Begin(clone, $"{clone.Folder}/.data", asUser: true, environment: ["CHATRELAY_OUTBOUND_ALLOW=127.0.0.0/8", "CHATRELAY_DEVELOPMENT=true"]);
        await run.SaysAsync("First tenant");
        var ready = Stopwatch.GetElapsedTime(began);

        // The package of the sample's receiver, as whoever has used npm before has it.
        await Command.AsRootAsync("sh", "-c", """
            from=$1 to=$2/samples/webhook-receiver/node_modules; mkdir -p "$to"
            for package in standardwebhooks @stablelib fast-sha256; do cp -a "$from/$package" "$to/"; done; chown -R "$3:" "$to"
            """, "sh", Repository.File("tests/node/node_modules"), clone.Folder, clone.User);

        // What the page has a stranger type, up to where the receiver shows both events.
        var typed = string.Join('\n', page.Blocks.Where(b => b is { Language: "sh", Runs: true }).Select(b => b.Text)).Split("kill $!")[0];
        Assert.Contains("notification.sent", typed, StringComparison.Ordinal);
        var script = $"set -euo pipefail; cd '{clone.Folder}'; trap 'jobs -p | xargs -r kill 2>/dev/null || true' EXIT\n{typed.Replace("http://127.0.0.1:8080", run.Address, StringComparison.Ordinal)}";
        var said = await Command.RunAsync("sudo", "-n", "-u", clone.User, "-H", "timeout", "180", "bash", "-c", script);
        Assert.True(said.ExitCode is 0, $"{said.ExitCode}\n{said.Output}");
        Assert.Contains("invoice.paid", said.Output, StringComparison.Ordinal);
        var webhook = Stopwatch.GetElapsedTime(began);
        output.WriteLine($"clone and build {clone.Took.TotalSeconds:0} s, ready after {ready.TotalSeconds:0.0} s more, both webhooks received after {webhook.TotalSeconds:0.0} s: {(clone.Took + webhook).TotalSeconds:0} s in all");
        Assert.Equal(0, await run.PressCtrlCAsync());
    }
}
