using ChatRelay.Channels.Email;
using ChatRelay.Http.Json;
using ChatRelay.Storage;
using ChatRelay.Suppressions;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>
/// Works a report in, once and whole: (1) it is taken out of those that wait; (2) the notification is locked; (3) the story of the mail gets an
/// entry; (4) the route machine moves the delivery, if the report is about it; (5) who has no mailbox, complained or left gets no more of it; one transaction holds all.
/// </summary>
internal sealed class ReportWriter(Databases databases, RouteWriter routes, WakeUps wake, RelayClock clock)
{
    private const int LongestStory = 200;

    public async Task WorkInAsync(WaitingReport waiting, CancellationToken ct)
    {
        var report = waiting.Report;
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var (ours, mail) = await TakeOutAsync(connection, report, ct); // (1)
        if (!ours) return; // another node was faster

        var (due, about, keep) = (false, report.Email, true);
        if (mail is { } known && await RouteRows.LockAsync(connection, report.Tenant, known.Notification, ct) is { } rows && rows.Find(report.Delivery) is { } step) // (2)
        {
            if (step.State.InFlight)
            {
                await transaction.RollbackAsync(ct);
                await waiting.PutOffAsync(connection, ct);
                return;
            }
            var copy = IsCopy(report, rows.ToEmail);
            (about, keep) = (report.Email ?? rows.ToEmail, !rows.Erased);
            if (await NoteAsync(connection, report, copy, rows.Erased, ct) && !copy) due = await MoveAsync(connection, rows, step, report, known.Provider, ct); // (3) (4)
        }
        await SuppressAsync(connection, report, about, keep, ct); // (5)
        await transaction.CommitAsync(CancellationToken.None);
        if (due) wake.Now();
    }

    private sealed record Mail(Guid Notification, Guid? Provider);

    private static async Task<(bool Ours, Mail? Mail)> TakeOutAsync(NpgsqlConnection connection, MailReport report, CancellationToken ct)
    {
        var part = Partition.Of(report.Delivery);
        await using (var take = new NpgsqlCommand("delete from mail_reports where tenant_id = $1 and id = $2 returning to_regclass('relay.' || $3) is not null", connection)
        {
            Parameters = { new() { Value = report.Tenant }, new() { Value = report.Id }, new() { Value = part.Of("mail_events") } },
        })
        {
            var stands = await take.ExecuteScalarAsync(ct);
            if (stands is not true) return (stands is not null, null); // a day that is not kept any more has no story either
        }
        await using var look = new NpgsqlCommand($"select notification_id, provider_id from {part.Of("deliveries")} where tenant_id = $1 and id = $2 and channel = 'email'", connection)
        {
            Parameters = { new() { Value = report.Tenant }, new() { Value = report.Delivery } },
        };
        await using var reader = await look.ExecuteReaderAsync(ct);
        return (true, await reader.ReadAsync(ct) ? new(reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetGuid(1)) : null);
    }

    private static bool IsCopy(MailReport report, string? to) => report.Email is not null && to is not null && EmailAddress.Folded(report.Email) != EmailAddress.Folded(to);

    /// <summary>False when the mail's story is as long as one may become: robots open mail too.</summary>
    private static async Task<bool> NoteAsync(NpgsqlConnection connection, MailReport report, bool copy, bool erased, CancellationToken ct)
    {
        var part = Partition.Of(report.Delivery);
        await using var note = new NpgsqlCommand($"""
            insert into {part.Of("mail_events")} (tenant_id, delivery_id, class, id, event, hard, copy, detail, at)
            select $1, $2, {part.Class}, $3, $4, $5, $6, $7, least(coalesce($8, relay.now()), relay.now())
            where (select count(*) from {part.Of("mail_events")} where tenant_id = $1 and delivery_id = $2) < {LongestStory}
            on conflict do nothing
            """, connection)
        {
            Parameters =
            {
                new() { Value = report.Tenant }, new() { Value = report.Delivery }, new() { Value = report.Id }, new() { Value = Words.Of(report.Event) },
                new() { Value = report.Hard }, new() { Value = copy }, Nullable(erased ? null : report.Detail, NpgsqlDbType.Text), Nullable(report.At?.UtcDateTime, NpgsqlDbType.TimestampTz),
            },
        };
        return await note.ExecuteNonQueryAsync(ct) == 1;
    }

    private async Task<bool> MoveAsync(NpgsqlConnection connection, RouteRows rows, StepRow step, MailReport report, Guid? provider, CancellationToken ct)
    {
        var stands = report.Event switch { MailEvent.Opened => "opened_at", MailEvent.Clicked => "clicked_at", MailEvent.Complained => "complained_at", _ => null };
        if (stands is not null)
        {
            await using var mark = new NpgsqlCommand($"""
                update {Partition.Of(step.Id).Of("deliveries")} set {stands} = least({stands}, coalesce($3, relay.now()), relay.now()), updated_at = relay.now()
                where tenant_id = $1 and id = $2
                """, connection) { Parameters = { new() { Value = report.Tenant }, new() { Value = step.Id }, Nullable(report.At?.UtcDateTime, NpgsqlDbType.TimestampTz) } };
            await mark.ExecuteNonQueryAsync(ct);
            return false;
        }
        if (Means(report, step.State, provider) is not { } status) return false;
        return await routes.WriteAsync(connection, rows, step, (index, now) => new RouteEvent.Reported(index, status, now), null, ct) is RouteOutcome.Moved { Due: true };
    }

    /// <summary>What a report says of the delivery; null when it moves nothing: an account that tried before says nothing about the one that has it now.</summary>
    public static DeliveryStatus? Means(MailReport report, StepState state, Guid? provider) => report.Event switch
    {
        _ when state.Attempts == 0 || provider != report.Provider => null,
        MailEvent.Delivered => DeliveryStatus.Delivered,
        // After a delivery a soft one is an answering machine more often than a truth.
        MailEvent.Bounced when report.Hard || state.Status is not DeliveryStatus.Delivered => DeliveryStatus.Bounced,
        _ => null,
    };

    /// <summary>Of an erased mail only the hash is kept. Also when the mail's own day is not kept any more: the address is what counts.</summary>
    private async Task SuppressAsync(NpgsqlConnection connection, MailReport report, string? email, bool keep, CancellationToken ct)
    {
        if (ReasonOf(report) is not { } reason || string.IsNullOrEmpty(email)) return;
        var row = SuppressionRow.Of(report.Tenant, email, reason, clock.GetUtcNow()) with { Delivery = report.Delivery };
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { SuppressionRow.Insert([keep ? row : row with { Email = null }]) } };
        await batch.ExecuteNonQueryAsync(ct);
    }

    public static SuppressionReason? ReasonOf(MailReport report) => report.Event switch
    {
        MailEvent.Bounced when report.Hard => SuppressionReason.HardBounce,
        MailEvent.Complained => SuppressionReason.Complaint,
        MailEvent.Unsubscribed => SuppressionReason.Unsubscribe,
        _ => null,
    };

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
