using ChatRelay.Settings;

namespace ChatRelay.Storage;

/// <summary>Whose promise of durability is believed.</summary>
internal enum Durability
{
    Checked,
    Provider,
}

/// <summary>Which PostgreSQL holds the data. Without any of these the server runs a private one in its data folder.</summary>
internal sealed record DatabaseOptions
{
    private const string Address = "`postgres://user:password@host:port/database` or `Host=…;Username=…;Password=…;Database=…`";

    [Setting("CHATRELAY_DATABASE", "The owner's login: it migrates, and needs CREATEROLE to make the two logins below. Without it a private PostgreSQL runs in the data folder.", Form = Address, Hidden = true)]
    public PostgresAddress? Owner { get; init; }

    [Setting("CHATRELAY_DATABASE_ENGINE", "The engine's login, where the owner may not make one.", Form = Address, Hidden = true)]
    public PostgresAddress? Engine { get; init; }

    [Setting("CHATRELAY_DATABASE_REQUEST", "The requests' login (row-level security binds it), where the owner may not make one.", Form = Address, Hidden = true)]
    public PostgresAddress? Request { get; init; }

    [Setting("CHATRELAY_DURABILITY", "`checked` refuses a database that runs without fsync or full_page_writes. `provider` says that the platform sees to it (Neon does).")]
    public Durability Durability { get; init; } = Durability.Checked;

    /// <summary>It is the one in the data folder, which only this node reaches.</summary>
    public bool Private { get; init; }
}
