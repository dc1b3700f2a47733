using ChatRelay.Channels.Email.Mime;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>
/// Hands a mail to the account's own server: (1) a place in the pool, (2) the session that rests there, or a new one, (3) the mail.
/// A session that died while it rested is no attempt: the mail goes on a new one, once, and only while nothing of it was sent.
/// </summary>
internal sealed class SmtpSender(SmtpConnections connections, SmtpOpening opening, RelayClock clock) : IChannelSender
{
    public ChannelKind Channel => ChannelKind.Email;
    public string Type => "smtp";

    public async Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct)
    {
        var mail = (SendRequest.Email)send;
        var account = (ProviderAccount.Smtp)mail.Account;
        if (SmtpEnvelope.Of(mail.Message) is not { } envelope)
            return new SendOutcome.Refused(Outcome.InvalidRecipient) { Detail = "An address of the mail cannot stand on an envelope." };

        DkimSigner? signer = null;
        if (account.Dkim is { } key && !DkimSigner.TryRead(key, out signer, out var fault)) return new SendOutcome.TryLater(Outcome.AuthFailed) { Detail = fault };
        using var _ = signer;
        var message = MimeMessage.Of(mail.Message, clock.GetUtcNow(), signer);
        var outcome = await SendAsync(send, account, envelope, new SmtpContent(message.Size, message.WriteToAsync), ct);
        return outcome with { Reply = SmtpLogin.Scrubbed(outcome.Reply, account) };
    }

    private async ValueTask<SendOutcome> SendAsync(SendRequest send, ProviderAccount.Smtp account, SmtpEnvelope envelope, SmtpContent content, CancellationToken ct)
    {
        using var deadline = new SmtpDeadline(clock, send.Timeout, ct);
        using var place = await connections.EnterAsync(connections.KeyOf(send.Tenant, account, send.Allow), deadline); // (1)
        if (place is null) return new SendOutcome.TryLater(Outcome.RateLimited) { Detail = deadline.Passed().Detail };

        if (place.Session is { } rested && await rested.SendAsync(envelope, content, deadline) is { Stale: false } tried) return tried.Outcome; // (2) (3)
        switch (await opening.OpenAsync(account, send.Allow, deadline)) // (2)
        {
            case SmtpOpened.Open open:
                place.Renew(open.Session);
                return (await open.Session.SendAsync(envelope, content, deadline)).Outcome; // (3)
            case SmtpOpened.Failed failed:
                return failed.Outcome;
            default:
                throw new InvalidOperationException();
        }
    }
}
