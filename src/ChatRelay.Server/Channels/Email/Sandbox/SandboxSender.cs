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
        if (Simulator.RefusalOf(mail.Message.To.Email) is { } refusal) return refusal;

        var now = clock.GetUtcNow();
        if (!await tables.StandAsync(now, ct)) return OutOfReach;
        var id = new SandboxEmailId(Partition.NewId(now, Partition.Of(mail.Delivery.Value).Class));
        var row = new SandboxRow(mail.Tenant.Value, id.Value, mail.Delivery.Value, mail.Message, await MimeMessage.Of(mail.Message, now).ToBytesAsync(ct));
        var unit = new CommitUnit().Add(SandboxRow.Rows, row).AddRange(MailReport.Rows, Simulator.ReportsOf(mail, id, now));
        return await (row.IsLarge ? commit.WriteAloneAsync(unit, ct) : commit.WriteAsync(unit, ct)) is CommitOutcome.Written
            ? new SendOutcome.Accepted(id.ToString())
            : OutOfReach;
    }

    private static readonly SendOutcome OutOfReach = new SendOutcome.TryLater(Outcome.ConnectionError) { Detail = "The sandbox's table is out of reach." };
}
