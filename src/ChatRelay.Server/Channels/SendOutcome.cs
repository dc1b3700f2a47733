using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels;

/// <summary>What one attempt came to. What follows from it is the policy's to say.</summary>
internal abstract record SendOutcome
{
    private SendOutcome(Outcome outcome) => Outcome = outcome;

    public Outcome Outcome { get; }

    /// <summary>The far end's answer, if one came: goes into the attempt.</summary>
    public OutboundReply? Reply { get; init; }

    /// <summary>True when the far end may have acted although it did not say so.</summary>
    public bool MaybeSent { get; init; }

    /// <summary>Whether the far end has it, as far as anybody knows.</summary>
    public bool HasLeft => MaybeSent || this is Accepted;

    /// <summary>A sentence for people, without secrets.</summary>
    public string? Detail { get; init; }

    /// <summary>The far end took it.</summary>
    public sealed record Accepted(string? ProviderMessageId = null) : SendOutcome(Outcome.Ok);

    /// <summary>Not now: another try, or another provider, may do better. RetryAfter is the far end's own wish.</summary>
    public sealed record TryLater(Outcome Why, TimeSpan? RetryAfter = null) : SendOutcome(Why);

    /// <summary>Not ever: trying again would get the same answer. DisableTarget: the endpoint asked to be left alone.</summary>
    public sealed record Refused(Outcome Why, bool DisableTarget = false) : SendOutcome(Why)
    {
        /// <summary>It is this account's own limit that the mail exceeds: another one may take it.</summary>
        public bool ThisAccountOnly { get; init; }
    }
}
