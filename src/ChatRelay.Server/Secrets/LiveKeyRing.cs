namespace ChatRelay.Secrets;

/// <summary>The ring of a running node. A rotation elsewhere adds a key to the file: it is read again when that key is met.</summary>
internal sealed class LiveKeyRing(KeyRing first, KeyRingPlace place)
{
    private volatile KeyRing ring = first;

    public KeyRing Ring => ring;

    public RingKey? Find(int number)
    {
        if (ring.Find(number) is { } known) return known;
        if (place.Read() is RingFound.Here { Ring: var now } && now.Fingerprint == ring.Fingerprint) ring = now;
        return ring.Find(number);
    }

    public override string ToString() => ring.ToString();
}
