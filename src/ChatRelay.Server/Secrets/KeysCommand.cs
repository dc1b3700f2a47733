using ChatRelay.Storage;

namespace ChatRelay.Secrets;

/// <summary>`keys show`, `keys add` and `keys rotate`. Prints fingerprints and numbers, never a key.</summary>
internal static class KeysCommand
{
    public const string Usage = "keys show | keys add | keys rotate";

    /// <summary>Without a database: what stands at the ring's place, and a further key for it that is not yet used.</summary>
    public static int Local(string verb, KeyRingPlace place, Chance chance, TextWriter output)
    {
        if (place.Read() is not RingFound.Here { Ring: var ring })
            return Refuse(output, place.Read() is RingFound.Refused refused ? refused.Line : $"{place.Name} does not exist; the first start makes it");
        if (verb == "add")
        {
            if (!place.CanWrite) return Refuse(output, $"{place.Name} is not ours to change: add 32 random bytes in base64 under the next number there");
            ring = ring.WithNewKey(chance);
            place.Write(ring);
        }
        output.WriteLine($"{place.Name}: key ring {ring.Fingerprint[..16]}, keys {string.Join(", ", ring.Numbers)}");
        return 0;
    }

    /// <summary>Works beside running nodes. A second run goes on where a killed one stopped.</summary>
    public static async Task<int> RotateAsync(Databases databases, KeyRingPlace place, Chance chance, TextWriter output, CancellationToken ct)
    {
        var rotation = new KeyRotation(databases, place, chance);
        var said = "";
        var outcome = await rotation.RunAsync(report =>
        {
            var line = $"key {report.Key}: {report.DataKeys} new data keys, {report.Cells} values sealed anew";
            if (line != said) output.WriteLine(said = line);
        }, ct);
        if (outcome is not RotationOutcome.Done { Report: var done }) return Refuse(output, ((RotationOutcome.Refused)outcome).Line);

        output.WriteLine($"key {done.Key} is in use: {done.DataKeys} new data keys, {done.Cells} values sealed anew, {done.Closed} could not be opened");
        foreach (var closed in done.Named) output.WriteLine($"  {closed}");
        return done.Closed == 0 ? 0 : 1;
    }

    private static int Refuse(TextWriter output, string line)
    {
        output.WriteLine(line);
        return 2;
    }
}
