using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;
using ChatRelay.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace ChatRelay;

/// <summary>From checked settings to a served port, and back: each step is ready before the next begins, and they end in reverse.</summary>
internal sealed class Launch(RelaySettings settings, TimeProvider clock)
{
    public const int WrongSettings = 2, FolderInUse = 3, PortInUse = 4, DatabaseFailed = 5;

    private readonly ServerOptions _server = settings.Of<ServerOptions>();
    private readonly UpScreen _screen = new(settings.Of<LogOptions>().Form, clock);
    private readonly long _began = clock.GetTimestamp();

    public async Task<int> RunAsync()
    {
        using var stop = new StopSignal(clock);
        try
        {
            // 1. One server on a data folder: a second one changes nothing.
            using var held = FolderLock.TryTake(_server.DataFolder, UpScreen.Address(_server), out var holder);
            if (held is null) return Say(FolderInUse, $"ChatRelay already runs on {_server.DataFolder} ({holder}). Nothing was changed.");

            // 2. The port, before anything is set up for it.
            if (PortCheck.Fault(_server) is { } fault) return Say(PortInUse, fault);

            // 3. The database: named by a setting, or a private one.
            if (settings.Of<DatabaseOptions>().Owner is not null) return await ServeAsync(settings, null, stop);
            using var logs = LoggerFactory.Create(logging => logging.AddRelayLog(settings.Of<LogOptions>() with { Level = LogLevel.Information }, clock));
            await using var postgres = await PrivatePostgres.StartAsync(
                _server.DataFolder, settings.Of<PostgresOptions>(), clock, logs.CreateLogger<PrivatePostgres>(), _screen.Progress, stop.Token);
            return await ServeAsync(settings.With(settings.Of<DatabaseOptions>() with { Owner = new(postgres.ConnectionString), Private = true }), postgres, stop);
        }
        catch (PostgresFailed failed)
        {
            return Say(DatabaseFailed, failed.Message);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            return Say(PortInUse, PortCheck.InUse(_server)); // taken between our look and the server's
        }
        catch (Exception unusable) when (unusable is UnauthorizedAccessException or IOException)
        {
            return Say(WrongSettings, $"CHATRELAY_DATA={_server.Data}: {unusable.Message}");
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return 0; // stopped while starting
        }
    }

    private async Task<int> ServeAsync(RelaySettings ready, PrivatePostgres? postgres, StopSignal stop)
    {
        // 4. The key ring, the schema, the first operator's key.
        _screen.Progress("Preparing the database");
        Prepared prepared;
        try
        {
            prepared = await RelayApp.PrepareAsync(ready, clock, stop.Token);
        }
        catch (Exception lost) when (LostConnection.Is(lost))
        {
            return OutOfReach(ready, lost);
        }
        if (prepared is not Prepared.Ready parts) return Say(DatabaseFailed, ((Prepared.Refused)prepared).Line);

        // 5. Serve, until we are told to stop or the database cannot be kept.
        await using var databases = parts.Databases;
        await using var app = RelayApp.Build(ready, parts, clock);
        if (postgres is not null) postgres.Restarted += databases.ForgetConnections;
        try
        {
            await app.StartAsync(stop.Token);
        }
        catch (Npgsql.NpgsqlException lost) when (LostConnection.Is(lost))
        {
            return OutOfReach(ready, lost); // it was there a moment ago
        }
        _screen.Ready(ready, clock.GetElapsedTime(_began));
        await Task.WhenAny(stop.Requested, postgres?.Kept ?? stop.Requested);

        // 6. Drain first; the database goes last, with our caller.
        _screen.Progress("Stopping");
        await app.StopAsync(CancellationToken.None); // draining has its own limit
        return postgres?.Kept.Exception?.InnerException is PostgresFailed died ? Say(DatabaseFailed, died.Message) : 0;
    }

    private int OutOfReach(RelaySettings ready, Exception lost) =>
        Say(DatabaseFailed, $"The database {ready.Of<DatabaseOptions>().Owner} is out of reach: {(lost.InnerException ?? lost).Message.ReplaceLineEndings(" ")}");

    private int Say(int code, string line)
    {
        _screen.Fault(line);
        return code;
    }
}
