using System.Text;
using System.Text.RegularExpressions;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>Which question the server answered.</summary>
internal enum SmtpStep { Greeting, Ehlo, StartTls, Auth, Reset, Mail, To, Copy, Data, Answer }

/// <summary>What an answer that is not the hoped-for one means: pure. Details are ours, the far end's own words go into the reply.</summary>
internal static partial class SmtpOutcomes
{
    public static SendOutcome Of(SmtpStep step, SmtpReply reply) => Judge(step, reply) with
    {
        Reply = reply.Failure is null ? ReplyOf(reply) : null,
        Detail = reply.Failure?.Detail ?? $"{Words(step)} was answered with {reply.Digits}.",
        // Behind the dot only a plain no says that the mail was not taken.
        MaybeSent = step is SmtpStep.Answer && !reply.IsRefusal,
    };

    public static SendOutcome Taken(SmtpReply answer) => new SendOutcome.Accepted(QueueId().Match(answer.Text) is { Success: true } found ? found.Groups[1].Value : null)
    {
        Reply = ReplyOf(answer),
    };

    private static OutboundReply ReplyOf(SmtpReply reply) => new() { Status = reply.Code, Body = Encoding.Latin1.GetBytes(reply.Text) };

    private static SendOutcome Judge(SmtpStep step, SmtpReply reply)
    {
        if (reply.Failure is { } failure) return Later(failure.Outcome);
        if (!reply.IsRefusal) return Later(Outcome.ProtocolError);
        if (step is SmtpStep.StartTls) return Later(Outcome.TlsError);
        if (IsRate(reply)) return Later(Outcome.RateLimited);
        if (reply.Code is 530 or 534 or 535 or 538 || (step is SmtpStep.Auth && reply.Code is 432 or >= 500)) return Later(Outcome.AuthFailed);
        if (IsQuota(reply)) return Later(Outcome.Quota);
        if (reply.Code < 500) return Later(Outcome.ProviderRejected);
        if (reply.Code is 500 or 502 or 503 or 504) return Later(Outcome.ProtocolError); // it does not speak as we do; another provider may
        if (step is SmtpStep.Greeting or SmtpStep.Ehlo or SmtpStep.Reset) return Later(Outcome.ProviderRejected); // before any mail: not about this one
        return new SendOutcome.Refused(step is SmtpStep.To && IsUnknownMailbox(reply) ? Outcome.InvalidRecipient : Outcome.ProviderRejected) { ThisAccountOnly = IsOverLimit(reply) };
    }

    private static SendOutcome.TryLater Later(Outcome why) => new(why);

    /// <summary>The account has used up what it may send or store. A recipient's full mailbox (x.2.2) and a mail that is too large are not that.</summary>
    private static bool IsQuota(SmtpReply reply) => (reply.Code, reply.Status) switch
    {
        (452 or 552, null) => true,
        (550, { Class: 5, Subject: 4, Detail: 5 }) => true, // how Google says that the day's limit is reached
        (454, null) => Says(reply, "Throttling failure: Daily"), // Amazon SES
        _ => false,
    };

    /// <summary>Too many at once or in too short a time. No code means that everywhere: each of these is one large provider's.</summary>
    private static bool IsRate(SmtpReply reply) => (reply.Code, reply.Status) switch
    {
        (432, { Class: 4, Subject: 3, Detail: 2 }) => true, // Exchange Online, of connections; in RFC 4954 432 is about a password
        (421, { Class: 4, Subject: 7, Detail: 28 }) => true, // Google
        (454, null) => Says(reply, "Throttling failure: Maximum"), // Amazon SES
        _ => false,
    };

    /// <summary>Larger than the server takes, or to more recipients: another server may have other limits.</summary>
    private static bool IsOverLimit(SmtpReply reply) => reply.Status switch
    {
        { Class: 5, Subject: 3, Detail: 4 } or { Class: 5, Subject: 2, Detail: 3 } => true,
        null => Says(reply, "Transaction failed: Recipient count exceeds"), // Amazon SES
        _ => false,
    };

    private static bool Says(SmtpReply reply, string words) => reply.Lines.First().StartsWith(words, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Leads to a suppression, so it takes a clear word: a bare 550 may as well be a relay that is closed or a list that we are on.
    /// </summary>
    private static bool IsUnknownMailbox(SmtpReply reply) => reply.Status switch
    {
        { SaysNoMailbox: true } => true,
        null => reply.Code is 551 or 553,
        _ => false,
    };

    private static string Words(SmtpStep step) => step switch
    {
        SmtpStep.Greeting => "The connection",
        SmtpStep.Ehlo => "EHLO",
        SmtpStep.StartTls => "STARTTLS",
        SmtpStep.Auth => "AUTH",
        SmtpStep.Reset => "RSET",
        SmtpStep.Mail => "MAIL FROM",
        SmtpStep.To or SmtpStep.Copy => "RCPT TO",
        SmtpStep.Data => "DATA",
        _ => "The mail",
    };

    /// <summary>Under which id the server has it: Postfix says `queued as X`, Exim `id=X`.</summary>
    [GeneratedRegex(@"(?:queued as |\bid=)<?([\x21-\x3b\x3d\x3f-\x7e]{1,200})", RegexOptions.IgnoreCase)]
    private static partial Regex QueueId();
}
