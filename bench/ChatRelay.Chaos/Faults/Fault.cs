using ChatRelay.Chaos.World;
using ChatRelay.TestKit;

namespace ChatRelay.Chaos.Faults;

/// <summary>One thing that goes wrong, and for how long.</summary>
internal abstract record Fault
{
    private Fault() { }

    /// <summary>What it strikes: two faults never have the same thing in hand at once.</summary>
    public abstract string Target { get; }

    /// <summary>Its name in reports, without its figures.</summary>
    public abstract string Kind { get; }

    public abstract record OfNode(int Node) : Fault
    {
        public override string Target => $"node {Node}";
    }

    /// <summary>kill -9, and another life after a while.</summary>
    public sealed record KillNode(int Node, TimeSpan Down) : OfNode(Node)
    {
        public override string Kind => "kill -9 of a node";
    }

    /// <summary>SIGTERM: it drains, and comes back after a while.</summary>
    public sealed record StopNode(int Node, TimeSpan Down) : OfNode(Node)
    {
        public override string Kind => "SIGTERM of a node";
    }

    /// <summary>SIGSTOP; longer than its lease, or shorter.</summary>
    public sealed record FreezeNode(int Node, TimeSpan Time) : OfNode(Node)
    {
        public override string Kind => Time > TimeSpan.FromSeconds(30) ? "SIGSTOP of a node past its lease" : "SIGSTOP of a node";
    }

    /// <summary>kill -9, and a next life whose wall clock is wrong.</summary>
    public sealed record SkewNode(int Node, TimeSpan Skew, TimeSpan Down) : OfNode(Node)
    {
        public override string Kind => "kill -9 of a node, and a clock an hour off";
    }

    /// <summary>Its connections to the database are cut.</summary>
    public sealed record CutNode(int Node) : OfNode(Node)
    {
        public override string Kind => "connections cut";
    }

    /// <summary>It cannot reach the database at all.</summary>
    public sealed record PartNode(int Node, TimeSpan Time) : OfNode(Node)
    {
        public override string Kind => "no way to the database";
    }

    public sealed record DelayNode(int Node, TimeSpan By, TimeSpan Time) : OfNode(Node)
    {
        public override string Kind => "each piece delayed";
    }

    public sealed record StallNode(int Node, TimeSpan Time) : OfNode(Node)
    {
        public override string Kind => "connections stalled";
    }

    /// <summary>The database's side is gone, and the node does not know.</summary>
    public sealed record HalveNode(int Node) : OfNode(Node)
    {
        public override string Kind => "connections half-open";
    }

    public sealed record StrikeCommit(int Node, CommitFault How, TimeSpan AtMost) : OfNode(Node)
    {
        public override string Kind => How is CommitFault.LoseAnswer ? "the answer to a COMMIT lost" : "cut just after a COMMIT was sent";
    }

    public abstract record OfDatabase : Fault
    {
        public override string Target => "PostgreSQL";
    }

    public sealed record EndPostgres(PostgresEnd How, TimeSpan Down) : OfDatabase
    {
        public override string Kind => How switch
        {
            PostgresEnd.Smart => "PostgreSQL stopped smart",
            PostgresEnd.Fast => "PostgreSQL stopped fast",
            PostgresEnd.Immediate => "PostgreSQL stopped immediate",
            _ => "kill -9 of PostgreSQL",
        };
    }

    public sealed record KillSession(double Which) : OfDatabase
    {
        public override string Kind => "kill -9 of a PostgreSQL session";
    }

    public sealed record FreezePostgres(TimeSpan Time) : OfDatabase
    {
        public override string Kind => "SIGSTOP of PostgreSQL";
    }

    public sealed record FillDisk(TimeSpan Time) : OfDatabase
    {
        public override string Kind => "disk full";
    }
}
