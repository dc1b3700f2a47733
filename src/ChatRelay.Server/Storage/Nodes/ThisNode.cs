namespace ChatRelay.Storage.Nodes;

/// <summary>Who this process is among the nodes: a name that survives a restart, and an incarnation that does not.</summary>
internal sealed record ThisNode(string Name, Guid Incarnation, string[] Roles, string Version, string Address)
{
    private int live = 1;

    /// <summary>How many nodes are alive, this one included: a limit is shared by so many.</summary>
    public int Live
    {
        get => Volatile.Read(ref live);
        set => Volatile.Write(ref live, Math.Max(1, value));
    }

    /// <summary>Set by the operator or by SIGTERM: takes no new work.</summary>
    public volatile bool Draining;

    /// <summary>The whole relay rests: nothing is sent by any node until an operator lets go. Followed at every heartbeat.</summary>
    public volatile bool Paused;
}
