using ChatRelay.Realtime;

namespace ChatRelay.Tests.Realtime;

/// <summary>
/// Between a node and its bus: what is heard, its own words too, is lost, doubled, held back to come in another order, or frozen for a while; and nobody is told of
/// it. One that is lost never comes: only the heads tell.
/// </summary>
internal sealed class FaultyBus(INodeBus bus, int seed) : INodeBus
{
    private readonly Lock gate = new();
    private readonly Random chance = new(seed);
    private readonly List<NodeNews> held = [];
    private int frozenFor;

    public int Lost { get; private set; }
    public int Doubled { get; private set; }
    public int Reordered { get; private set; }
    public int Frozen { get; private set; }

    public BusState State => bus.State;

    public void Say(NodeNews news) => bus.Say(news);

    public void Listen(Action<NodeNews> hear) => bus.Listen(news =>
    {
        lock (gate) Pass(news, hear);
    });

    private void Pass(NodeNews news, Action<NodeNews> hear)
    {
        if (frozenFor > 0)
        {
            held.Add(news);
            if (--frozenFor == 0) Release(hear);
            return;
        }
        switch (chance.Next(20))
        {
            case < 4:
                Lost++;
                return;
            case < 6:
                Doubled++;
                hear(news);
                break;
            case < 9:
                held.Add(news);
                return;
            case 9:
                (frozenFor, Frozen) = (chance.Next(3, 15), Frozen + 1);
                held.Add(news);
                return;
        }
        hear(news);
        if (held.Count > 0 && chance.Next(2) == 0) Release(hear);
    }

    private void Release(Action<NodeNews> hear)
    {
        Reordered += held.Count;
        while (held.Count > 0)
        {
            var which = chance.Next(held.Count);
            hear(held[which]);
            held.RemoveAt(which);
        }
    }
}
