using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Sandbox;

/// <summary>Recipients whose mail has a story: `bounce@simulator`, and `bounce+anything@simulator` for who needs it again.</summary>
internal static class Simulator
{
    /// <summary>What is said instead of taking the mail; null when it is taken.</summary>
    public static SendOutcome? RefusalOf(string to) => StoryOf(to) switch
    {
        "defer" => new SendOutcome.TryLater(Outcome.ProviderRejected) { Detail = "The simulator defers it: try again later." },
        "timeout" => new SendOutcome.TryLater(Outcome.Timeout) { MaybeSent = true, Detail = "The simulator never answered after the final dot." },
        "limit" => new SendOutcome.TryLater(Outcome.RateLimited, TimeSpan.FromSeconds(30)) { Detail = "The simulator takes no more just now." },
        "auth" => new SendOutcome.TryLater(Outcome.AuthFailed) { Detail = "The simulator refuses the account." },
        "quota" => new SendOutcome.TryLater(Outcome.Quota) { Detail = "The simulator's quota is used up." },
        "reject" => new SendOutcome.Refused(Outcome.ProviderRejected) { Detail = "The simulator refuses the content." },
        "invalid" => new SendOutcome.Refused(Outcome.InvalidRecipient) { Detail = "The simulator knows no such mailbox." },
        _ => null,
    };

    /// <summary>What is told of a mail after it was taken.</summary>
    public static IEnumerable<MailReport> ReportsOf(SendRequest.Email mail, SandboxEmailId kept, DateTimeOffset now)
    {
        var to = mail.Message.To.Email;
        foreach (var (told, hard) in EventsOf(StoryOf(to)))
            yield return new(mail.Tenant.Value, MailReport.IdOf($"{kept}", $"{told}"), mail.Delivery.Value, mail.Account.Id.Value, told) { Hard = hard, Email = to, At = now };
    }

    private static (MailEvent Event, bool Hard)[] EventsOf(string? story) => story switch
    {
        "delivered" => [(MailEvent.Delivered, false)],
        "bounce" => [(MailEvent.Bounced, true)],
        "blocked" => [(MailEvent.Bounced, false)],
        "complaint" => [(MailEvent.Delivered, false), (MailEvent.Complained, false)],
        "open" => [(MailEvent.Delivered, false), (MailEvent.Opened, false)],
        "click" => [(MailEvent.Delivered, false), (MailEvent.Opened, false), (MailEvent.Clicked, false)],
        "unsubscribe" => [(MailEvent.Delivered, false), (MailEvent.Unsubscribed, false)],
        _ => [],
    };

    private static string? StoryOf(string to) => to.Split('@') is [var local, "simulator"] ? local.Split('+')[0] : null;
}
