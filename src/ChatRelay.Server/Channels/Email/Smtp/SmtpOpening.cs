using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>A session that mails can be sent through, or why there is none.</summary>
internal abstract record SmtpOpened
{
    private SmtpOpened() { }

    public sealed record Open(SmtpSession Session) : SmtpOpened;

    public sealed record Failed(SendOutcome Outcome) : SmtpOpened;
}

/// <summary>
/// From nothing to a session: (1) dial, (2) TLS at once where the account says so, (3) greeting, (4) EHLO, (5) STARTTLS and EHLO again,
/// (6) AUTH. Unless the account says `none`, nothing but EHLO and STARTTLS is ever sent in clear.
/// </summary>
internal sealed class SmtpOpening(OutboundDialer dialer, SmtpOptions options, RelayClock clock, X509Certificate2Collection? trustedRoots = null)
{
    public async ValueTask<SmtpOpened> OpenAsync(ProviderAccount.Smtp account, OutboundAllow allow, SmtpDeadline deadline)
    {
        deadline.Enter(SmtpPhase.Connect);
        var to = new Destination(account.Host, account.Port, account.Security is SmtpSecurity.Tls, OutboundUse.Smtp) { Clear = account.Security is SmtpSecurity.None };
        try
        {
            return await dialer.DialAsync(to, allow, deadline.Token) switch // (1)
            {
                Dialed.Connected connected => await GreetAsync(new SmtpWire(connected.Stream), account, deadline),
                Dialed.Failed failed => Failed(failed.Failure),
                _ => throw new InvalidOperationException(),
            };
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            return Failed(deadline.Passed());
        }
    }

    private async ValueTask<SmtpOpened> GreetAsync(SmtpWire wire, ProviderAccount.Smtp account, SmtpDeadline deadline)
    {
        SmtpOpened? opened = null;
        try
        {
            opened = await TalkAsync(wire, account, deadline);
            return opened;
        }
        finally
        {
            if (opened is not SmtpOpened.Open) wire.Dispose();
        }
    }

    private async ValueTask<SmtpOpened> TalkAsync(SmtpWire wire, ProviderAccount.Smtp account, SmtpDeadline deadline)
    {
        if (account.Security is SmtpSecurity.Tls) // (2)
        {
            deadline.Enter(SmtpPhase.Opening);
            if (await wire.SecureAsync(Tls(account), deadline) is { } broken) return Failed(broken);
        }

        deadline.Enter(SmtpPhase.Greeting);
        var greeting = await wire.AskAsync(null, deadline); // (3)
        if (greeting.Code != 220) return Failed(SmtpStep.Greeting, greeting);

        deadline.Enter(SmtpPhase.Opening);
        var ehlo = await wire.AskAsync($"EHLO {options.Name}", deadline); // (4)
        if (!ehlo.IsPositive) return Failed(SmtpStep.Ehlo, ehlo);

        if (account.Security is SmtpSecurity.Starttls) // (5)
        {
            if (!SmtpOffer.Of(ehlo).StartTls) return Failed(new(Outcome.TlsError, BytesLeft: false, "The server does not offer STARTTLS."));
            var start = await wire.AskAsync("STARTTLS", deadline);
            if (start.Code != 220) return Failed(SmtpStep.StartTls, start);
            if (await wire.SecureAsync(Tls(account), deadline) is { } broken) return Failed(broken);
            ehlo = await wire.AskAsync($"EHLO {options.Name}", deadline);
            if (!ehlo.IsPositive) return Failed(SmtpStep.Ehlo, ehlo);
        }

        var offer = SmtpOffer.Of(ehlo);
        return await SmtpLogin.SayAsync(wire, account, offer, deadline) is { } refused ? new SmtpOpened.Failed(refused) : new SmtpOpened.Open(new SmtpSession(wire, offer, clock)); // (6)
    }

    private SslClientAuthenticationOptions Tls(ProviderAccount.Smtp account)
    {
        var tls = OutboundTls.Options(trustedRoots);
        tls.TargetHost = account.Host;
        return tls;
    }

    private static SmtpOpened.Failed Failed(OutboundFailure failure) => new(new SendOutcome.TryLater(failure.Outcome) { Detail = failure.Detail });

    private static SmtpOpened.Failed Failed(SmtpStep step, SmtpReply reply) => new(SmtpOutcomes.Of(step, reply));
}
