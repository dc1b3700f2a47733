using ChatRelay.TestKit.Processes;

namespace ChatRelay.Bench.Rooms;

/// <summary>Debian's nginx with nchan: one process, the messages in its memory, no log.</summary>
internal sealed class NchanServer : IAsyncDisposable
{
    private const string Module = "/usr/lib/nginx/modules/ngx_nchan_module.so";

    // A buffer of the usual ten messages would lose some while sixteen are in the air. Of its connections nginx keeps a sixteenth free, and cuts newcomers for it.
    private static string Configuration(int port) => $$"""
        load_module {{Module}};
        daemon off;
        master_process off;
        error_log stderr error;
        pid nginx.pid;
        events { worker_connections 30000; }
        http {
            access_log off;
            client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
            keepalive_requests 1000000000; keepalive_timeout 1h;
            nchan_message_buffer_length 100;
            server {
                listen 127.0.0.1:{{port}} backlog=4096;
                location = / { return 200; }
                location = /pub { nchan_publisher; nchan_channel_id $arg_id; }
                location = /sub { nchan_subscriber websocket; nchan_channel_id $arg_a; nchan_subscriber_first_message newest; }
                location = /sub2 { nchan_subscriber websocket; nchan_channel_id $arg_a $arg_b; nchan_subscriber_first_message newest; }
            }
        }
        """;

    private readonly ScratchFolder folder = new();

    public ServerProcess Process { get; private set; } = null!;

    public static async Task<NchanServer> StartAsync(CancellationToken ct)
    {
        if (!File.Exists(Module)) throw new InvalidOperationException("nchan is missing: ./chatrelay bench rooms installs it");
        var (server, port) = (new NchanServer(), ServerProcess.FreePort());
        var file = Path.Combine(server.folder.Path, "nginx.conf");
        await File.WriteAllTextAsync(file, Configuration(port), ct);
        server.Process = ServerProcess.Begin(["nginx", "-e", "stderr", "-p", server.folder.Path, "-c", file], port, []);
        await server.Process.ReadyAsync("/", ct);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await Process.KillAsync(); // told to stop, it frees something twice and says so
        await Process.DisposeAsync();
        folder.Dispose();
    }
}
