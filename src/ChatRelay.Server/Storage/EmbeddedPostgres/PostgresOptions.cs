using ChatRelay.Settings;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>How the private PostgreSQL is found and run. Without effect when CHATRELAY_DATABASE names another.</summary>
internal sealed record PostgresOptions
{
    [Setting("CHATRELAY_POSTGRES_BIN", "The folder of `initdb` and `postgres`, version 14 or later. By default the newest of the distribution, or the one that made the data.", Form = "a path")]
    public string? Bin { get; init; }

    [Setting("CHATRELAY_POSTGRES_USER", "The system user that PostgreSQL runs as when the server runs as root. It never runs as root.", Form = "the name of a system user")]
    public string User { get; init; } = "postgres";

    [Setting("CHATRELAY_POSTGRES_CONNECTIONS", "How many connections the private PostgreSQL takes.", Min = 50, Max = 10000)]
    public int Connections { get; init; } = 200;
}
