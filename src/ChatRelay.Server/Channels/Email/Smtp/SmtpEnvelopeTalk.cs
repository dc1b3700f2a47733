using System.Text;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>
/// Everything of a mail before its bytes. The mail goes when `to` was taken; a copy that was refused is told of and holds nothing up.
/// DATA is in the group only when `to` stands alone: with copies it waits for the answers, since a mail that has begun cannot be taken
/// back, and one without its `to` must not go.
/// </summary>
internal sealed class SmtpEnvelopeTalk(SmtpWire wire, SmtpOffer offer, SmtpDeadline deadline)
{
    private readonly List<(string Command, SmtpReply Reply)> _refusedCopies = [];

    /// <summary>The session can carry no further mail.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The far end had gone before it took anything of this mail.</summary>
    public bool IsStale { get; private set; }

    /// <summary>Null when the server waits for the mail; else why it does not.</summary>
    public async ValueTask<SendOutcome?> SayAsync(SmtpEnvelope envelope, long size, bool reset)
    {
        var group = GroupOf(envelope, size, reset);
        if (offer.Pipelining) group.ForEach(line => wire.Add(line.Command));

        SendOutcome? refusal = null;
        foreach (var (step, command) in group)
        {
            if (refusal is not null && !offer.Pipelining) break;
            var reply = await wire.AskAsync(offer.Pipelining ? null : command, deadline);
            if (refusal is null) refusal = Hear(step, command, reply);
            // Its `to` was refused and the server wants the mail all the same: there is no way back but to leave.
            else if (step is SmtpStep.Data && !reply.IsRefusal) IsBroken = true;
            if (reply.Failure is not null || reply.IsGoodbye) IsBroken = true;
            if (IsBroken) break;
        }
        if (refusal is null && envelope.Copies.Count > 0) refusal = Hear(SmtpStep.Data, "DATA", await wire.AskAsync("DATA", deadline));
        return refusal;
    }

    private List<(SmtpStep Step, string Command)> GroupOf(SmtpEnvelope envelope, long size, bool reset)
    {
        var group = new List<(SmtpStep, string)>(envelope.Copies.Count + 4);
        if (reset) group.Add((SmtpStep.Reset, "RSET"));
        group.Add((SmtpStep.Mail, offer.Size ? $"MAIL FROM:<{envelope.From}> SIZE={size}" : $"MAIL FROM:<{envelope.From}>"));
        group.Add((SmtpStep.To, $"RCPT TO:<{envelope.To}>"));
        foreach (var copy in envelope.Copies) group.Add((SmtpStep.Copy, $"RCPT TO:<{copy}>"));
        if (envelope.Copies.Count == 0) group.Add((SmtpStep.Data, "DATA"));
        return group;
    }

    /// <summary>Null when the talk goes on.</summary>
    private SendOutcome? Hear(SmtpStep step, string command, SmtpReply reply)
    {
        if (step is SmtpStep.Data ? reply.Code == 354 : reply.IsPositive) return null;
        if (reply.Failure is not null || reply.IsGoodbye || !reply.IsRefusal || step is SmtpStep.Reset) IsBroken = true;
        IsStale = step is SmtpStep.Reset || reply.IsGoodbye || reply.Failure?.Outcome is Outcome.ConnectionError;
        if (step is not SmtpStep.Copy || IsBroken) return SmtpOutcomes.Of(step, reply);
        _refusedCopies.Add((command, reply));
        return null;
    }

    /// <summary>With the refused copies in digits: a detail outlives an erasure, so it names nobody.</summary>
    public string? WithCopies(string? detail)
    {
        if (_refusedCopies.Count == 0) return detail;
        var copies = $"{_refusedCopies.Count} of the copies were refused ({string.Join(", ", _refusedCopies.Select(copy => copy.Reply.Digits).Distinct())}).";
        return detail is null ? copies : $"{detail} {copies}";
    }

    /// <summary>With what was said to each refused copy, before the last answer.</summary>
    public OutboundReply? WithCopies(OutboundReply? reply)
    {
        if (_refusedCopies.Count == 0 || reply is null) return reply;
        var text = new StringBuilder();
        foreach (var (command, refused) in _refusedCopies) text.Append(command).Append("\r\n").Append(refused.Text);
        var whole = (byte[])[.. Encoding.Latin1.GetBytes(text.ToString()), .. reply.Body.Span];
        return reply with { Body = whole.AsMemory(0, Math.Min(whole.Length, OutboundExchange.MaxBody)), Truncated = whole.Length > OutboundExchange.MaxBody };
    }
}
