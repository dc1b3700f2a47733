using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Channels.Email.Sandbox;

/// <summary>A mail that was kept.</summary>
internal sealed record SandboxRow(Guid Tenant, Guid Id, Guid Delivery, EmailMessage Message, byte[] Mime)
{
    private const int RidesAlong = 64 * 1024;

    public static RowKind<SandboxRow> Rows { get; } = new Kind();

    /// <summary>Too large for a commit that others wait for.</summary>
    public bool IsLarge => Mime.Length > RidesAlong;

    /// <summary>What was kept of these deliveries, which stand in one partition, is forgotten. A kept mail stands on the day of its attempt, which is not before its delivery's.</summary>
    public static NpgsqlBatchCommand Blank(Guid tenant, Guid[] deliveries) => new($"""
        update sandbox_emails set subject = '', mail = '{"{}"}', mime = null
        where tenant_id = $1 and delivery_id = any($2) and class = {Partition.Of(deliveries[0]).Class} and id >= '{DayWindows.FirstIdOf(RelayId.TimeOf(deliveries[0]))}'
        """) { Parameters = { new() { Value = tenant }, new() { Value = deliveries } } };

    private sealed class Kind() : RowKind<SandboxRow>(order: 150)
    {
        protected override int Compare(SandboxRow a, SandboxRow b) => a.Id.CompareTo(b.Id);

        protected override void Write(NpgsqlBatch batch, IReadOnlyList<SandboxRow> rows)
        {
            foreach (var part in rows.GroupBy(r => Partition.Of(r.Id)).OrderBy(g => g.Key)) batch.BatchCommands.Add(Insert(part.Key, [.. part]));
        }

        private static NpgsqlBatchCommand Insert(Partition part, SandboxRow[] rows) => new($"""
            insert into {part.Of("sandbox_emails")} (tenant_id, id, class, delivery_id, message_id, recipient, subject, mail, mime)
            select tenant_id, id, {part.Class}, delivery_id, message_id, recipient, subject, mail, mime
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[])
              as m(tenant_id, id, delivery_id, message_id, recipient, subject, mail, mime)
            on conflict do nothing
            """)
        {
            Parameters =
            {
                UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Delivery, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Message.MessageId, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Message.To.Email, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Message.Subject, NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => JsonSerializer.Serialize(SandboxMail.Of(r.Message), RelayJson.Options), NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Mime, NpgsqlDbType.Bytea),
            },
        };
    }
}

/// <summary>A kept mail's fields, before any MIME.</summary>
internal sealed record SandboxMail
{
    public required string MessageId { get; init; }
    public required Box From { get; init; }
    public required Box To { get; init; }
    public required IReadOnlyList<Box> Cc { get; init; }
    public required IReadOnlyList<Box> Bcc { get; init; }
    public required IReadOnlyList<Box> ReplyTo { get; init; }
    public required string Subject { get; init; }
    public required string? Text { get; init; }
    public required string? Html { get; init; }
    public required IReadOnlyDictionary<string, string> Headers { get; init; }
    public required IReadOnlyList<File> Attachments { get; init; }

    internal sealed record Box(string Email, string? Name);

    internal sealed record File(string Filename, string ContentType, int Bytes, string? ContentId);

    public static SandboxMail Of(EmailMessage mail) => new()
    {
        MessageId = mail.MessageId,
        From = BoxOf(mail.From),
        To = BoxOf(mail.To),
        Cc = [.. mail.Cc.Select(BoxOf)],
        Bcc = [.. mail.Bcc.Select(BoxOf)],
        ReplyTo = [.. mail.ReplyTo.Select(BoxOf)],
        Subject = mail.Subject,
        Text = mail.Text,
        Html = mail.Html,
        Headers = mail.Headers.GroupBy(h => h.Key).ToDictionary(g => g.Key, g => g.Last().Value),
        Attachments = [.. mail.Attachments.Select(a => new File(a.Filename, a.ContentType, a.Content.Length, a.ContentId))],
    };

    private static Box BoxOf(Mailbox box) => new(box.Email, box.Name);
}
