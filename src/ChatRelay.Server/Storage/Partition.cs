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

    /// <summary>From here on nothing of this day is tried any more; a whole day later its tables may go.</summary>
    public DateTimeOffset Ends => new(Day.AddDays(Class + 1), TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>A last retry of the default schedule comes a good day after the first attempt.</summary>
    public static readonly TimeSpan RoomToTry = TimeSpan.FromDays(2);

    /// <summary>The tenant's class, or the next one that lasts until what is asked for has been tried.</summary>
    public static int ClassFor(int retentionDays, TimeSpan ahead) => Classes.First(days => days >= retentionDays && TimeSpan.FromDays(days) >= ahead + RoomToTry);

    public string Of(string table) => string.Create(CultureInfo.InvariantCulture, $"{table}_c{Class}_{Day:yyyyMMdd}");

    public int CompareTo(Partition other) => (Class, Day).CompareTo((other.Class, other.Day));

    /// <summary>An id of this moment whose last two bits are its tenant's retention class: a later change of the class leaves old ids where they are.</summary>
    public static Guid NewId(DateTimeOffset at, int retentionDays)
    {
        Span<byte> bytes = stackalloc byte[16];
        RelayId.New<DeliveryId>(at).Value.TryWriteBytes(bytes);
        bytes[15] = (byte)((bytes[15] & ~3) | PlaceOf(retentionDays));
        return new Guid(bytes);
    }

    /// <summary>What the last two bits of an id say for this class.</summary>
    public static int PlaceOf(int retentionDays)
    {
        for (var place = 0; place < Classes.Count; place++)
            if (Classes[place] == retentionDays) return place;
        throw new ArgumentOutOfRangeException(nameof(retentionDays));
    }
}
