using ChatRelay.Channels;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Simulation;

/// <summary>A world before it begins: who is in it, and what will happen to it. A failing one is made shorter by leaving happenings out.</summary>
internal sealed record Plan(int Seed, int Nodes, int Slots, int Tenants, IReadOnlyList<FarEnd> FarEnds, IReadOnlyList<Happening> Happenings)
{
    /// <summary>What a scan over all lanes takes beyond its way: a snapshot that somebody holds makes it long.</summary>
    public TimeSpan ScanTakes { get; init; }

    /// <summary>Nothing was broken on purpose: then everything goes out exactly once.</summary>
    public bool IsHarmless => !Happenings.Any(h => h is Happening.Fault or Happening.Trouble or Happening.Jump || h is Happening.Send { Letter.Poison: true });

    /// <summary>Without what is about nodes that are not there.</summary>
    public Plan WithoutStrangers() => this with { Happenings = [.. Happenings.Where(h => !(h is Happening.Fault { Node: var node } && node >= Nodes) && !(h is Happening.Jump { Node: var other } && other >= Nodes))] };
}

/// <summary>A receiver, or a tenant's mail account.</summary>
internal sealed record FarEnd(int Number, int Tenant, ChannelKind Channel, TimeSpan Usual)
{
    public override string ToString() => $"{(Channel is ChannelKind.Email ? "account" : "receiver")} {Number} of tenant {Tenant}";
}

/// <summary>A notification as its tenant asks for it.</summary>
internal sealed record Letter(int Tenant, Priority Priority, IReadOnlyList<LetterStep> Steps)
{
    public TimeSpan? SendIn { get; init; }
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>Null is the default schedule: a day long.</summary>
    public IReadOnlyList<int>? Schedule { get; init; }

    /// <summary>It kills the node that sends it.</summary>
    public bool Poison { get; init; }

    public override string ToString() => string.Concat(
        Poison ? "poison " : "", $"{Priority} ", $"of tenant {Tenant}: ", string.Join(", then ", Steps),
        Schedule is null ? "" : $"; tries after {string.Join(", ", Schedule)} s", SendIn is { } send ? $"; in {send.TotalSeconds:0} s" : "",
        ExpiresIn is { } expires ? $"; expires after {expires.TotalSeconds:0} s" : "");
}

/// <summary>One step of it.</summary>
internal sealed record LetterStep(int FarEnd, Until Until, TimeSpan? Within, OnUnknown OnUnknown)
{
    public override string ToString() => $"to {FarEnd} until {Until}{(Within is { } within ? $" within {within.TotalSeconds:0} s" : "")}, on unknown {OnUnknown}";
}

/// <summary>How a far end fails.</summary>
internal enum Ailment { SaysItFailed, AsksForTime, Resets, Hangs, AnswersLate, LosesAnswers, Refuses }

/// <summary>One thing that happens to the world from outside.</summary>
internal abstract record Happening(TimeSpan At)
{
    internal sealed record Send(TimeSpan At, int Number, int Node, int Count, Letter Letter) : Happening(At)
    {
        public override string ToString() => Line($"node {Node} is given {Count} letter(s) #{Number}, {Letter}");
    }

    /// <summary>About the first notification of a Send: by its tenant, an operator or a provider.</summary>
    internal sealed record Ask(TimeSpan At, int Number, Wish Wish) : Happening(At)
    {
        public override string ToString() => Line($"{Wish} of letter #{Number}");
    }

    internal sealed record Trouble(TimeSpan At, TimeSpan For, int FarEnd, Ailment Ailment) : Happening(At)
    {
        public override string ToString() => Line($"far end {FarEnd} {Ailment} for {For.TotalSeconds:0.0} s");
    }

    /// <summary>Node is -1 for the database.</summary>
    internal sealed record Fault(TimeSpan At, TimeSpan For, int Node, Harm Harm) : Happening(At)
    {
        public override string ToString() => Line($"{(Node < 0 ? "the database" : $"node {Node}")}: {Harm} for {For.TotalSeconds:0.0} s");
    }

    internal sealed record Jump(TimeSpan At, int Node, TimeSpan By) : Happening(At)
    {
        public override string ToString() => Line($"the clock of {(Node < 0 ? "the database" : $"node {Node}")} jumps by {By.TotalSeconds:0} s");
    }

    private string Line(string what) => $"{At.TotalSeconds,8:0.000} s  {what}";
}

/// <summary>What is asked about a notification.</summary>
internal enum Wish { Cancel, Hold, Release, ReportDelivered, ReportRead, ReportBounced }

/// <summary>What breaks: a node dies, is stopped, frozen or cut off; the database restarts or is slow; answers or signals get lost.</summary>
internal enum Harm { Crash, Stop, Freeze, Cut, Restart, Slow, Lossy, Deaf }
