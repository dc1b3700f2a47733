namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>The command line of the private server. What is named here cannot be changed by a file or by ALTER SYSTEM.</summary>
internal static class PostgresSettings
{
    public static IEnumerable<string> Of(PostgresFolders folders, PostgresOptions options)
    {
        (string Name, string Value)[] settings =
        [
            // Durable: an acknowledged commit is on the disk.
            ("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"),
            // Reached through a socket in a folder of ours, by password, and in no other way.
            ("listen_addresses", ""), ("unix_socket_directories", folders.Socket), ("unix_socket_permissions", "0777"), ("password_encryption", "scram-sha-256"),
            ("max_connections", $"{options.Connections}"),
            // A backup holds a lock on every table and index of a year's days at once.
            ("max_locks_per_transaction", "256"),
            // Short statements: compiling them costs more than it gives. The engine vacuums its own tables; the others should not wait a minute.
            ("jit", "off"), ("random_page_cost", "1.1"), ("autovacuum_naptime", "15s"), ("checkpoint_timeout", "15min"), ("max_wal_size", "4GB"),
            ("timezone", "UTC"), ("log_timezone", "UTC"),
            // A week of logs, without the content of rows or statements.
            ("logging_collector", "on"), ("log_directory", "log"), ("log_filename", "postgresql-%a.log"), ("log_truncate_on_rotation", "on"), ("log_rotation_age", "1d"), ("log_rotation_size", "0"),
            ("log_min_error_statement", "panic"), ("log_error_verbosity", "terse"), ("log_min_messages", "warning"), ("log_checkpoints", "off"), ("cluster_name", folders.Name),
        ];
        return settings.SelectMany(setting => new[] { "-c", $"{setting.Name}={setting.Value}" });
    }
}
