namespace ChatRelay.Secrets;

/// <summary>Why a sealed value stays closed.</summary>
internal enum SealFault
{
    /// <summary>The stored bytes are not a sealed value.</summary>
    Malformed,

    /// <summary>Changed bytes, or a value that was moved from another cell.</summary>
    Damaged,

    /// <summary>The tenant has no data key of that version.</summary>
    DataKeyMissing,

    /// <summary>The data key does not open under the ring's key: wrong ring key, or changed bytes.</summary>
    DataKeyDamaged,

    /// <summary>The ring of this node lacks the key that wraps the data key.</summary>
    RingKeyMissing,
}

/// <summary>What opening gave: the value, or why there is none.</summary>
internal abstract record Opened
{
    private Opened()
    {
    }

    public sealed record Plain(byte[] Bytes) : Opened
    {
        public override string ToString() => "***";
    }

    public sealed record Closed(SealFault Fault) : Opened;
}
