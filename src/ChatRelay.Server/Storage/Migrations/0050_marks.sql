-- What stands about messages, beside the log that tells how it came to it: reactions with their counts, pins, how many replies, who is named. Written by the
-- publish itself under its room's head, and taken away set by set with the message. Every row belongs to one message, and so to one room: under its head.
create table relay.reactions (
  tenant_id uuid not null,
  message_id uuid not null,
  user_id text collate "C" not null,
  mark text collate "C" not null,  -- '=' and the key; or '#' and a digest of the ciphertext, which stands in its entry and nowhere else
  room_id uuid not null,
  seq bigint not null,             -- of the entry that says it
  primary key (tenant_id, message_id, user_id, mark)
);
create index reactions_in_order on relay.reactions (tenant_id, message_id, seq);
create index reactions_user on relay.reactions (tenant_id, user_id);
call relay.wall('relay.reactions');

create table relay.reaction_counts (
  tenant_id uuid not null,
  message_id uuid not null,
  key text collate "C" not null,   -- '' for all ciphertexts together
  count bigint not null check (count > 0),
  first bigint not null,           -- when it came up: keys have an order
  primary key (tenant_id, message_id, key)
) with (fillfactor = 70);
call relay.wall('relay.reaction_counts');

create table relay.replies (
  tenant_id uuid not null,
  message_id uuid not null,
  count bigint not null,
  last bigint not null,
  primary key (tenant_id, message_id)
) with (fillfactor = 70);
call relay.wall('relay.replies');
create index entries_replies on relay.entries (tenant_id, reply_to, seq) where reply_to is not null;

create table relay.pins (
  tenant_id uuid not null,
  room_id uuid not null,
  message_id uuid not null,
  seq bigint not null,             -- of the entry that says it
  primary key (tenant_id, room_id, message_id)
);
call relay.wall('relay.pins');

create table relay.mentions (
  tenant_id uuid not null,
  user_id text collate "C" not null,
  message_id uuid not null,
  room_id uuid not null,
  seq bigint not null,
  primary key (tenant_id, user_id, message_id)
);
call relay.wall('relay.mentions');

-- The edits of a message among all that is about it.
create index entries_edits on relay.entries (tenant_id, about, seq) where kind = 'edit';

-- Messages that are to be seen by nobody any more: their content, that of every entry about them, and all that stands about them. Whoever calls it has
-- their rooms' heads. What they replied to is counted anew, so that it may be called twice.
create function relay.forget_messages(walls uuid[], ids uuid[]) returns bigint language plpgsql as $$
declare
  own bigint;
  others bigint;
begin
  delete from relay.mentions x using unnest(walls, ids) as g(tenant_id, id), relay.entries e, unnest(e.mentions) as named(user_id)
    where e.tenant_id = g.tenant_id and e.id = g.id and x.tenant_id = g.tenant_id and x.user_id = named.user_id and x.message_id = g.id;
  update relay.entries e set payload = null, metadata = null, mentions = null, blank = true
    from unnest(walls, ids) as g(tenant_id, id) where e.tenant_id = g.tenant_id and e.id = g.id and not e.blank;
  get diagnostics own = row_count;
  update relay.entries e set payload = null, metadata = null, mentions = null, blank = true
    from unnest(walls, ids) as g(tenant_id, id) where e.tenant_id = g.tenant_id and e.about = g.id and not e.blank and e.kind <> 'delete';
  get diagnostics others = row_count;
  delete from relay.reactions x using unnest(walls, ids) as g(tenant_id, id) where x.tenant_id = g.tenant_id and x.message_id = g.id;
  delete from relay.reaction_counts x using unnest(walls, ids) as g(tenant_id, id) where x.tenant_id = g.tenant_id and x.message_id = g.id;
  delete from relay.replies x using unnest(walls, ids) as g(tenant_id, id) where x.tenant_id = g.tenant_id and x.message_id = g.id;
  delete from relay.pins x using unnest(walls, ids) as g(tenant_id, id), relay.entries e
    where e.tenant_id = g.tenant_id and e.id = g.id and x.tenant_id = g.tenant_id and x.room_id = e.room_id and x.message_id = g.id;
  delete from relay.room_words x using unnest(walls, ids) as g(tenant_id, id) where x.tenant_id = g.tenant_id and x.message_id = g.id;
  update relay.replies x set count = n.count, last = n.last
    from (select distinct e.tenant_id, e.reply_to from unnest(walls, ids) as g(tenant_id, id) join relay.entries e on e.tenant_id = g.tenant_id and e.id = g.id where e.reply_to is not null) p
    cross join lateral (select count(*) as count, coalesce(max(r.seq), 0) as last from relay.entries r where r.tenant_id = p.tenant_id and r.reply_to = p.reply_to and not r.blank) n
    where x.tenant_id = p.tenant_id and x.message_id = p.reply_to;
  return own + others;
end $$;

-- In these rooms, which keep their log for some days: what is older goes, so much of each, and `first` moves up over it.
create function relay.retire_entries(walls uuid[], rooms uuid[], most_entries int) returns bigint language plpgsql as $$
declare
  entry_walls uuid[];
  ids uuid[];
