using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ChatRelay.Notifications;

/// <summary>Changes of one notification that a client asks for: under its route's lock, and with the kept answer in the same commit.</summary>
internal sealed class Moves(CalmWrites writes, WakeUps wake)
{
    public Task<IResult> RunAsync(Keyed keyed, Func<NpgsqlConnection, Task<IResult>> work, CancellationToken ct) => RunAsync(keyed, (_, connection) => work(connection), ct);

    /// <summary>For who has something to tell after the commit.</summary>
    public async Task<IResult> RunAsync(Keyed keyed, Func<RelayDb, NpgsqlConnection, Task<IResult>> work, CancellationToken ct)
    {
        var result = await writes.ForEngineAsync(keyed, async db =>
        {
            try
            {
                return await work(db, (NpgsqlConnection)db.Database.CurrentTransaction!.GetDbTransaction().Connection!);
            }
            catch (PostgresException gone) when (gone.SqlState == PostgresErrorCodes.UndefinedTable)
            {
                return Problem.NotFound; // an id of a day that is not kept
            }
        }, ct);
        if (result is Answer) wake.Now();
        return result;
    }
}

/// <summary>A notification's id and where it stands now.</summary>
internal sealed record MovedView
{
    public required NotificationId Id { get; init; }
    public required NotificationStatus Status { get; init; }

    public const string Example = """{"id":"ntf_01jd3m7q8x6zv9k2b4n5c8d1fg","status":"canceled"}""";
}

/// <summary>What was made again.</summary>
internal sealed record RepeatedView
{
    [Http.Json.Note("The notification; null for an event's delivery, which has none.")]
    public required NotificationId? Id { get; init; }
    public required NotificationStatus Status { get; init; }

    [Http.Json.Note("The new deliveries, in the order of the route.")]
    public required IReadOnlyList<DeliveryId> Deliveries { get; init; }

    public static RepeatedView Of(NotificationId? id, Repeated.Made made) => new() { Id = id, Status = made.Status, Deliveries = [.. made.Deliveries.Select(d => new DeliveryId(d))] };

    public const string Example = """{"id":"ntf_01jd3m7q8x6zv9k2b4n5c8d1fg","status":"queued","deliveries":["dlv_01jd3m7q8x6zv9k2b4n5c8d1fg"]}""";
}
