using System.Text;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>AUTH PLAIN and AUTH LOGIN: the only place that says a password, and the one that takes it out of what comes back.</summary>
internal static class SmtpLogin
{
    /// <summary>Null when the server lets the account in, or it needs no login.</summary>
    public static async ValueTask<SendOutcome?> SayAsync(SmtpWire wire, ProviderAccount.Smtp account, SmtpOffer offer, SmtpDeadline deadline)
    {
        if (account.Auth is SmtpAuth.None) return null;
        var mechanism = account.Auth is SmtpAuth.Plain ? "PLAIN" : "LOGIN";
        if (!offer.Auth.Contains(mechanism)) return new SendOutcome.TryLater(Outcome.AuthFailed) { Detail = $"The server does not offer AUTH {mechanism}." };

        var words = Words(account);
        string[] lines = account.Auth is SmtpAuth.Plain ? [$"AUTH PLAIN {words[0]}"] : ["AUTH LOGIN", .. words];
        for (var i = 0; i < lines.Length; i++)
        {
            var reply = await wire.AskAsync(lines[i], deadline);
            if (reply.Code != (i == lines.Length - 1 ? 235 : 334)) return SmtpOutcomes.Of(SmtpStep.Auth, reply);
        }
        return null;
    }

    /// <summary>A server may say back what it was told; an attempt must not.</summary>
    public static OutboundReply? Scrubbed(OutboundReply? reply, ProviderAccount.Smtp account)
    {
        if (reply is null || account.Password is not { } password || password.Reveal().Length == 0) return reply;
        var text = Encoding.Latin1.GetString(reply.Body.Span);
        foreach (var word in (string[])[Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(password.Reveal())), .. Words(account)])
            text = text.Replace(word, "***", StringComparison.Ordinal);
        return reply with { Body = Encoding.Latin1.GetBytes(text) };
    }

    /// <summary>The credentials as they go over the wire.</summary>
    private static string[] Words(ProviderAccount.Smtp account)
    {
        var (user, password) = (account.Username ?? "", account.Password?.Reveal() ?? "");
        return account.Auth switch
        {
            SmtpAuth.Plain => [Base64($"\0{user}\0{password}")],
            SmtpAuth.Login => [Base64(user), Base64(password)],
            _ => [],
        };
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
