using ChatRelay.Jobs;

namespace ChatRelay.Rooms;

/// <summary>How rooms forget a user. Whatever is counted or stands about messages is changed under the heads of its rooms, taken first and in order, as by a publish.</summary>
internal static class RoomErasure
{
    public static IEnumerable<ErasureRule> Rules =>
    [
        new("room_told", PersonKind.User, "user_id = $2", ErasureRule.WholeRow),
        Own("entries", "select erase_entries($1, $2, $3)"),
        Own("reactions", "select erase_reactions($1, $2, $3)"),
        Own("mentions", """
            with due as materialized (
              select tenant_id, room_id, user_id, message_id from mentions where tenant_id = $1 and user_id = $2 limit $3
            ), heads as materialized (
              select 1 from room_heads where (tenant_id, room_id) in (select tenant_id, room_id from due) order by tenant_id, room_id for no key update
            ), gone as (
              delete from mentions m using due d
              where (select count(*) from heads) >= 0 and m.tenant_id = d.tenant_id and m.user_id = d.user_id and m.message_id = d.message_id returning 1
            )
            select count(*) from gone
            """),
    ];

    private static ErasureRule Own(string table, string sql) => new(table, PersonKind.User, "", "") { Sql = sql };
}
