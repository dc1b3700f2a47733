using ChatRelay.EndToEnd.Clients;
using ChatRelay.EndToEnd.Console;
using ChatRelay.EndToEnd.Faults;
using ChatRelay.EndToEnd.Up;
using ChatRelay.EndToEnd.WebChat;
using Xunit.Sdk;
using Xunit.v3;

namespace ChatRelay.EndToEnd;

/// <summary>Who takes a minute or more begins first: one that began last would run on by itself. The clone's build goes beside those that bear it best.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        nameof(CleanClone), nameof(EventFanoutTests), nameof(FailoverTests), nameof(ShortFormTests), nameof(ConsoleInChromiumTests), nameof(RoomFaultTests), nameof(TwoNodesFaultTests),
        nameof(ClientModelTests), nameof(ShortFormsUnderLoadTests), nameof(WebChatInChromiumTests),
    ];

    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> testCollections) where T : ITestCollection =>
        [.. testCollections.OrderBy(PlaceOf).ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal)];

    private static int PlaceOf<T>(T collection) where T : ITestCollection
    {
        var name = collection.TestCollectionClassName ?? collection.TestCollectionDisplayName;
        return Array.FindIndex(Long, one => name.Contains(one, StringComparison.Ordinal)) is var at and >= 0 ? at : Long.Length;
    }
}
