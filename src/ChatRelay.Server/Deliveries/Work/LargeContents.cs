using ChatRelay.Protocol;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// Mail with files. A claim brings no more of it than its size; (1) it waits for room, (2) is read and rendered, which takes several times its bytes for a moment,
/// (3) holds what is left while it is sent, (4) and lets go. Small content never comes by here.
/// </summary>
internal sealed class LargeContents(QueueDoor door, DeliveryOptions options)
{
    // Of a byte of it as it is stored: the text in UTF-16, each step's part of it, their UTF-8, and the files.
    private const int WhileRendered = 7;

    // The files, and an API's body with all of them in base64.
    private const int WhileSent = 2;

    private readonly ByteRoom _room = new(options.Bytes);

    /// <summary>Null: it is small, and needs none.</summary>
    public async ValueTask<ByteRoom.Hold?> RoomForAsync(ClaimedDelivery delivery) =>
        delivery.Parcel is { LargeBytes: > 0 and var bytes } ? await _room.TakeAsync(new TenantId(delivery.Tenant), (long)bytes * WhileRendered) : null;

    public async Task ReadAsync(ClaimedDelivery delivery)
    {
        if (delivery is not { Parcel: { LargeBytes: > 0 } parcel, Notification: { } notification }) return;
        await using var connection = await door.OpenAsync(CancellationToken.None);
        await using var read = new NpgsqlCommand($"""
            select d.step, nullif(c.body, '') from {Partition.Of(delivery.Id).Of("deliveries")} d
            join {Partition.Of(notification).Of("contents")} c on c.tenant_id = d.tenant_id and c.id = d.notification_id
            where d.tenant_id = $1 and d.id = $2
            """, connection) { Parameters = { new() { Value = delivery.Tenant }, new() { Value = delivery.Id } } };
        await using var reader = await read.ExecuteReaderAsync();
        if (await reader.ReadAsync() && !reader.IsDBNull(1)) (parcel.Content, parcel.StepContent) = ContentText.Of(reader.GetString(1), null, reader.GetInt16(0)); // else it was erased
    }

    /// <summary>It is rendered: its text goes, and what is left of it takes less.</summary>
    public static void LetGo(ClaimedDelivery delivery, ByteRoom.Hold? hold)
    {
        delivery.Parcel?.LetGo();
        hold?.Lower((long)delivery.Parcel!.LargeBytes * WhileSent);
    }
}
