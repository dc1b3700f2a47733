using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

public sealed class StartTests
{
    [Theory]
    [InlineData("fingerprint")] // the ring is being compared
    [InlineData("select number, checksum from relay.migrations")]
    [InlineData("update nodes set ended_at")] // the schema is there, the first heartbeat is not
    public async Task A_database_that_goes_away_while_the_node_starts_is_one_line_and_its_exit_code(string lastHeard)
    {
        await using var database = await RelayDatabase.CreateEmptyAsync();
        await using var proxy = new ChaosProxy(database.ConnectionString);
        using var folder = new ScratchFolder();
        var log = Path.Combine(folder.Path, "log");
        proxy.LoseAnswerTo(sent => sent.Contains(lastHeard, StringComparison.Ordinal));

        await using var node = ServerProcess.BeginRelay(folder.Path, ServerProcess.FreePort(), [("CHATRELAY_DATABASE", proxy.Through(database.ConnectionString))], log: log);
        await node.EndedAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));

        var said = await File.ReadAllTextAsync(log);
        Assert.Equal((5, 1), (node.ExitCode, proxy.Lost)); // docs/operations.md
        Assert.Contains("is out of reach", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", said, StringComparison.Ordinal);
    }
}
