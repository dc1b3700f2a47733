using ChatRelay.Channels;
using ChatRelay.Suppressions;
using ChatRelay.Users;

namespace ChatRelay.Deliveries;

/// <summary>How an attempt began.</summary>
internal abstract record Begun
{
    private Begun() { }

    /// <summary>Not at all: the claim is gone, or its account takes nothing now.</summary>
    internal sealed record Not : Begun;

    /// <summary>With an outcome already.</summary>
    internal sealed record Ended : Begun;

    /// <summary>Its recipient is to get none of it: the address is suppressed, the user does not want it, or there is no address.</summary>
    internal sealed record LeftOut(DeliveryStatus As, string Reason) : Begun;

    /// <summary>This goes out; the note tells what was left out of it.</summary>
    internal sealed record Send(SendRequest Request, string? Note) : Begun;

    /// <summary>Everybody who would get it: who it is for first.</summary>
    public static IReadOnlyList<string> RecipientsOf(EmailMessage mail) => [mail.To.Email, .. mail.Cc.Select(b => b.Email), .. mail.Bcc.Select(b => b.Email)];

    public static Begun Of(SendRequest send, WishCheck? wish, RecipientCheck? check)
    {
        if (wish?.Reason is { } unwanted) return new LeftOut(DeliveryStatus.Skipped, unwanted);
        if (check is null || send is not SendRequest.Email email) return new Send(send, null);
        if (check.ReasonOf(email.Message.To.Email) is { } reason) return new LeftOut(DeliveryStatus.Suppressed, reason);
        var (mail, note) = Without(email.Message, box => check.ReasonOf(box.Email) is not null);
        return new Send(note is null ? send : email with { Message = mail }, note);
    }

    /// <summary>A mail without the copies that are not to be sent. Whose they were is not told: the attempt outlives them.</summary>
    public static (EmailMessage Mail, string? Note) Without(EmailMessage mail, Func<Mailbox, bool> leaves)
    {
        var (cc, bcc) = (mail.Cc.Count(leaves), mail.Bcc.Count(leaves));
        if (cc + bcc == 0) return (mail, null);
        return (mail with { Cc = [.. mail.Cc.Where(b => !leaves(b))], Bcc = [.. mail.Bcc.Where(b => !leaves(b))] }, $"Left out, because their addresses are suppressed or have had enough mail: {cc} in cc, {bcc} in bcc.");
    }
}
