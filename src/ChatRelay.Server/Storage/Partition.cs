using System.Globalization;
using ChatRelay.Protocol;

namespace ChatRelay.Storage;

/// <summary>Where the rows of an id stand: one table for each retention class and day. The id says both, so statements go straight there.</summary>
internal readonly record struct Partition(int Class, DateOnly Day) : IComparable<Partition>
{
    public static readonly IReadOnlyList<int> Classes = [7, 30, 90, 365];

    public static Partition Of(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        return new(Classes[bytes[15] & 3], DateOnly.FromDateTime(RelayId.TimeOf(id).UtcDateTime));
    }

    public string Of(string table) => string.Create(CultureInfo.InvariantCulture, $"{table}_c{Class}_{Day:yyyyMMdd}");

    public int CompareTo(Partition other) => (Class, Day).CompareTo((other.Class, other.Day));

    /// <summary>An id of this moment whose last two bits are its tenant's retention class: a later change of the class leaves old ids where they are.</summary>
    public static Guid NewId(DateTimeOffset at, int retentionDays)
    {
        var place = Classes.ToList().IndexOf(retentionDays);
        if (place < 0) throw new ArgumentOutOfRangeException(nameof(retentionDays));
        Span<byte> bytes = stackalloc byte[16];
        RelayId.New<DeliveryId>(at).Value.TryWriteBytes(bytes);
        bytes[15] = (byte)((bytes[15] & ~3) | place);
        return new Guid(bytes);
    }
}
