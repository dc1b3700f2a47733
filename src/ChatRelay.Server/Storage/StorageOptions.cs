namespace ChatRelay.Storage;

/// <summary>Where the database is and what is asked of it.</summary>
internal sealed record StorageOptions
{
    public Secret Database { get; init; } = Secret.Empty;
    public Secret DatabaseEngine { get; init; } = Secret.Empty;
    public Secret DatabaseRequest { get; init; } = Secret.Empty;
    public string Durability { get; init; } = "own";
}
