using System.Collections.Concurrent;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.Rooms;
using ChatRelay.Storage;
using ChatRelay.Webhooks;

namespace ChatRelay.Messages;

/// <summary>How far members have read. A mark only moves on; the room is told at most once a second of each, and not at all when it is big.</summary>
internal sealed class ReadMarks(Databases databases, INodeBus bus, WebhookSignals signals, RelayClock clock) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(FeedId Feed, string User), (string Epoch, long Read)> moved = new();

    /// <summary>Null: this user is no member.</summary>
    public async Task<(long Read, long Unread)?> MoveAsync(RoomSeen room, string user, long seq, CancellationToken ct)
    {
        await using var move = databases.Engine.CreateCommand("""
            update room_members m set read = greatest(m.read, least($4, h.head)),
              read_messages = greatest(m.read_messages, coalesce((select e.message_count from entries e where e.tenant_id = $1 and e.room_id = $2 and e.seq = least($4, h.head)), 0))
            from room_heads h where h.tenant_id = $1 and h.room_id = $2 and m.tenant_id = $1 and m.room_id = $2 and m.user_id = $3 and m.member
            returning m.read, h.messages - m.read_messages
            """);
        move.Parameters.AddWithValue(room.Tenant);
        move.Parameters.AddWithValue(room.Id.Value);
        move.Parameters.AddWithValue(user);
        move.Parameters.AddWithValue(seq);
        await using var reader = await move.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var (read, unread) = (reader.GetInt64(0), reader.GetInt64(1));
        if (!room.IsBig) moved[(RoomFeed.Id(room.Tenant, room.Id.Value), user)] = (room.Epoch, read);
        return (read, unread);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Every, clock, stoppingToken);
                foreach (var mark in moved.Keys)
                {
                    if (!moved.TryRemove(mark, out var at)) continue;
                    bus.Say(new NodeNews.Passing(mark.Feed, FrameClass.Mark, Frames.Text(EntryFrames.Read(mark.Feed.Id, at.Epoch, mark.User, at.Read))));
                    signals.Offer(mark.Feed.Wall, WebhookSignals.ReadMoved, () => new { RoomId = new RoomId(mark.Feed.Id), mark.User, at.Epoch, Seq = at.Read });
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Marks are in the table: who comes later reads them there.
        }
    }
}
