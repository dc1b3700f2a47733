using System.Collections;
using System.Globalization;
using System.Text;

namespace ChatRelay.Http.Json;

/// <summary>Collects what is wrong in a body, with the place where the reader stands. Stops at a hundred.</summary>
internal sealed class Faults : IReadOnlyList<Fault>
{
    public const int Most = 100;
    private const int LongestName = 128;

    private readonly List<Fault> faults = [];
    private (string? Name, int Index)[] place = new (string?, int)[8];
    private int depth;

    /// <summary>Members that are not known are passed over: for what only asks.</summary>
    public bool PassUnknown { get; init; }

    public int Count => faults.Count;
    public bool Any => faults.Count > 0;
    public bool Full => faults.Count >= Most;
    public Fault this[int index] => faults[index];

    /// <summary>A fault where the reader stands.</summary>
    public void Add(string code, string detail)
    {
        if (!Full) faults.Add(new Fault(Pointer(), code, detail));
    }

    /// <summary>A fault of a member of what the reader stands at.</summary>
    public void Add(string member, string code, string detail)
    {
        Enter(member);
        Add(code, detail);
        Leave();
    }

    /// <summary>Steps into a member: `using (faults.In("route", 2)) …`.</summary>
    public Inside In(string member)
    {
        Enter(member);
        return new Inside(this, 1);
    }

    public Inside In(string member, int index)
    {
        Enter(member);
        Enter(index);
        return new Inside(this, 2);
    }

    public void Enter(string name) => Push((name, 0));

    public void Enter(int index) => Push((null, index));

    public void Leave() => depth--;

    private void Push((string?, int) step)
    {
        if (depth == place.Length) Array.Resize(ref place, depth * 2);
        place[depth++] = step;
    }

    private string Pointer()
    {
        var pointer = new StringBuilder();
        foreach (var (name, index) in place.AsSpan(0, depth))
        {
            pointer.Append('/');
            if (name is null) pointer.Append(CultureInfo.InvariantCulture, $"{index}");
            else pointer.Append(Shown(name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
        }
        return pointer.ToString();
    }

    // The names of unknown members are the caller's: a hundred of a megabyte each must not come back.
    private static string Shown(string name)
    {
        if (name.Length <= LongestName) return name;
        var end = char.IsHighSurrogate(name[LongestName - 1]) ? LongestName - 1 : LongestName;
        return $"{name[..end]}…";
    }

    public IEnumerator<Fault> GetEnumerator() => faults.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Leaves the member again.</summary>
    internal readonly struct Inside(Faults faults, int steps) : IDisposable
    {
        public void Dispose()
        {
            for (var i = 0; i < steps; i++) faults.Leave();
        }
    }
}
