using System.Runtime.CompilerServices;

namespace ChatRelay.Client;

/// <summary>A list that is asked for page by page.</summary>
internal static class Pages
{
    public static async IAsyncEnumerable<T> WalkAsync<T>(
        Func<string?, CancellationToken, Task<(IReadOnlyList<T> Items, string? Next)>> ask, CancellationToken own, [EnumeratorCancellation] CancellationToken ct = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(own, ct);
        string? after = null;
        do
        {
            var (items, next) = await ask(after, either.Token);
            foreach (var item in items) yield return item;
            after = next;
        }
        while (after is not null);
    }
}
