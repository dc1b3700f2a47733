using ChatRelay.Storage;

namespace ChatRelay.Users;

/// <summary>The mail addresses of users' records, for what names only the user.</summary>
internal sealed class UserAddresses(Databases databases)
{
    public static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public async Task<IReadOnlyDictionary<string, string>> OfAsync(Guid wall, IReadOnlyCollection<string> users, CancellationToken ct)
    {
        if (users.Count == 0) return None;
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, wall);
        batch.BatchCommands.Add(new("select id, email from users where tenant_id = $1 and id = any($2) and email is not null") { Parameters = { new() { Value = wall }, new() { Value = users.ToArray() } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var known = new Dictionary<string, string>(users.Count);
        while (await reader.ReadAsync(ct)) known[reader.GetString(0)] = reader.GetString(1);
        return known;
    }
}
