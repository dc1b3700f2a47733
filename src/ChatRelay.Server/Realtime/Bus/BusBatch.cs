using System.Text;

namespace ChatRelay.Realtime;

/// <summary>What a node says in one turn: its words in order, under a number that grows by one. The time is the sender's own, and tells only the sender something.</summary>
internal sealed record BusBatch(Guid Sender, long Number, long SentAt, IReadOnlyList<NodeNews> Words)
{
    // Another form gets another number: nodes of two versions then hear that they missed something, and look.
    private const byte Form = 1;
    private const byte GrewWord = 1, LookWord = 2, PassingWord = 3, ToUserWord = 4;

    public static byte[] Write(Guid sender, long number, long sentAt, IReadOnlyList<byte[]> words)
    {
        using var bytes = new MemoryStream(40 + words.Sum(w => w.Length));
        using var to = new BinaryWriter(bytes);
        to.Write(Form);
        to.Write(sender.ToByteArray());
        to.Write(number);
        to.Write(sentAt);
        to.Write(words.Count);
        foreach (var word in words) to.Write(word);
        to.Flush();
        return bytes.ToArray();
    }

    public static byte[] Word(NodeNews news)
    {
        using var bytes = new MemoryStream(256);
        using var to = new BinaryWriter(bytes);
        switch (news)
        {
            case NodeNews.Grew grew:
                Begin(to, GrewWord, grew.Feed);
                to.Write(grew.Epoch);
                to.Write(grew.Entries.Count);
                foreach (var entry in grew.Entries) Write(to, entry);
                break;
            case NodeNews.Look look:
                Begin(to, LookWord, look.Feed);
                break;
            case NodeNews.Passing passing:
                Begin(to, PassingWord, passing.Feed);
                to.Write((byte)passing.Worth);
                Write(to, passing.Frame);
                break;
            case NodeNews.ToUser user:
                Begin(to, ToUserWord, user.Feed);
                to.Write(user.User);
                to.Write((byte)user.Worth);
                Write(to, user.Frame);
                break;
            default:
                throw new InvalidOperationException($"{news.GetType().Name} is not said to other nodes");
        }
        to.Flush();
        return bytes.ToArray();
    }

    /// <summary>Null: not of this form, or not whole.</summary>
    public static BusBatch? TryRead(ReadOnlyMemory<byte> bytes)
    {
        using var from = new BinaryReader(new MemoryStream(bytes.ToArray(), writable: false));
        try
        {
            if (from.ReadByte() != Form) return null;
            var (sender, number, sentAt, count) = (ReadGuid(from), from.ReadInt64(), from.ReadInt64(), ReadCount(from));
            var words = new List<NodeNews>(count);
            for (var n = 0; n < count; n++)
            {
                if (ReadWord(from) is not { } word) return null;
                words.Add(word);
            }
            return from.BaseStream.Position == from.BaseStream.Length ? new(sender, number, sentAt, words) : null;
        }
        catch (Exception e) when (e is IOException or FormatException or DecoderFallbackException or ArgumentException)
        {
            return null;
        }
    }

    private static NodeNews? ReadWord(BinaryReader from)
    {
        var word = from.ReadByte();
        var feed = new FeedId(ReadGuid(from), from.ReadString(), ReadGuid(from)); // the tenant first
        switch (word)
        {
            case GrewWord:
                var epoch = from.ReadString();
                var entries = new FeedEntry[ReadCount(from)];
                for (var n = 0; n < entries.Length; n++) entries[n] = ReadEntry(from);
                return new NodeNews.Grew(feed, epoch, entries);
            case LookWord:
                return new NodeNews.Look(feed);
            case PassingWord:
                return new NodeNews.Passing(feed, ReadWorth(from), ReadBytes(from));
            case ToUserWord:
                return new NodeNews.ToUser(feed, from.ReadString(), ReadWorth(from), ReadBytes(from));
            default:
                return null;
        }
    }

    private static void Begin(BinaryWriter to, byte word, FeedId feed)
    {
        to.Write(word);
        to.Write(feed.Wall.ToByteArray());
        to.Write(feed.Kind);
        to.Write(feed.Id.ToByteArray());
    }

    private static void Write(BinaryWriter to, FeedEntry entry)
    {
        to.Write(entry.Seq);
        Write(to, entry.Frame);
        to.Write(entry.SeenBy);
        to.Write(entry.Peoples);
        to.Write(entry.Unsettles);
        to.Write(entry.Ends is not null);
        if (entry.Ends is not { } ends) return;
        to.Write(ends.User);
        Write(to, ends.Told);
    }

    private static FeedEntry ReadEntry(BinaryReader from) => new(from.ReadInt64(), ReadBytes(from))
    {
        SeenBy = from.ReadInt64(),
        Peoples = from.ReadBoolean(),
        Unsettles = from.ReadBoolean(),
        Ends = from.ReadBoolean() ? (from.ReadString(), ReadBytes(from)) : null,
    };

    private static void Write(BinaryWriter to, ReadOnlyMemory<byte> bytes)
    {
        to.Write(bytes.Length);
        to.Write(bytes.Span);
    }

    private static byte[] ReadBytes(BinaryReader from) => from.ReadBytes(ReadCount(from));

    private static Guid ReadGuid(BinaryReader from) => new(from.ReadBytes(16));

    private static FrameClass ReadWorth(BinaryReader from) =>
        (FrameClass)from.ReadByte() is var worth && Enum.IsDefined(worth) ? worth : throw new FormatException("no such class of frames");

    // Nothing is made room for that is not there.
    private static int ReadCount(BinaryReader from) =>
        from.ReadInt32() is var count && count >= 0 && count <= from.BaseStream.Length - from.BaseStream.Position ? count : throw new FormatException("more than there is");
}
