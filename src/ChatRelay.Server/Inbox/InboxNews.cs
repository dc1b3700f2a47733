using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Realtime;
using ChatRelay.Storage.Commits;

namespace ChatRelay.Inbox;

/// <summary>What a commit put into an inbox, in order, and whether a step of a route became due with it.</summary>
internal sealed record InboxGrew(FeedId Feed, string Epoch, IReadOnlyList<InboxEntry> Entries, bool Due = false);

/// <summary>After the commit: it goes to whoever is there.</summary>
internal sealed class InboxNews(INodeBus bus, EventNews events, WakeUps wake)
{
    public CommitHearer Hearer => new(typeof(InboxGrew), rows =>
    {
        foreach (var grew in rows.Cast<InboxGrew>()) Tell(grew);
    });

    public void Tell(InboxGrew grew)
    {
        if (grew.Entries.Count > 0) bus.Say(new NodeNews.Grew(grew.Feed, grew.Epoch, [.. grew.Entries.Select(e => InboxFrames.Of(grew.Epoch, e))]));
        events.Tell(grew.Feed.Wall);
        if (grew.Due) wake.Now();
    }
}
