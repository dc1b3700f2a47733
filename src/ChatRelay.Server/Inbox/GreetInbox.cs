using System.Text.Json;
using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Storage;

namespace ChatRelay.Inbox;

/// <summary>
/// A newcomer's inbox. With a position it goes on from there; a device without one gets what still waits for a device, and from then on everything. The hub
/// brings it to the head in the same way as it catches up with whoever is late.
/// </summary>
internal sealed class GreetInbox(InboxReads reads, Hub hub)
{
    public Greeter Greeter => new(GreetAsync);

    private async Task<Greeting> GreetAsync(SocketCall call, TenantTrip trip, CancellationToken ct)
    {
        if (call.Caller.User?.User is not { } user) return new(static json => json.WriteNull("inbox"), static () => Task.CompletedTask); // a viewer without a name has none
        var (inbox, waiting) = await reads.ForNewcomerAsync(trip, call.Caller.Wall, user, ct);
        var position = PositionOf(call.Frame) ?? (waiting is { } first ? new() { E = inbox.Epoch, S = BeforeOf(first, inbox.Head) } : null);
        var standing = Standing.Of(inbox.Epoch, inbox.Head, first: 1, seenAfter: 0, position, Standing.MostReplayed);
        return new(json => Write(json, inbox, standing), () => Follow(call.Connection, inbox, standing)) { HasNews = standing.State is RoomState.Gap or RoomState.Reset };
    }

    // The entry may be younger than the head that was read.
    private static long BeforeOf(long first, long head) => Math.Min(head, Math.Max(first - 1, head - Standing.MostReplayed));

    private Task Follow(SocketConnection connection, InboxHead inbox, Standing standing)
    {
        connection.Follow(inbox.Feed);
        if (standing.State is RoomState.Gap) connection.Loosen(inbox.Feed); // until it has paged to the head
        else hub.Attach(connection, new(inbox.Feed, inbox.Epoch, standing.From), seenAfter: 0);
        return Task.CompletedTask;
    }

    private static Position? PositionOf(JsonElement frame) =>
        frame.TryGetProperty("resume", out var resume) && resume.ValueKind == JsonValueKind.Object && resume.TryGetProperty("inbox", out var at) ? Position.Of(at) : null;

    private static void Write(Utf8JsonWriter json, InboxHead inbox, Standing standing)
    {
        json.WriteStartObject("inbox");
        json.WriteString("e", inbox.Epoch);
        json.WriteNumber("head", inbox.Head);
        json.WriteNumber("unread", inbox.Unread);
        json.WriteString("state", Standing.Text(standing.State));
        json.WriteEndObject();
    }
}
