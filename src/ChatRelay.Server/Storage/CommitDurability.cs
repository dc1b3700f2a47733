using Npgsql;

namespace ChatRelay.Storage;

/// <summary>What a COMMIT is worth on this server, as far as the server tells.</summary>
internal sealed record CommitDurability(bool Fsync, bool FullPageWrites, string SynchronousCommit)
{
    /// <summary>Whether a COMMIT waits for a standby just now.</summary>
    public const string OnStandby = "current_setting('synchronous_standby_names') <> '' and current_setting('synchronous_commit') <> 'local'";

    public static async Task<CommitDurability> DetectAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select current_setting('fsync') = 'on', current_setting('full_page_writes') = 'on', current_setting('synchronous_commit')");
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new(reader.GetBoolean(0), reader.GetBoolean(1), reader.GetString(2));
    }

    /// <summary>One line that names the setting, or null when a COMMIT is on disk.</summary>
    public string? Fault(bool platformSeesToIt) => platformSeesToIt ? null
        : !Fsync ? "PostgreSQL runs with fsync=off: a crash would lose what was acknowledged. Turn it on, or set CHATRELAY_DURABILITY=provider if the platform sees to it"
        : !FullPageWrites ? "PostgreSQL runs with full_page_writes=off: a crash may corrupt tables. Turn it on, or set CHATRELAY_DURABILITY=provider if the platform sees to it"
        : SynchronousCommit == "off" ? "PostgreSQL runs with synchronous_commit=off: a COMMIT would be answered before it is on disk. Turn it on"
        : null;

    /// <summary>What an operator is shown: without a synchronous standby a failover may lose the last commits. Whether there is one may have changed since the start.</summary>
    public string LevelWith(bool standbyNow) => !Fsync || !FullPageWrites ? "platform" : standbyNow ? "standby" : "disk";
}
