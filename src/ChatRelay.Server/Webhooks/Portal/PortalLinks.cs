using System.Buffers.Text;
using System.Security.Cryptography;
using ChatRelay.Storage;
using ChatRelay.Tenants;

namespace ChatRelay.Webhooks;

/// <summary>Whose page it is: one customer of one tenant. Every look-up of the portal goes through it.</summary>
internal sealed record PortalVisitor(Guid Wall, string Account)
{
    /// <summary>The part of the path that stands for it.</summary>
    public required string Token { get; init; }

    public string Home => $"/portal/{Token}";
}

/// <summary>Makes links and finds out whose they are. A token is a link's id and a secret; stored is the secret's hash, and the id finds it.</summary>
internal sealed class PortalLinks(Databases databases, TenantCache tenants, Chance chance)
{
    private const int IdLength = 16, SecretLength = 32;

    public (Guid Id, byte[] Hash, string Token) Make(Guid id)
    {
        Span<byte> bytes = stackalloc byte[IdLength + SecretLength];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        chance.Fill(bytes[IdLength..]);
        return (id, SHA256.HashData(bytes[IdLength..]), Base64Url.EncodeToString(bytes));
    }

    /// <summary>Null for a token that is none, was altered, or has run out, and for a tenant that is not to be served.</summary>
    public async Task<PortalVisitor?> FindAsync(string token, CancellationToken ct)
    {
        var bytes = new byte[IdLength + SecretLength];
        if (token.Length != Base64Url.GetEncodedLength(bytes.Length) || Base64Url.DecodeFromChars(token, bytes, out _, out var length) is not System.Buffers.OperationStatus.Done
            || length != bytes.Length || Base64Url.EncodeToString(bytes) != token) return null;
        await using var find = databases.Request.CreateCommand("select tenant_id, account, hash from relay.find_portal_link($1)");
        find.Parameters.AddWithValue(new Guid(bytes.AsSpan(0, IdLength), bigEndian: true));
        await using var reader = await find.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct) || reader.IsDBNull(0)) return null;
        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(bytes.AsSpan(IdLength)), reader.GetFieldValue<byte[]>(2))) return null;
        var visitor = new PortalVisitor(reader.GetGuid(0), reader.GetString(1)) { Token = token };
        return await tenants.FindAsync(visitor.Wall, ct) is { Row.Status: TenantStatus.Active } ? visitor : null;
    }

    public async Task<long> SweepAsync(CancellationToken ct)
    {
        await using var sweep = databases.Engine.CreateCommand("delete from portal_links where expires_at <= relay.now() - interval '1 day'");
        return await sweep.ExecuteNonQueryAsync(ct);
    }
}
