using Npgsql;

namespace ChatRelay.Storage;

/// <summary>
/// Where the database stands, asked by every connection before it is used: a standby takes nothing; a timeline that is not the one of before raises the generation
/// first; and a database of a lower generation than this node has seen is a former primary, to which nothing is written any more.
/// </summary>
internal sealed class DatabasePlace(Action moved) : IDisposable
{
    private readonly Lock gate = new();
    private CancellationTokenSource here = new();
    private (long Generation, long Timeline)? stands;

    /// <summary>Ends when the database is found elsewhere: what waits for an answer of the former one gives up.</summary>
    public CancellationToken Here
    {
        get { lock (gate) return here.Token; }
    }

    public async Task AskAsync(NpgsqlConnection connection)
    {
        await RefuseStandbyAsync(connection, CancellationToken.None);
        if (await RunAsync(connection, "select to_regprocedure('relay.stand()') is not null", CancellationToken.None) is not true) return; // the schema is yet to be made
        Take((string)(await RunAsync(connection, "select relay.stand()", CancellationToken.None))!);
    }

    public static async Task RefuseStandbyAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await RunAsync(connection, "select pg_is_in_recovery()", ct) is true) throw new NotThePrimary("it is a standby, which takes nothing");
    }

    public void Dispose() => here.Dispose();

    internal void Take(string said)
    {
        var parts = said.Split('.');
        var found = (Generation: long.Parse(parts[0]), Timeline: long.Parse(parts[1]));
        CancellationTokenSource former; // not disposed: whoever waits on it may look at it later
        lock (gate)
        {
            if (stands is null) stands = found;
            if (stands == found) return;
            if (found.Generation < stands.Value.Generation) throw new NotThePrimary($"it is of generation {found.Generation}, and there is one of {stands.Value.Generation} since");
            (stands, former, here) = (found, here, new());
        }
        moved();
        former.Cancel();
    }

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ct);
    }
}

/// <summary>A database answers, and it is not the one to write to: to the node it is away.</summary>
internal sealed class NotThePrimary(string why) : NpgsqlException($"The database that answers is not the primary: {why}.");
