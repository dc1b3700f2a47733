namespace ChatRelay.Rooms;

/// <summary>What the statement that numbers says more, where a batch holds reactions, pins, replies or mentions; the plain form is in the members' own values.</summary>
internal sealed record MarkParts
{
    public string Parameter { get; private init; } = "";
    public string Column { get; private init; } = "";
    public string Known { get; private init; } = "k.id as known_id, k.seq as known_seq, k.created_at as known_at, k.expires_at as known_expires, coalesce(a.seq, k.about_seq) as about_seq";

    /// <summary>The message that is asked for: it has to be there.</summary>
    public string Asked { get; private init; } = "i.about";
    public string Replies { get; private init; } = "";
    public string Stands { get; private init; } = "";
    public string Standing { get; private init; } = "";
    public string MayBeTwin { get; private init; } = "cid is not null";
    public string TwinOf { get; private init; } = "sender, cid";
    public string Effects { get; private init; } = "";

    public const int MostOfUser = 20, MostKeys = 50, MostPins = 100;

    public static readonly MarkParts All = new()
    {
        Parameter = ", $26::text[]",
        Column = ", mark",
        // A reaction or pin that stands already is answered with the entry that says it, to who may make one.
        Known = """
            coalesce(k.id, s.standing_id) as known_id, coalesce(k.seq, s.standing_seq) as known_seq, coalesce(k.created_at, s.standing_at) as known_at, k.expires_at as known_expires,
            case when i.about is not null then coalesce(a.seq, k.about_seq) end as about_seq
            """,
        Asked = "coalesce(i.about, i.reply_to)",
        Replies = """

            when i.reply_to is not null and (a.id is null or a.blank or i.enforced and r.history = 'since_join' and a.seq <= coalesce(m.since, 0)) then 'NoSuchReply'
            """,
        Stands = $"""

            when i.kind in ('unreact', 'unpin') and s.id is null then 'NothingThere'
            when i.kind = 'react' and s.id is null and (
              (select count(*) from reactions x where x.tenant_id = i.tenant_id and x.message_id = i.about and x.user_id = i.sender) >= {MostOfUser}
              or (select count(*) filter (where c.key <> {KeyOf("i")}) from reaction_counts c where c.tenant_id = i.tenant_id and c.message_id = i.about) >= {MostKeys}) then 'TooMany'
            when i.kind = 'pin' and s.id is null and (select count(*) from pins p where p.tenant_id = i.tenant_id and p.room_id = i.room_id) >= {MostPins} then 'TooMany'
            """,
        Standing = """

            left join lateral (
              select e.id, case when i.kind in ('react', 'pin') then e.id end as standing_id, case when i.kind in ('react', 'pin') then e.seq end as standing_seq, case when i.kind in ('react', 'pin') then e.created_at end as standing_at
              from (
                select x.seq from reactions x where i.kind in ('react', 'unreact') and x.tenant_id = i.tenant_id and x.message_id = i.about and x.user_id = i.sender and x.mark = i.mark
                union all
                select p.seq from pins p where i.kind in ('pin', 'unpin') and p.tenant_id = i.tenant_id and p.room_id = i.room_id and p.message_id = i.about
              ) x cross join lateral (select * from entries e where e.tenant_id = i.tenant_id and e.room_id = i.room_id and e.seq = x.seq limit 1) e
            ) s on i.about is not null
            """,
        MayBeTwin = "(cid is not null or kind in ('react', 'unreact', 'pin', 'unpin'))",
        TwinOf = "case when kind not in ('pin', 'unpin') then sender end, cid, kind, about, mark",
        // Counts are set from sums: a row that two of these touched would be changed by one of them only.
        Effects = $"""
            , reacted as (
              insert into reactions (tenant_id, message_id, user_id, mark, room_id, seq) select tenant_id, about, sender, mark, room_id, seq from numbered where kind = 'react' on conflict do nothing
            ), unreacted as (
              delete from reactions x using numbered d where d.kind = 'unreact' and x.tenant_id = d.tenant_id and x.message_id = d.about and x.user_id = d.sender and x.mark = d.mark
            ), sums as materialized (
              select d.tenant_id, d.about, d.key, d.first, coalesce(c.count, 0) + d.change as count
              from (
                select tenant_id, about, {KeyOf("n")} as key, min(seq) as first, sum(case kind when 'react' then 1 else -1 end) as change
                from numbered n where kind in ('react', 'unreact') group by 1, 2, 3) d
              left join reaction_counts c on c.tenant_id = d.tenant_id and c.message_id = d.about and c.key = d.key
            ), counted as (
              insert into reaction_counts (tenant_id, message_id, key, count, first) select tenant_id, about, key, count, first from sums where count > 0
              on conflict (tenant_id, message_id, key) do update set count = excluded.count
            ), emptied as (
              delete from reaction_counts c using sums d where d.count <= 0 and c.tenant_id = d.tenant_id and c.message_id = d.about and c.key = d.key
            ), pinned as (
              insert into pins (tenant_id, room_id, message_id, seq) select tenant_id, room_id, about, seq from numbered where kind = 'pin' on conflict do nothing
            ), unpinned as (
              delete from pins p using numbered d where d.kind = 'unpin' and p.tenant_id = d.tenant_id and p.room_id = d.room_id and p.message_id = d.about
            ), replied as (
              insert into replies as k (tenant_id, message_id, count, last) select tenant_id, reply_to, count(*), max(seq) from numbered where reply_to is not null group by tenant_id, reply_to
              on conflict (tenant_id, message_id) do update set count = k.count + excluded.count, last = excluded.last
            ), named as (
              insert into mentions (tenant_id, user_id, message_id, room_id, seq)
              select d.tenant_id, u.user_id, d.id, d.room_id, d.seq from numbered d, unnest(string_to_array(d.mentions, ' ')) as u(user_id) on conflict do nothing
            )
            """,
    };

    /// <summary>Under which key a mark is counted: all ciphertexts under the same.</summary>
    public static string KeyOf(string row) => $"(case when left({row}.mark, 1) = '=' then substr({row}.mark, 2) else '' end)";
}
