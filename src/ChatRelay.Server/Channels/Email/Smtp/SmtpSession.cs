using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>What one mail on one session came to. Stale: the session had died in the pool, and nothing of this mail was sent.</summary>
internal sealed record SmtpTried(SendOutcome Outcome, bool Stale = false);

/// <summary>A mail as it goes behind DATA: its size, and what writes it in pieces.</summary>
internal sealed record SmtpContent(long Size, Func<Stream, CancellationToken, ValueTask> WriteAsync);

/// <summary>
/// An open session, one mail at a time: (1) the envelope, in one write where the server takes groups, (2) its answers, (3) DATA,
/// (4) the mail, (5) the dot, from which on only an answer tells whether it was taken.
/// </summary>
internal sealed class SmtpSession(SmtpWire wire, SmtpOffer offer, TimeProvider clock) : IDisposable
{
    public const int MaxMails = 100; // servers end long sessions, and some count
    public static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5); // so that a name that moved is followed

    private readonly long _born = clock.GetTimestamp();
    private int _mails;
    private bool _broken;

    /// <summary>May carry another mail, if it does not rest too long.</summary>
    public bool IsUsable => !_broken && _mails < MaxMails && clock.GetElapsedTime(_born) < MaxAge;

    /// <summary>The clock's timestamp when it last went to rest.</summary>
    public long RestedAt { get; private set; }

    public bool IsFresh => IsUsable && clock.GetElapsedTime(RestedAt) < MaxIdle;

    public bool IsQuiet => wire.IsQuiet;

    public void Rest() => RestedAt = clock.GetTimestamp();

    public async ValueTask<SmtpTried> SendAsync(SmtpEnvelope envelope, SmtpContent content, SmtpDeadline deadline)
    {
        if (offer.MaxSize is { } most && content.Size > most)
            return new(new SendOutcome.Refused(Outcome.ProviderRejected) { Detail = $"The mail has {content.Size} bytes; the server takes {most}.", ThisAccountOnly = true });

        var used = _mails++ > 0;
        _broken = true; // until the answers are here, nobody knows what the server would read next
        deadline.Enter(SmtpPhase.Envelope);
        var talk = new SmtpEnvelopeTalk(wire, offer, deadline);
        var refusal = await talk.SayAsync(envelope, content.Size, reset: used); // (1) (2) (3)
        if (refusal is not null)
        {
            _broken = talk.IsBroken;
            return new(refusal, Stale: used && talk.IsStale);
        }
        var outcome = await WriteAsync(content, deadline); // (4) (5)
        return new(outcome with { Reply = talk.WithCopies(outcome.Reply), Detail = talk.WithCopies(outcome.Detail) });
    }

    private async ValueTask<SendOutcome> WriteAsync(SmtpContent content, SmtpDeadline deadline)
    {
        deadline.Enter(SmtpPhase.Data);
        var step = SmtpStep.Data;
        using var body = new DotStream(wire.Stream);
        try
        {
            await content.WriteAsync(body, deadline.Token);
            // An answer before the dot: a refusal is one, anything else is no answer to this mail.
            if (wire.HasUnread) return SmtpOutcomes.Of(SmtpStep.Data, await wire.AskAsync(null, deadline));
            body.End();
            deadline.Enter(SmtpPhase.Answer);
            step = SmtpStep.Answer;
            await body.FlushAsync(deadline.Token);
        }
        catch (Exception e) when (SmtpWire.IsBreak(e))
        {
            return SmtpOutcomes.Of(step, await WhyAsync(e, deadline));
        }
        var answer = await wire.AskAsync(null, deadline);
        _broken = !answer.IsPositive && (!answer.IsRefusal || answer.IsGoodbye);
        return answer.IsPositive ? SmtpOutcomes.Taken(answer) : SmtpOutcomes.Of(SmtpStep.Answer, answer);
    }

    /// <summary>A server that ends the connection in the middle of a mail has often said why.</summary>
    private async ValueTask<SmtpReply> WhyAsync(Exception e, SmtpDeadline deadline)
    {
        var broken = SmtpReply.Failed(SmtpWire.FailureOf(e, deadline));
        if (deadline.IsOver) return broken;
        var said = await wire.AskAsync(null, deadline);
        return said.IsRefusal ? said : broken;
    }

    /// <summary>Takes leave, if it is still listened to, without waiting for the answer.</summary>
    public async Task QuitAsync()
    {
        using (this)
        {
            if (_broken) return;
            using var moment = new CancellationTokenSource(TimeSpan.FromSeconds(1), clock);
            try
            {
                await wire.Stream.WriteAsync("QUIT\r\n"u8.ToArray(), moment.Token);
            }
            catch (Exception e) when (SmtpWire.IsBreak(e))
            {
                // It has gone already.
            }
        }
    }

    public void Dispose() => wire.Dispose();
}
