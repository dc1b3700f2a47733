using Npgsql;

namespace ChatRelay.Storage;

/// <summary>Who logs in where. Roles belong to the cluster, so their names carry the database's.</summary>
internal sealed record DatabaseLogins(string Owner, string Engine, string Request)
{
    public string EngineRole => RoleOf(Engine);
    public string RequestRole => RoleOf(Request);

    /// <summary>True when the relay makes the two roles itself, with passwords derived from the key ring.</summary>
    public bool OwnRoles { get; private init; }

    /// <summary>Either both further logins are given, or both are derived from the owner's.</summary>
    public static DatabaseLogins From(PostgresAddress address, DatabaseOptions options, Func<string, string> passwordOf)
    {
        if (options is { Engine: { } engine, Request: { } request })
            return new(address.ConnectionString, engine.ConnectionString, request.ConnectionString);

        var owner = new NpgsqlConnectionStringBuilder(address.ConnectionString);
        var database = owner.Database ?? owner.Username!;
        return new(owner.ConnectionString, As($"{database}_engine"), As($"{database}_request")) { OwnRoles = true };

        string As(string role) =>
            new NpgsqlConnectionStringBuilder(owner.ConnectionString) { Username = role, Password = passwordOf(role) }.ConnectionString;
    }

    private static string RoleOf(string connection) =>
        new NpgsqlConnectionStringBuilder(connection).Username ?? throw new ArgumentException("a login needs a user name");

    public override string ToString() => $"engine {EngineRole}, request {RequestRole}"; // never the passwords
}
