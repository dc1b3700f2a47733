using ChatRelay.Http.Json;

namespace ChatRelay.Messages;

/// <summary>What a message has by now: what stands about it, and how it reads.</summary>
internal sealed record MarksView
{
    [Note("In the order in which they came up.")]
    public required IReadOnlyList<CountView> Reactions { get; init; }
    public required long Replies { get; init; }
    public required long? LastReplySeq { get; init; }
    public required bool Pinned { get; init; }

    [Note("How it reads now; null if it was not edited.")]
    public required EditView? Edit { get; init; }

    public static readonly MarksView None = new() { Reactions = [], Replies = 0, LastReplySeq = null, Pinned = false, Edit = null };

    internal sealed record CountView
    {
        [Note("Null: all encrypted ones together, which the relay cannot tell apart.")]
        public required string? Key { get; init; }
        public required long Count { get; init; }

        [Note("The user whose token it is has it.")]
        public required bool Own { get; init; }
    }

    internal sealed record EditView
    {
        public required long Seq { get; init; }
        public required RawJson? Body { get; init; }
        public required RawJson? Encrypted { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
    }

    public const string Example = """{"reactions":[{"key":"👍","count":3,"own":true}],"replies":2,"last_reply_seq":31,"pinned":false,"edit":null}""";
}
