using ChatRelay.Secrets;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;
using Npgsql;

namespace ChatRelay;

/// <summary>`keys …` on the command line. Beside a running server it uses that server's database, else it starts the private one for the while.</summary>
internal sealed class KeysVerb(RelaySettings settings, TimeProvider clock)
{
    private const int Failed = 2;

    private readonly KeyRingPlace place = new(settings.Of<ServerOptions>().DataFolder, settings.Of<SecretsOptions>().KeyRing);

    public async Task<int> RunAsync(string verb)
    {
        if (verb is "show" or "add") return KeysCommand.Local(verb, place, Chance.Secure, System.Console.Out);
        if (verb != "rotate") return Say(64, $"keys {verb}: not known. Known: {KeysCommand.Usage}");

        using var stop = new StopSignal(clock);
        try
        {
            return await new DatabaseAtHand(settings, clock).WithAsync("keys rotate", mayMake: false, RotateAsync, stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return Say(Failed, "Stopped half-way; everything still opens. Run it again to go on.");
        }
        catch (PostgresFailed failed)
        {
            return Say(Failed, failed.Message);
        }
        catch (Exception lost) when (LostConnection.Is(lost))
        {
            return Say(Failed, $"The database is out of reach ({lost.Message}). Everything still opens. Run it again to go on.");
        }
    }

    private async Task<int> RotateAsync(PostgresAddress address, CancellationToken ct)
    {
        RingFound found;
        await using (var owner = new NpgsqlConnection(address.ConnectionString))
        {
            await owner.OpenAsync(ct);
            await using var exists = new NpgsqlCommand("select to_regclass('relay.tenant_data_keys') is not null", owner);
            if (!(bool)(await exists.ExecuteScalarAsync(ct))!) return Say(Failed, "The database holds nothing of this build's yet: start the server first.");
            found = await KeyRingGate.PassAsync(owner, place, Chance.Secure, ct);
        }
        if (found is not RingFound.Here { Ring: var ring }) return Say(Failed, ((RingFound.Refused)found).Line);

        await using var databases = new Databases(DatabaseLogins.From(address, settings.Of<DatabaseOptions>(), ring.PasswordOf));
        return await KeysCommand.RotateAsync(databases, place, Chance.Secure, System.Console.Out, ct);
    }

    private static int Say(int code, string line)
    {
        System.Console.Error.WriteLine(line);
        return code;
    }
}
