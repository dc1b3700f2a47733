-- Who is there. A user's row says what they want to be seen as, and what they are seen as; every node that has sockets of theirs has a row beside it, so that no
-- node can speak for another, and a node that dies leaves rows which the others can tell by its heartbeat. Nothing is written while nothing changes.
create table relay.presences (
  tenant_id uuid not null,
  user_id text collate "C" not null,
  wish text check (wish in ('dnd', 'invisible')),
  text text,
  status text not null default 'offline' check (status in ('offline', 'online', 'away', 'dnd', 'invisible')),
  seen_at timestamptz,             -- when others saw them for the last time; null while they never did
  xid xid8 not null default pg_current_xact_id(), -- of the last change: whoever tells others reads on from here
  primary key (tenant_id, user_id)
) with (fillfactor = 70);
create index presences_changed on relay.presences (tenant_id, xid);
call relay.wall('relay.presences');

create function relay.presence_changes() returns trigger language plpgsql as $$
begin
  new.xid := pg_current_xact_id();
  return new;
end $$;
create trigger presence_changes before update on relay.presences for each row execute function relay.presence_changes();

create table relay.presence_nodes (
  tenant_id uuid not null,
  user_id text collate "C" not null,
  incarnation uuid not null,
  active boolean not null,         -- somebody sits before one of the sockets
  left_at timestamptz,             -- since when there is none: it counts until the grace is over
  primary key (tenant_id, user_id, incarnation)
) with (fillfactor = 70);
create index presence_nodes_of on relay.presence_nodes (incarnation, tenant_id, user_id);
create index presence_nodes_left on relay.presence_nodes (left_at) where left_at is not null;
call relay.wall('relay.presence_nodes');

-- A block changes what the two see of each other: whoever shows them to somebody is to look again.
create function relay.block_changes() returns trigger language plpgsql as $$
declare
  of record := coalesce(new, old);
begin
  perform 1 from relay.presences where tenant_id = of.tenant_id and user_id in (of.user_id, of.blocked) order by user_id for update;
  update relay.presences set text = text where tenant_id = of.tenant_id and user_id in (of.user_id, of.blocked);
  return null;
end $$;
create trigger block_changes after insert or delete on relay.user_blocks for each row execute function relay.block_changes();