begin
  perform 1 from relay.room_heads where (tenant_id, room_id) in (select * from unnest(walls, rooms)) order by tenant_id, room_id for no key update;
  with old as materialized (
    select e.tenant_id, e.room_id, e.seq, e.id from unnest(walls, rooms) as d(tenant_id, room_id)
    join relay.rooms r on r.tenant_id = d.tenant_id and r.id = d.room_id and r.retention_days is not null
    join relay.room_heads h on h.tenant_id = d.tenant_id and h.room_id = d.room_id
    cross join lateral (select * from relay.entries e where e.tenant_id = d.tenant_id and e.room_id = d.room_id and e.seq >= h.first order by e.seq limit most_entries) e
    where e.created_at < relay.now() - r.retention_days * interval '1 day'
  ), moved as (
    update relay.room_heads h set first = greatest(h.first, o.last + 1)
    from (select tenant_id, room_id, max(seq) as last from old group by tenant_id, room_id) o where h.tenant_id = o.tenant_id and h.room_id = o.room_id
  )
  select array_agg(tenant_id), array_agg(id) into entry_walls, ids from old;
  perform relay.forget_messages(entry_walls, ids);
  update relay.entries e set expires_at = relay.now() from unnest(entry_walls, ids) as g(tenant_id, id) where e.tenant_id = g.tenant_id and e.id = g.id;
  update relay.entries e set expires_at = relay.now(), payload = null, metadata = null, mentions = null, blank = true
    from unnest(entry_walls, ids) as g(tenant_id, id) where e.tenant_id = g.tenant_id and e.about = g.id;
  return coalesce(cardinality(ids), 0);
end $$;

-- Erasures. What a user wrote, some at a time: their messages with all about them, their edits and reactions. Who pinned, deleted or came is the bare record.
create function relay.erase_entries(wall uuid, who text, most int) returns bigint language plpgsql as $$
declare
  ids uuid[];
begin
  select array_agg(d.id) into ids from (
    select e.id from relay.entries e where e.tenant_id = wall and e.sender = who and not e.blank and (e.kind in ('message', 'edit', 'react', 'unreact') or e.kind in ('pin', 'unpin') and e.device is not null)
    union all
    select e.id from relay.entries e where e.tenant_id = wall and e.sender = who and e.blank and e.device is not null and e.kind in ('message', 'edit', 'react', 'unreact', 'pin', 'unpin')
    limit most) d;
  if ids is null then return 0; end if;
  perform 1 from relay.room_heads h where h.tenant_id = wall and h.room_id in (select e.room_id from relay.entries e where e.tenant_id = wall and e.id = any(ids))
    order by h.tenant_id, h.room_id for no key update;
  perform relay.forget_messages(array_agg(e.tenant_id), array_agg(e.id)) from relay.entries e where e.tenant_id = wall and e.id = any(ids) and e.kind = 'message';
  update relay.entries e set device = null from relay.entries m
    where m.tenant_id = wall and m.id = any(ids) and m.kind = 'message' and e.tenant_id = wall and e.about = m.id and e.device is not null and e.kind <> 'delete';
  update relay.entries e set device = null, payload = null, metadata = null, mentions = null, blank = e.blank or e.kind not in ('pin', 'unpin')
    where e.tenant_id = wall and e.id = any(ids);
  return cardinality(ids);
end $$;

-- And the reactions that stand, with their counts.
create function relay.erase_reactions(wall uuid, who text, most int) returns bigint language plpgsql as $$
declare
  ids uuid[];
  gone bigint;
begin
  select array_agg(d.message_id) into ids from (select r.message_id from relay.reactions r where r.tenant_id = wall and r.user_id = who limit most) d;
  if ids is null then return 0; end if;
  perform 1 from relay.room_heads h where h.tenant_id = wall and h.room_id in (select r.room_id from relay.reactions r where r.tenant_id = wall and r.message_id = any(ids) and r.user_id = who)
    order by h.tenant_id, h.room_id for no key update;
  with taken as materialized (
    delete from relay.reactions r where r.tenant_id = wall and r.message_id = any(ids) and r.user_id = who returning r.message_id, case when left(r.mark, 1) = '=' then substr(r.mark, 2) else '' end as key
  ), less as materialized (
    select t.message_id, t.key, c.count - count(*) as count from taken t join relay.reaction_counts c on c.tenant_id = wall and c.message_id = t.message_id and c.key = t.key group by t.message_id, t.key, c.count
  ), emptied as (
    delete from relay.reaction_counts c using less l where c.tenant_id = wall and c.message_id = l.message_id and c.key = l.key and l.count <= 0
  ), lowered as (
    update relay.reaction_counts c set count = l.count from less l where c.tenant_id = wall and c.message_id = l.message_id and c.key = l.key and l.count > 0
  )
  select count(*) into gone from taken;
  return greatest(gone, cardinality(ids));
end $$;

revoke execute on function relay.forget_messages, relay.retire_entries, relay.erase_entries, relay.erase_reactions from public;
grant execute on function relay.forget_messages, relay.retire_entries, relay.erase_entries, relay.erase_reactions to :engine;
