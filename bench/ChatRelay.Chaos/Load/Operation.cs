using System.Text;
using ChatRelay.Chaos.World;

namespace ChatRelay.Chaos.Load;

/// <summary>How a receiver treats one item.</summary>
internal enum Manner
{
    /// <summary>Takes it at once.</summary>
    Plain,

    /// <summary>Says 503 the first time: the schedule brings it again.</summary>
    RefusesFirst,
}

/// <summary>The n-th request of a run: what it sends, to whom and how, all from the seed.</summary>
/// <param name="Delay">how far ahead it is scheduled; zero: now</param>
internal sealed record Operation(long Seed, long Number, int Items, int Tenant, int Receiver, TimeSpan Delay)
{
    public const int MostItems = 100;

    public string Key => $"chaos-{Seed}-{Number}";

    /// <summary>An item's number, unique in the run; it is the external id, and stands in the body that the receiver gets.</summary>
    public long ItemOf(int index) => (Number * MostItems) + index;

    public static Operation Of(long seed, long number, int tenants, int receivers)
    {
        var chance = SeededChance.Of(seed, "operation", number);
        var items = chance.NextDouble() < 0.05 ? 2 + (int)chance.Next(19) : 1;
        var later = chance.NextDouble() < 0.05 ? chance.Between(1, 8) : TimeSpan.Zero;
        return new(seed, number, items, (int)chance.Next(tenants), (int)chance.Next(receivers), later);
    }

    public static Manner MannerOf(long seed, long item) =>
        SeededChance.Of(seed, "manner", item).NextDouble() < 0.02 ? Manner.RefusesFirst : Manner.Plain;

    /// <summary>The request's path and body. The same bytes at every try: the idempotency key is bound to them.</summary>
    public (string Path, byte[] Body) Render(Func<int, Uri> receiver, DateTimeOffset runBegan)
    {
        var items = Enumerable.Range(0, Items).Select(index => One(ItemOf(index), receiver(Receiver), runBegan)).ToArray();
        return Items == 1
            ? ("/v1/notifications", Encoding.UTF8.GetBytes(items[0]))
            : ("/v1/notifications/batch", Encoding.UTF8.GetBytes($$"""{"notifications":[{{string.Join(',', items)}}]}"""));
    }

    private string One(long item, Uri url, DateTimeOffset began)
    {
        var when = Delay > TimeSpan.Zero ? $"\"send_at\":\"{began + Delay:yyyy-MM-ddTHH:mm:ss.fffZ}\"," : "";
        return $$$"""{"to":{"webhook":{"url":"{{{url}}}"}},"route":[{"channel":"webhook"}],"external_id":"{{{item}}}",{{{when}}}"content":{"data":{"item":{{{item}}},"text":"{{{Text}}}"} } }""";
    }

    private static readonly string Text = new('x', 300);
}
