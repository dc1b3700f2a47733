using ChatRelay.Events;

namespace ChatRelay.Rooms;

/// <summary>Something that is to be numbered and appended to a room's log, and what became of it.</summary>
internal sealed class NewEntry
{
    public required Guid Tenant { get; init; }
    public required Guid Room { get; init; }
    public required Guid Id { get; init; }
    public required EntryKind Kind { get; init; }

    /// <summary>The user whose it is. Null: the tenant's own.</summary>
    public string? Sender { get; init; }
    public string? Device { get; init; }
    public bool ViaTenant { get; init; }

    /// <summary>Whether membership, mute, ban, block and who may write are asked: always for a user, for a tenant if it wants.</summary>
    public bool Enforced { get; init; }

    /// <summary>A grant of the sender's token opens the room without membership.</summary>
    public bool Granted { get; init; }

    public string? Cid { get; init; }
    public string? Type { get; init; }
    public string? Payload { get; init; }
    public bool Encrypted { get; init; }
    public string? Metadata { get; init; }
    public Guid? About { get; init; }
    public Guid? ReplyTo { get; init; }
    public IReadOnlyList<string>? Mentions { get; init; }

    /// <summary>Which reaction, of a user's on a message: '=' and its key, or '#' and a digest of its ciphertext.</summary>
    public string? Mark { get; init; }
    public int? ExpiresInSeconds { get; init; }
    public long? ExpectSeq { get; init; }

    /// <summary>Of which numbers that one is; null: of whatever ones there are.</summary>
    public string? ExpectEpoch { get; init; }

    /// <summary>Judged like any other, but neither numbered nor stored: for whoever is there now.</summary>
    public bool Ephemeral { get; init; }

    /// <summary>Told in the same commit. Its data gets the number.</summary>
    public NewEvent? Event { get; init; }

    /// <summary>Something stands beside the log by it, or it asks for another message: the statement that sees to that is not needed for a plain message.</summary>
    public bool Marks => Kind is EntryKind.React or EntryKind.Unreact or EntryKind.Pin or EntryKind.Unpin || ReplyTo is not null || Mentions is { Count: > 0 };

    public NewEntry Silent() => new() { Tenant = Tenant, Room = Room, Id = Id, Kind = Kind, ViaTenant = ViaTenant, Payload = Payload, Joins = Joins };

    /// <summary>Who came in by it: their sockets are told.</summary>
    public string? Joins { get; init; }

    /// <summary>As it stands in the log now.</summary>
    public StoredEntry AsStored(Published.Numbered numbered) => new()
    {
        Seq = numbered.Seq,
        Id = numbered.Id,
        Kind = Kind,
        About = About,
        AboutSeq = numbered.AboutSeq,
        Sender = Sender,
        Device = Device,
        ViaTenant = ViaTenant,
        Cid = Cid,
        Type = Type,
        Payload = Payload,
        Encrypted = Encrypted,
        Metadata = Metadata,
        ReplyTo = ReplyTo,
        Mentions = Mentions,
        At = numbered.At,
        ExpiresAt = numbered.ExpiresAt,
    };

    /// <summary>Set when the batch was committed.</summary>
    public Published Outcome { get; set; } = Published.Unknown;
}

/// <summary>What became of an entry.</summary>
internal abstract record Published
{
    private Published() { }

    /// <summary>It has its number, for good; an ephemeral one has none, 0. A repeat has the first one's, and its id.</summary>
    public sealed record Numbered(Guid Id, string Epoch, long Seq, DateTimeOffset At, bool Duplicate, DateTimeOffset? ExpiresAt) : Published
    {
        /// <summary>The number of what the entry is about.</summary>
        public long? AboutSeq { get; init; }

        /// <summary>How many are in the room.</summary>
        public int Members { get; init; }
    }

    /// <summary>A rule of the room is against it.</summary>
    public sealed record Refused(Refusal Why, long Head) : Published;

    private sealed record Nothing : Published;

    public static readonly Published Unknown = new Nothing();
}

/// <summary>What a room has against an entry.</summary>
internal enum Refusal
{
    /// <summary>No such room, or not for this user: the two are not told apart.</summary>
    NotFound,

    /// <summary>No such message in this room.</summary>
    NoSuchMessage,

    /// <summary>What it replies to is none of this room's messages, or not for its sender.</summary>
    NoSuchReply,

    /// <summary>No such reaction or pin stands.</summary>
    NothingThere,

    /// <summary>No more of these on this message, or in this room.</summary>
    TooMany,
    Muted,
    MayNotWrite,
    Blocked,
    NotTheirs,
    PlainInEncrypted,

    /// <summary>The room has moved on from what was expected.</summary>
    MovedOn,
}
