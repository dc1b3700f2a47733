using System.Security.Cryptography;
using System.Text;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using Npgsql;

namespace ChatRelay.Suppressions;

/// <summary>Why an address gets no mail.</summary>
internal enum SuppressionReason { HardBounce, Complaint, Unsubscribe, Manual }

/// <summary>What mail it does not get.</summary>
internal enum SuppressedStream { All, Broadcast }

/// <summary>An address that gets no mail. It is known by a hash, so that it holds when the address itself was erased.</summary>
internal sealed record Suppression
{
    public required SuppressionId Id { get; init; }

    /// <summary>Null: erased.</summary>
    public required string? Email { get; init; }
    public required SuppressionReason Reason { get; init; }
    public required DeliveryId? Delivery { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset? ExpiresAt { get; init; }

    public SuppressedStream Stream => StreamOf(Reason);

    /// <summary>Who has no mailbox gets nothing, and neither does whom the tenant has named; who complained or left, only what he did not ask for.</summary>
    public static SuppressedStream StreamOf(SuppressionReason reason) =>
        reason is SuppressionReason.HardBounce or SuppressionReason.Manual ? SuppressedStream.All : SuppressedStream.Broadcast;

    /// <summary>The same for every way to write an address.</summary>
    public static byte[] MarkOf(Guid tenant, string email) => SHA256.HashData([.. tenant.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(EmailAddress.Folded(email))]);

    public const string Columns = "id, email, reason, delivery_id, created_by, created_at, expires_at";

    public static Suppression Of(NpgsqlDataReader r) => new()
    {
        Id = new(r.GetGuid(0)),
        Email = r.IsDBNull(1) ? null : r.GetString(1),
        Reason = WordsOfReason.Read(r.GetString(2)),
        Delivery = r.IsDBNull(3) ? null : new(r.GetGuid(3)),
        CreatedBy = r.GetString(4),
        CreatedAt = r.GetFieldValue<DateTimeOffset>(5),
        ExpiresAt = r.IsDBNull(6) ? null : r.GetFieldValue<DateTimeOffset>(6),
    };
}

/// <summary>Reasons as they stand in tables and on the wire.</summary>
internal static class WordsOfReason
{
    private static readonly Dictionary<SuppressionReason, string> Names = Enum.GetValues<SuppressionReason>().ToDictionary(r => r, r => ShapeTypes.Snake(r.ToString()));

    public static string Of(SuppressionReason reason) => Names[reason];

    public static SuppressionReason Read(string word) => Names.First(n => n.Value == word).Key;
}
