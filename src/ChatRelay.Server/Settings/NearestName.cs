namespace ChatRelay.Settings;

/// <summary>The known name that a mistyped one most likely meant: the fewest letters added, lost or changed.</summary>
internal static class NearestName
{
    public static string? Of(string mistyped, IEnumerable<string> known) => known
        .Select(name => (Name: name, Distance: Distance(mistyped.ToUpperInvariant(), name)))
        .Where(candidate => candidate.Distance <= Math.Max(3, mistyped.Length / 3))
        .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
        .Select(candidate => candidate.Name).FirstOrDefault();

    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var change = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
