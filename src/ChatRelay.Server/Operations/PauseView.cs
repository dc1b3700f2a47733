using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Operations;

/// <summary>Whether the relay rests, and what would be sent if it were let go.</summary>
internal sealed record PauseView
{
    public required bool Paused { get; init; }
    public required DateTimeOffset? Since { get; init; }

    [Note("The operator who paused it, or `relay`: it found itself on a restored database.")]
    public required string? By { get; init; }

    [Note("When the restored database was last in use, until it is resumed. What was accepted before may have been sent since.")]
    public required DateTimeOffset? RestoredAsOf { get; init; }

    [Note("What waits and is not held: it would be sent, now or at its time. While the relay is not at rest, as it was counted some seconds ago, without groups and sample; at rest, counted in full, and again when ten times as long has passed as that took.")]
    public required long Deliveries { get; init; }

    [Note("Of these, what was accepted before restored_as_of: perhaps it would be sent again.")]
    public required long Again { get; init; }

    [Note("The largest first, 100 at most.")]
    public required IReadOnlyList<Group> Groups { get; init; }
    public required bool MoreGroups { get; init; }

    [Note("The first to go.")]
    public required IReadOnlyList<Waiting> Sample { get; init; }

    /// <summary>What waits of one environment and channel.</summary>
    internal sealed record Group
    {
        public required TenantId Tenant { get; init; }
        public required string Environment { get; init; }
        public required ChannelKind Channel { get; init; }
        public required long Deliveries { get; init; }
        public required long Again { get; init; }
        public required long Due { get; init; }
        public required DateTimeOffset OldestDueAt { get; init; }
    }

    /// <summary>One delivery.</summary>
    internal sealed record Waiting
    {
        public required DeliveryId Id { get; init; }
        public required TenantId Tenant { get; init; }
        public required string Environment { get; init; }
        public required ChannelKind Channel { get; init; }
        public required DateTimeOffset AcceptedAt { get; init; }
        public required DateTimeOffset DueAt { get; init; }
        public required int Attempts { get; init; }
        public required bool Again { get; init; }

        [Note("An attempt was under way when the backup was taken, or its node died.")]
        public required bool Begun { get; init; }
    }

    public const string Example = """
        {"paused":true,"since":"2026-01-31T12:00:00.000Z","by":"relay","restored_as_of":"2026-01-31T03:15:00.000Z","deliveries":1200,"again":1200,
         "groups":[{"tenant":"ten_01jd3m7q8x6zv9k2b4n5c8d1fg","environment":"live","channel":"email","deliveries":1200,"again":1200,"due":1180,"oldest_due_at":"2026-01-31T03:14:58.000Z"}],
         "more_groups":false,
         "sample":[{"id":"dlv_01jd3m7q8x6zv9k2b4n5c8d1fg","tenant":"ten_01jd3m7q8x6zv9k2b4n5c8d1fg","environment":"live","channel":"email",
           "accepted_at":"2026-01-31T03:14:58.000Z","due_at":"2026-01-31T03:14:58.000Z","attempts":0,"again":true,"begun":true}]}
        """;
}
