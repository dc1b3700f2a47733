using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Channels.Email;

/// <summary>What becomes of a mail after its provider took it.</summary>
internal enum MailEvent { Delivered, Bounced, Complained, Opened, Clicked, Unsubscribed }

/// <summary>What a provider tells of a mail, in our words. Committed before the provider is thanked, and worked in after that.</summary>
internal sealed record MailReport(Guid Tenant, Guid Id, Guid Delivery, Guid Provider, MailEvent Event)
{
    private const int LongestDetail = 1_000;

    /// <summary>A bounce for want of a mailbox or domain; others are refusals of this mail.</summary>
    public bool Hard { get; init; }

    /// <summary>The recipient that it is about; null: the mail's own.</summary>
    public string? Email { get; init; }
    public DateTimeOffset? At { get; init; }
    public string? Detail { get; init; }

    /// <summary>What its signature is good for once, where it does not cover the event itself.</summary>
    public Guid? Token { get; init; }

    /// <summary>The same words make the same id: what is told twice is known.</summary>
    public static Guid IdOf(params ReadOnlySpan<string> words)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', words!)));
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }

    public static RowKind<MailReport> Rows { get; } = new Kind();

    private sealed class Kind() : RowKind<MailReport>(order: 160)
    {
        protected override int Compare(MailReport a, MailReport b) => (a.Tenant, a.Id).CompareTo((b.Tenant, b.Id));

        // Only what was never seen waits to be worked in: a second copy ends here, also after the first one was worked in.
        protected override void Write(NpgsqlBatch batch, IReadOnlyList<MailReport> rows) => batch.BatchCommands.Add(new("""
            with told as materialized (
              select distinct on (tenant_id, coalesce(token, id)) *
              from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::boolean[], $7::text[], $8::timestamptz[], $9::text[], $10::uuid[])
                as t(tenant_id, id, delivery_id, provider_id, event, hard, email, at, detail, token)
            ), tokens as (
              insert into inbound_seen (tenant_id, id) select tenant_id, token from told where token is not null on conflict do nothing returning tenant_id, id
            ), fresh as (
              insert into inbound_seen (tenant_id, id)
              select t.tenant_id, t.id from told t left join tokens k on k.tenant_id = t.tenant_id and k.id = t.token where t.token is null or k.id is not null
              on conflict do nothing
              returning tenant_id, id
            )
            insert into mail_reports (tenant_id, id, delivery_id, provider_id, event, hard, email, at, detail)
            select t.tenant_id, t.id, t.delivery_id, t.provider_id, t.event, t.hard, t.email, t.at, t.detail
            from told t join fresh f on f.tenant_id = t.tenant_id and f.id = t.id
            on conflict do nothing
            """)
        {
            Parameters =
            {
                UnnestedColumn.Of(rows, r => r.Tenant, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => r.Delivery, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r.Provider, NpgsqlDbType.Uuid),
                UnnestedColumn.Of(rows, r => JsonNamingPolicy.SnakeCaseLower.ConvertName(r.Event.ToString()), NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Hard, NpgsqlDbType.Boolean), UnnestedColumn.Of(rows, r => Kept(r.Email), NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.At, NpgsqlDbType.TimestampTz), UnnestedColumn.Of(rows, r => Kept(r.Detail), NpgsqlDbType.Text),
                UnnestedColumn.Of(rows, r => r.Token, NpgsqlDbType.Uuid),
            },
        });

        // Whatever a stranger's text may hold, PostgreSQL takes it: no NUL, no half of a pair.
        private static string? Kept(string? text) => text is null ? null
            : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Length > LongestDetail ? text[..LongestDetail] : text)).Replace("\0", "", StringComparison.Ordinal);
    }
}
