using System.Runtime.InteropServices;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Up;

/// <summary>`./chatrelay publish`: a folder that needs no SDK.</summary>
public sealed class PublishTests
{
    [Fact]
    public async Task The_published_folder_serves_where_there_is_no_dotnet()
    {
        var published = await Command.RunAsync(Repository.File("chatrelay"), "publish");
        Assert.True(published.ExitCode == 0, published.Output);

        var data = $"/var/tmp/relaypublished{Environment.ProcessId}";
        try
        {
            // The runtime and the SDK are hidden from this process only.
            await using var run = UpRun.Begin(data, "unshare", "--mount", "--propagation", "private", "sh", "-c",
                "mount -t tmpfs none \"$1\" && ! dotnet --version 2>/dev/null && exec \"$2\" up", "sh", Dotnet,
                Repository.File("artifacts/chatrelay/chatrelay-server"));
            await run.SaysAsync("First tenant");
            Assert.Equal(0, await run.PressCtrlCAsync());
        }
        finally
        {
            await Command.AsRootAsync("rm", "-rf", data);
        }
    }

    // From …/shared/Microsoft.NETCore.App/10.0.x up to the folder that everything of dotnet is in.
    private static string Dotnet => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
}
