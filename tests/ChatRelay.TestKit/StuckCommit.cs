using Npgsql;

namespace ChatRelay.TestKit;

/// <summary>Transactions that change such rows stop just before their COMMIT, until this is disposed: for what must hold between the last look and the commit.</summary>
internal sealed class StuckCommit : IAsyncDisposable
{
    private const int Key = 4711;

    private readonly RelayHost _host;
    private readonly string _table;
    private readonly NpgsqlConnection _holder;

    private StuckCommit(RelayHost host, string table, NpgsqlConnection holder) => (_host, _table, _holder) = (host, table, holder);

    /// <summary>Updates of this table for which the condition on <c>new</c> holds.</summary>
    public static async Task<StuckCommit> OfAsync(RelayHost host, string table, string condition)
    {
        var holder = new NpgsqlConnection(host.Database.ConnectionString);
        await holder.OpenAsync();
        await using var command = new NpgsqlCommand($"""
            select pg_advisory_lock({Key});
            create or replace function relay.stuck() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock({Key}); return null; end';
            create constraint trigger stuck after update on relay.{table} deferrable initially deferred for each row when ({condition}) execute function relay.stuck();
            """, holder);
        await command.ExecuteNonQueryAsync();
        return new(host, table, holder);
    }

    /// <summary>Comes back when a transaction stands there.</summary>
    public Task HappensAsync() => Eventually.Async(async () => await _host.SqlAsync(
        $"select exists (select from pg_locks where locktype = 'advisory' and objid = {Key} and not granted and database = (select oid from pg_database where datname = current_database()))") is true);

    public async ValueTask DisposeAsync()
    {
        await using (var release = new NpgsqlCommand($"select pg_advisory_unlock({Key})", _holder)) await release.ExecuteNonQueryAsync();
        await _holder.DisposeAsync();
        await _host.SqlAsync($"drop trigger stuck on relay.{_table}"); // waits for who stood there
    }
}
