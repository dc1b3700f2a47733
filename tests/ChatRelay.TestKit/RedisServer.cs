using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ChatRelay.Storage.EmbeddedPostgres;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.TestKit;

/// <summary>Debian's redis-server on a port of loopback, which keeps nothing. It ends with the tests, however they end; it can be killed and started again.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/redis-server";
    private readonly string[] more;
    private readonly string folder = Directory.CreateTempSubdirectory("chatrelay-redis-").FullName;
    private Process? process;

    private RedisServer(string[] more) => this.more = more;

    public int Port { get; } = ServerProcess.FreePort();

    /// <param name="more">further arguments, where FOLDER stands for its own</param>
    public static async Task<RedisServer> StartAsync(Action<string>? prepare = null, params string[] more)
    {
        if (!File.Exists(Program)) throw new InvalidOperationException("redis-server is missing: run ./chatrelay test, or apt-get install redis-server");
        var server = new RedisServer(more);
        prepare?.Invoke(server.folder);
        await server.StartAsync();
        return server;
    }

    public async Task StartAsync()
    {
        string[] port = more.Contains("--tls-port") ? ["--port", "0"] : ["--port", $"{Port}"];
        var own = more.Select(m => m.Replace("FOLDER", folder, StringComparison.Ordinal).Replace("PORT", $"{Port}", StringComparison.Ordinal));
        // Its parent waits for the end of our input, and takes it along.
        process = Process.Start(new ProcessStartInfo("sh", ["-c", "\"$@\" >/dev/null & while read -r _; do :; done; kill -9 $!; wait", "sh", Program, "--bind", "127.0.0.1", .. port,
            "--save", "", "--appendonly", "no", "--dir", folder, "--daemonize", "no", "--loglevel", "warning", .. own])
        { RedirectStandardInput = true });
        await Eventually.Async(AnswersAsync);
    }

    /// <summary>As by kill -9: whoever is connected is cut off.</summary>
    public async Task KillAsync()
    {
        if (process is null) return;
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    /// <summary>Every process stops in its tracks, or goes on.</summary>
    public async Task<IDisposable> FreezeAsync()
    {
        var info = await AskAsync("INFO server");
        var pid = int.Parse(info[(info.IndexOf("process_id:", StringComparison.Ordinal) + 11)..].Split('\r')[0]);
        Signals.Send(pid, Signals.Stop);
        return new Thaw(pid);
    }

    /// <summary>What it has used of the processor.</summary>
    public async Task<TimeSpan> CpuAsync()
    {
        var info = (await AskAsync("INFO cpu")).Split("\r\n").Select(line => line.Split(':')).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        return TimeSpan.FromSeconds(Seconds("used_cpu_user") + Seconds("used_cpu_sys"));

        double Seconds(string name) => double.Parse(info[name], CultureInfo.InvariantCulture);
    }

    /// <summary>A command in one line, and the beginning of what it is answered.</summary>
    public async Task<string> AskAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
        var answer = new byte[16 * 1024];
        var read = await client.GetStream().ReadAsync(answer);
        var text = Encoding.ASCII.GetString(answer, 0, read);
        return text.StartsWith('-') ? throw new InvalidOperationException($"{command}: {text}") : text;
    }

    private sealed class Thaw(int pid) : IDisposable
    {
        public void Dispose() => Signals.Send(pid, Signals.Continue);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(folder, recursive: true);
    }

    // Any answer: it may ask for a password first, or hear no plain text at all.
    private async Task<bool> AnswersAsync()
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, Port);
            if (more.Contains("--tls-port")) return true;
            await probe.GetStream().WriteAsync("PING\r\n"u8.ToArray());
            var answer = new byte[16];
            return await probe.GetStream().ReadAsync(answer) > 0 && Encoding.ASCII.GetString(answer)[0] is '+' or '-';
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
