using ChatRelay.TestKit.Processes;

namespace ChatRelay.TestKit;

/// <summary>Debian's nginx on a port of loopback, in front of nodes that it takes in turn: nothing is set but what an upgrade needs. It ends with the tests, however they end.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private const string Program = "/usr/sbin/nginx";
    private readonly ForeignServer server;

    private Nginx(ForeignServer server, int port) => (this.server, Port) = (server, port);

    public int Port { get; }
    public Uri Address => new($"http://127.0.0.1:{Port}");

    public static async Task<Nginx> StartAsync(params Uri[] nodes)
    {
        if (!File.Exists(Program)) throw new InvalidOperationException("nginx is missing: run ./chatrelay test, or apt-get install nginx");
        var (folder, port) = (Directory.CreateTempSubdirectory("chatrelay-nginx-").FullName, ServerProcess.FreePort());
        File.WriteAllText($"{folder}/nginx.conf", $$"""
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            daemon off;
            worker_processes 1;
            pid {{folder}}/pid;
            error_log {{folder}}/errors;
            events { }
            http {
                access_log off;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
                upstream relay { {{string.Concat(nodes.Select(n => $"server 127.0.0.1:{n.Port}; "))}} }
                server {
                    listen 127.0.0.1:{{port}};
                    location / { proxy_pass http://relay; }
                    location = /v1/connect {
                        proxy_pass http://relay;
                        proxy_http_version 1.1;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection upgrade;
                    }
                }
            }

            """);
        return new(await ForeignServer.StartAsync(folder, port, Program, "-e", $"{folder}/errors", "-p", folder, "-c", $"{folder}/nginx.conf"), port);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}
