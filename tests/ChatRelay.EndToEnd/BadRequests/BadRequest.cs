namespace ChatRelay.EndToEnd.BadRequests;

/// <summary>A request with something wrong in it, and what that is.</summary>
internal sealed record BadRequest(string Operation, string Method, string Target, IReadOnlyList<string> Wrong, byte[] Bytes)
{
    /// <summary>We end our side after it: only so does the server learn that nothing more comes. It may hang up in turn.</summary>
    public bool Ends { get; init; }

    /// <summary>Its end is not where the server thinks it is: no further request on this connection.</summary>
    public bool Last { get; init; }

    /// <summary>Not well-formed HTTP, or beyond the server's own limits: an empty 4xx and a close will do.</summary>
    public bool MayBeNoRequest { get; init; }

    /// <summary>The server may hang up on it: it ends half-way, or is refused while it is still being sent.</summary>
    public bool MayGoUnanswered { get; init; }

    public override string ToString() => $"{Operation}: {Method} {(Target.Length > 120 ? Target[..120] + "…" : Target)}: {string.Join(", ", Wrong)}";
}
