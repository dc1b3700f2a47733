namespace ChatRelay.Client;

/// <summary>What a numbered frame is to this client.</summary>
internal enum Taken
{
    Next,

    /// <summary>Had already.</summary>
    Known,

    /// <summary>Something lies between, or the numbers are others: it has to be asked for.</summary>
    Behind,
}

/// <summary>Where this client stands in one numbered feed. Pure: a position moves by the next number and by nothing else.</summary>
internal sealed class FeedStand
{
    private long ahead; // the highest number that came and could not be taken

    public RelayPosition? At { get; private set; }

    /// <summary>It has to page until it has reached the head.</summary>
    public bool IsBehind { get; private set; }

    public Taken Take(string epoch, long from, long to)
    {
        if (At is null || epoch != At.Epoch || from > At.Seq + 1) return FallBehind(to);
        if (to <= At.Seq) return Taken.Known;
        At = At with { Seq = to };
        return Taken.Next;
    }

    /// <summary>There was no room for it, or the relay says that there is more.</summary>
    public Taken FallBehind(long upTo = 0)
    {
        (IsBehind, ahead) = (true, Math.Max(ahead, upTo));
        return Taken.Behind;
    }

    /// <summary>A page was taken whole. What came by itself meanwhile and was not taken has to be asked for again.</summary>
    public void PageTaken(bool more) => IsBehind = more || At is null || At.Seq < ahead;

    public void Begin(RelayPosition at) => (At, IsBehind, ahead) = (at, false, 0);

    /// <summary>Another connection: it says itself what is missing.</summary>
    public void Resume() => (IsBehind, ahead) = (false, 0);
}
