using ChatRelay.Storage;

namespace ChatRelay.Suppressions;

/// <summary>Takes away what has ended. Small deletes: nobody waits behind them.</summary>
internal sealed class SuppressionUpkeep(Databases databases)
{
    public Task<long> ForgetEndedAsync(CancellationToken ct) => ForgetAsync("""
        delete from suppressions where (tenant_id, mark, reason) in (
          select tenant_id, mark, reason from suppressions where expires_at <= relay.now() order by expires_at limit 2000 for update skip locked)
        """, ct);

    /// <summary>How much mail an address got on a day that is over.</summary>
    public Task<long> ForgetCountsAsync(CancellationToken ct) => ForgetAsync("""
        delete from recipient_counts where (tenant_id, mark) in (
          select tenant_id, mark from recipient_counts where day < date_trunc('day', relay.now(), 'UTC') order by day limit 2000 for update skip locked)
        """, ct);

    private async Task<long> ForgetAsync(string sql, CancellationToken ct)
    {
        for (var total = 0L; ;)
        {
            await using var sweep = databases.Engine.CreateCommand(sql);
            var swept = await sweep.ExecuteNonQueryAsync(ct);
            total += swept;
            if (swept < 2000) return total;
        }
    }
}
