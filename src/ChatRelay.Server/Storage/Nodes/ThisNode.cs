using ChatRelay.Settings;

namespace ChatRelay.Storage.Nodes;

/// <summary>Who this process is among the nodes: a name that survives a restart, and an incarnation that does not.</summary>
internal sealed record ThisNode(string Name, Guid Incarnation, string[] Roles, string Version, string Address)
{
    private int live = 1;
    private volatile IReadOnlyList<int> others = [];

    /// <summary>The roles by their names, in the order in which others are counted.</summary>
    public static readonly string[] RoleNames = [.. Enum.GetNames<Role>().Select(r => r.ToLowerInvariant())];

    /// <summary>How many nodes are alive, this one included.</summary>
    public int Live
    {
        get => Volatile.Read(ref live);
        set => Volatile.Write(ref live, Math.Max(1, value));
    }

    /// <summary>How many of them do this: a limit on it is shared by so many, and not by those that never spend of it.</summary>
    public int LiveAs(Role role) => Math.Max(1, (others.Count > (int)role ? others[(int)role] : 0) + (Roles.Contains(RoleNames[(int)role]) ? 1 : 0));

    /// <summary>The other living nodes, by role.</summary>
    public void Knows(IReadOnlyList<int> othersByRole) => others = othersByRole;

    /// <summary>Set by the operator or by SIGTERM: takes no new work.</summary>
    public volatile bool Draining;

    /// <summary>The whole relay rests: nothing is sent by any node until an operator lets go. Followed at every heartbeat.</summary>
    public volatile bool Paused;
}
