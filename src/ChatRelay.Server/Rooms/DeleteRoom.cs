using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Rooms;

/// <summary>DELETE /v1/rooms/{room}: gone for everybody at once; its entries follow in the background.</summary>
internal static class DeleteRoom
{
    private const int Batch = 2_000;

    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapDelete("/rooms/{room}", Handle).WithName("rooms.delete").WithSummary("Delete a room and all that was said in it")
        .RequireScope(Scope.RoomsWrite)
        .AnswersNothing()
        .Refuses(ProblemCode.NotFound);

    private static Task<IResult> Handle(PathRoom room, Caller caller, CalmWrites writes, RelayClock clock, CancellationToken ct) =>
        writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            var id = await db.RoomOf(caller.Wall, room).Select(r => r.Id).SingleOrDefaultAsync(ct);
            await RoomLog.LockAsync(db, caller.Wall, id.Value, ct); // nothing is numbered meanwhile
            if (await db.RoomsOf(caller.Wall).Where(r => r.Id == id).ExecuteUpdateAsync(set => set
                .SetProperty(r => r.DeletedAt, clock.GetUtcNow()).SetProperty(r => r.Name, (string?)null).SetProperty(r => r.Metadata, (string?)null)
                .SetProperty(r => r.Notify, (string?)null).SetProperty(r => r.NotifyAfterS, (int?)null), ct) == 0) return Problem.NotFound;
            await EventLog.AppendAsync(db, RoomEvents.Of(caller, "room.deleted", id, clock), ct);
            db.News.Add([new RoomGone(caller.Wall, id.Value)]);
            return Answer.NoContent;
        }, ct);

    /// <summary>Upkeep: some of what deleted rooms left behind; the room's own rows go last.</summary>
    public static async Task<long> SweepAsync(Databases databases, CancellationToken ct)
    {
        await using var sweep = databases.Engine.CreateCommand($"""
            with gone as materialized (select tenant_id, id from rooms where deleted_at is not null order by deleted_at limit 50),
            entries_gone as (
              delete from entries where ctid = any(array(
                select e.ctid from gone g cross join lateral (select ctid from entries e where e.tenant_id = g.tenant_id and e.room_id = g.id limit {Batch}) e limit {Batch}))
              returning tenant_id, id, mentions
            ), reactions_gone as (
              delete from reactions x using entries_gone g where x.tenant_id = g.tenant_id and x.message_id = g.id
            ), counts_gone as (
              delete from reaction_counts x using entries_gone g where x.tenant_id = g.tenant_id and x.message_id = g.id
            ), replies_gone as (
              delete from replies x using entries_gone g where x.tenant_id = g.tenant_id and x.message_id = g.id
            ), mentions_gone as (
              delete from mentions x using entries_gone g, unnest(g.mentions) as named(user_id) where x.tenant_id = g.tenant_id and x.user_id = named.user_id and x.message_id = g.id
            ), words_gone as (
              delete from room_words x using entries_gone g where x.tenant_id = g.tenant_id and x.message_id = g.id
            ), emptied as (
              select g.* from gone g where not exists (select from entries e where e.tenant_id = g.tenant_id and e.room_id = g.id)
            ), members_gone as (
              delete from room_members m using emptied g where m.tenant_id = g.tenant_id and m.room_id = g.id
            ), pins_gone as (
              delete from pins p using emptied g where p.tenant_id = g.tenant_id and p.room_id = g.id
            ), told_gone as (
              delete from room_told t using emptied g where t.tenant_id = g.tenant_id and t.room_id = g.id
            ), waits_gone as (
              delete from room_waits w using emptied g where w.tenant_id = g.tenant_id and w.room_id = g.id
            ), heads_gone as (
              delete from room_heads h using emptied g where h.tenant_id = g.tenant_id and h.room_id = g.id
            ), rooms_gone as (
              delete from rooms r using emptied g where r.tenant_id = g.tenant_id and r.id = g.id returning 1
            )
            select (select count(*) from entries_gone) + (select count(*) from rooms_gone)
            """);
        return (long)(await sweep.ExecuteScalarAsync(ct))!;
    }
}
