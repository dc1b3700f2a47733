using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>An attempt that ended on a route with more than one step, or on one that was cancelled meanwhile.</summary>
internal sealed record RouteSettlement(ClaimedDelivery Delivery, AttemptRecord Attempt, DeliveryDecision Decision, Suspicion Suspicion);

/// <summary>How a route took what happened.</summary>
internal abstract record RouteOutcome
{
    private RouteOutcome() { }

    public sealed record Missing : RouteOutcome;

    /// <summary>The claim is gone: someone else's outcome stands.</summary>
    public sealed record Stale : RouteOutcome;

    /// <summary>Where the notification was and is now, and whether a step of it became due.</summary>
    public sealed record Moved(NotificationStatus Before, NotificationStatus Now, bool Changed, bool Due) : RouteOutcome;
}

/// <summary>
/// Lets the route machine decide over locked rows and stores the difference, in one transaction. What a plain settlement cannot do goes
/// this way: the move to the next step, a cancel, a deadline, a provider's report, a hold and its end.
/// </summary>
internal sealed class RouteWriter(Databases databases, RelayClock clock)
{
    public Task<RouteOutcome> SettleAsync(RouteSettlement settled, CancellationToken ct) => ApplyAsync(
        settled.Delivery.Tenant, settled.Delivery.Notification!.Value, settled.Delivery.Id,
        (step, now) => new RouteEvent.AttemptSettled(step, settled.Decision, now), settled, ct);

    /// <summary>Something about one delivery.</summary>
    public Task<RouteOutcome> HappenedAsync(Guid tenant, Guid notification, Guid delivery, Func<int, DateTimeOffset, RouteEvent> happened, CancellationToken ct) =>
        ApplyAsync(tenant, notification, delivery, happened, null, ct);

    /// <summary>Something about every run of the notification: a cancel, or the passing of time.</summary>
    public Task<RouteOutcome> HappenedAsync(Guid tenant, Guid notification, Func<DateTimeOffset, RouteEvent> happened, CancellationToken ct) =>
        ApplyAsync(tenant, notification, null, (_, now) => happened(now), null, ct);

    private async Task<RouteOutcome> ApplyAsync(
        Guid tenant, Guid notification, Guid? delivery, Func<int, DateTimeOffset, RouteEvent> happened, RouteSettlement? settled, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            var outcome = await ApplyAsync(connection, tenant, notification, delivery, happened, settled, ct);
            await transaction.CommitAsync(CancellationToken.None); // past this point it is written, whoever listens
            return outcome;
        }
        catch (PostgresException gone) when (gone.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return new RouteOutcome.Missing(); // a day that is not kept any more
        }
    }

    /// <summary>In a transaction of the caller's.</summary>
    public async Task<RouteOutcome> ApplyAsync(
        NpgsqlConnection connection, Guid tenant, Guid notification, Guid? delivery, Func<int, DateTimeOffset, RouteEvent> happened, RouteSettlement? settled, CancellationToken ct)
    {
        // (1) everything about the notification, locked
        if (await RouteRows.LockAsync(connection, tenant, notification, ct) is not { } rows) return new RouteOutcome.Missing();
        var about = delivery is { } id ? rows.Find(id) : null;
        if (delivery is not null && about is null) return new RouteOutcome.Missing();

        // (2) the fence
        if (settled is not null && !about!.IsClaimedBy(settled.Delivery)) return await AlreadyAsync(connection, settled, rows, ct);
        return await WriteAsync(connection, rows, about, happened, settled, ct);
    }

    /// <summary>The same for rows that the caller has locked and looked at.</summary>
    public async Task<RouteOutcome> WriteAsync(
        NpgsqlConnection connection, RouteRows rows, StepRow? about, Func<int, DateTimeOffset, RouteEvent> happened, RouteSettlement? settled, CancellationToken ct)
    {
        // (3) the machine
        var change = RouteChange.Of(rows, about, happened, settled);

        // (4) what it changed, the notification's own status, and what the world is told
        await using var batch = new NpgsqlBatch(connection);
        foreach (var step in change.Steps) StepDiff.Write(batch, rows, step);
        StepDiff.Tell(batch, rows, change, settled, clock.GetUtcNow());
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
        return new RouteOutcome.Moved(rows.Status, change.Status, change.Changed, change.Due);
    }

    // A COMMIT whose answer was lost had written it already: then the attempt stands under our id.
    private static async Task<RouteOutcome> AlreadyAsync(NpgsqlConnection connection, RouteSettlement settled, RouteRows rows, CancellationToken ct)
    {
        var delivery = settled.Delivery;
        await using var look = new NpgsqlCommand(
            $"select exists (select from {Partition.Of(delivery.Id).Of("attempts")} where tenant_id = $1 and delivery_id = $2 and number = $3 and id = $4)", connection)
        {
            Parameters = { new() { Value = delivery.Tenant }, new() { Value = delivery.Id }, new() { Value = settled.Attempt.Number }, new() { Value = settled.Attempt.Id } },
        };
        return await look.ExecuteScalarAsync(ct) is true ? new RouteOutcome.Moved(rows.Status, rows.Status, false, false) : new RouteOutcome.Stale();
    }
}
