using System.Net;
using System.Net.Sockets;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;

namespace ChatRelay;

/// <summary>From checked settings to a served port, and back: each step is ready before the next begins, and they end in reverse.</summary>
internal sealed class Launch(RelaySettings settings, TimeProvider clock)
{
    public const int WrongSettings = 2, FolderInUse = 3, PortInUse = 4, DatabaseFailed = 5;

    private readonly ServerOptions _server = settings.Of<ServerOptions>();
    private readonly long _began = clock.GetTimestamp();

    public async Task<int> RunAsync()
    {
        using var stop = new StopSignal(clock);

        // 1. One server on a data folder: a second one changes nothing.
        using var held = FolderLock.TryTake(_server.DataFolder, UpScreen.Address(_server), out var holder);
        if (held is null) return Say(FolderInUse, $"ChatRelay already runs on {_server.DataFolder} ({holder}). Nothing was changed.");

        // 2. The port, before anything is set up for it.
        if (PortFault() is { } fault) return Say(PortInUse, fault);

        try
        {
            // 3. The database: named by a setting, or a private one.
            await using var postgres = await PrivatePostgresAsync(stop.Token);
            var ready = postgres is null ? settings : settings.With(settings.Of<DatabaseOptions>() with { Owner = new(postgres.ConnectionString) });

            // 4. Migrate and serve.
            UpScreen.Progress("Migrating the database");
            var prepared = await RelayApp.PrepareAsync(ready, clock, stop.Token);
            if (prepared is not Prepared.Ready parts) return Say(DatabaseFailed, ((Prepared.Refused)prepared).Line);
            await using var databases = parts.Databases;
            await using var app = RelayApp.Build(ready, parts, clock);
            await app.StartAsync(stop.Token);
            UpScreen.Ready(_server, clock.GetElapsedTime(_began));

            // 5. Until we are told to stop, or the database cannot be kept. Then drain; the database goes last.
            await Task.WhenAny(stop.Requested, postgres?.Kept ?? stop.Requested);
            UpScreen.Progress("Stopping");
            await app.StopAsync(CancellationToken.None); // draining has its own limit
            return postgres?.Kept.Exception?.InnerException is PostgresFailed lost ? Say(DatabaseFailed, lost.Message) : 0;
        }
        catch (PostgresFailed failed)
        {
            return Say(DatabaseFailed, failed.Message);
        }
        catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            return Say(PortInUse, InUse); // taken between our look and the server's
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return 0; // stopped while starting
        }
    }

    private async Task<PrivatePostgres?> PrivatePostgresAsync(CancellationToken ct)
    {
        if (settings.Of<DatabaseOptions>().Owner is not null) return null;
        using var logs = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
        return await PrivatePostgres.StartAsync(
            _server.DataFolder, settings.Of<PostgresOptions>(), clock, logs.CreateLogger<PrivatePostgres>(), UpScreen.Progress, ct);
    }

    private string InUse => $"Port {_server.Port} on {_server.Bind} is in use by another program: stop it, or set CHATRELAY_PORT.";

    private string? PortFault()
    {
        try
        {
            using var probe = new TcpListener(new IPEndPoint(_server.Bind, _server.Port));
            probe.Start();
            return null;
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => InUse,
                SocketError.AccessDenied => $"Port {_server.Port} needs rights that this user has not: set CHATRELAY_PORT.",
                SocketError.AddressNotAvailable => $"This machine has no address {_server.Bind}: set CHATRELAY_BIND.",
                _ => $"{_server.Bind}:{_server.Port} cannot be listened on: {refused.Message}",
            };
        }
    }

    private static int Say(int code, string line)
    {
        Console.Error.WriteLine(line);
        return code;
    }
}
