using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ChatRelay.TestKit.Processes;

/// <summary>Other people's server on a port of loopback, with a folder of its own. It ends with the tests, however they end.</summary>
internal sealed class ForeignServer : IAsyncDisposable
{
    private readonly Process process;
    private readonly string folder;

    private ForeignServer(Process process, string folder) => (this.process, this.folder) = (process, folder);

    /// <summary>Back when its port takes connections.</summary>
    public static async Task<ForeignServer> StartAsync(string folder, int port, params string[] command)
    {
        // Its parent waits for the end of our input, and takes it along.
        var parent = new ProcessStartInfo("sh", ["-c", "\"$@\" & while read -r _; do :; done; kill $!; wait", "sh", .. command]) { RedirectStandardInput = true };
        var server = new ForeignServer(Process.Start(parent)!, folder);
        await Eventually.Async(() => AnswersAsync(port));
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
