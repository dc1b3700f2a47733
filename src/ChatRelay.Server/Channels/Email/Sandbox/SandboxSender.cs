using ChatRelay.Channels.Email.Mime;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;

namespace ChatRelay.Channels.Email.Sandbox;

/// <summary>Sends nothing, and keeps what it was given. Recipients at the simulator play a story.</summary>
internal sealed class SandboxSender(GroupCommit commit, DayTables tables, RelayClock clock) : IChannelSender
{
    public ChannelKind Channel => ChannelKind.Email;
    public string Type => "sandbox";

    public async Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var mail = (SendRequest.Email)send;
        if (Refusal(mail.Message.To.Email) is { } refusal) return refusal;

        var now = clock.GetUtcNow();
        if (!await tables.StandAsync(now, ct)) return OutOfReach;
        var id = new SandboxEmailId(Partition.NewId(now, Partition.Of(mail.Delivery.Value).Class));
        var row = new SandboxRow(mail.Tenant.Value, id.Value, mail.Delivery.Value, mail.Message, await MimeMessage.Of(mail.Message, now).ToBytesAsync(ct), Report(mail.Message.To.Email));
        var unit = new CommitUnit().Add(SandboxRow.Rows, row);
        return await (row.IsLarge ? commit.WriteAloneAsync(unit, ct) : commit.WriteAsync(unit, ct)) is CommitOutcome.Written
            ? new SendOutcome.Accepted(id.ToString())
            : OutOfReach;
    }

    private static readonly SendOutcome OutOfReach = new SendOutcome.TryLater(Outcome.ConnectionError) { Detail = "The sandbox's table is out of reach." };

    private static SendOutcome? Refusal(string to) => to switch
    {
        "defer@simulator" => new SendOutcome.TryLater(Outcome.ProviderRejected) { Detail = "The simulator defers it: try again later." },
        "timeout@simulator" => new SendOutcome.TryLater(Outcome.Timeout) { MaybeSent = true, Detail = "The simulator never answered after the final dot." },
        "limit@simulator" => new SendOutcome.TryLater(Outcome.RateLimited, TimeSpan.FromSeconds(30)) { Detail = "The simulator takes no more just now." },
        "auth@simulator" => new SendOutcome.TryLater(Outcome.AuthFailed) { Detail = "The simulator refuses the account." },
        "quota@simulator" => new SendOutcome.TryLater(Outcome.Quota) { Detail = "The simulator's quota is used up." },
        "reject@simulator" => new SendOutcome.Refused(Outcome.ProviderRejected) { Detail = "The simulator refuses the content." },
        "invalid@simulator" => new SendOutcome.Refused(Outcome.InvalidRecipient) { Detail = "The simulator knows no such mailbox." },
        _ => null,
    };

    /// <summary>What the simulator tells of a mail after it took it.</summary>
    private static string? Report(string to) => to switch
    {
        "bounce@simulator" => "bounced",
        "delivered@simulator" => "delivered",
        "complaint@simulator" => "complained",
        _ => null,
    };
}
