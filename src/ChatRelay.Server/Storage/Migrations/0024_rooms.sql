-- Rooms: what people set of them. Deleted ones stay as a row without a name until their entries are gone.
create table relay.rooms (
  tenant_id uuid not null,
  id uuid not null,
  external_id text collate "C",
  type text not null check (type in ('direct', 'group', 'channel', 'support')),
  pair text collate "C",           -- a direct room's two members, in order: there is one room for them
  name text,
  metadata text,
  max_members int not null check (max_members > 0),
  write text not null check (write in ('members', 'admins', 'tenant')),
  history text not null check (history in ('all', 'since_join')),
  encrypted boolean not null default false,
  retention_days int check (retention_days > 0),
  message_ttl_s int check (message_ttl_s > 0),
  notify text,
  created_by text not null,
  created_at timestamptz not null default relay.now(),
  updated_at timestamptz not null default relay.now(),
  deleted_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id) references relay.tenants on delete cascade,
  check ((type = 'direct') = (pair is not null))
);
create unique index rooms_external on relay.rooms (tenant_id, external_id) where external_id is not null and deleted_at is null;
create unique index rooms_pair on relay.rooms (tenant_id, pair) where pair is not null and deleted_at is null;
create index rooms_retained on relay.rooms (tenant_id, id) where retention_days is not null and deleted_at is null;
create index rooms_deleted on relay.rooms (deleted_at) where deleted_at is not null;
call relay.wall('relay.rooms');

-- An encrypted room stays one, for good.
create function relay.stays_encrypted() returns trigger language plpgsql as $$
begin
  if old.encrypted and not new.encrypted then raise exception 'an encrypted room stays encrypted'; end if;
  return new;
end $$;
create trigger stays_encrypted before update of encrypted on relay.rooms for each row execute function relay.stays_encrypted();

-- Where a room stands: the one row that a publish locks, kept narrow. Numbers are taken here, in the transaction that stores the entry.
create table relay.room_heads (
  tenant_id uuid not null,
  room_id uuid not null,
  epoch bigint not null,           -- random; changed by a purge
  head bigint not null default 0,
  first bigint not null default 1, -- the lowest number that is still here
  messages bigint not null default 0,  -- how many of the entries were messages: unread counts are differences
  members int not null default 0,
  active_at timestamptz not null default relay.now(),
  primary key (tenant_id, room_id)
) with (fillfactor = 50);
call relay.wall('relay.room_heads');

-- Who is in a room, and how far they have read. A ban outlives the membership.
create table relay.room_members (
  tenant_id uuid not null,
  room_id uuid not null,
  user_id text collate "C" not null,
  member boolean not null default true,
  role text not null check (role in ('owner', 'admin', 'member', 'guest')),
  muted_until timestamptz,
  banned_until timestamptz,
  since bigint not null,           -- the head when they joined: where history is since_join, what came before is not theirs
  joined_at timestamptz not null default relay.now(),
  read bigint not null default 0,
  read_messages bigint not null default 0,
  primary key (tenant_id, room_id, user_id)
) with (fillfactor = 70);
create index room_members_user on relay.room_members (tenant_id, user_id, room_id) where member;
call relay.wall('relay.room_members');

-- A room's log: one number after the other without a hole, in commit order. It never changes, but for content that is deleted or erased.
create table relay.entries (
  tenant_id uuid not null,
  room_id uuid not null,
  seq bigint not null,
  id uuid not null,
  kind text not null check (kind in ('message', 'edit', 'delete', 'react', 'unreact', 'pin', 'unpin', 'member', 'room')),
  about uuid,                      -- the message that it is about
  about_seq bigint,                -- and its number: what is seen of an entry follows what is seen of that
  sender text collate "C",
  device text,
  via_tenant boolean not null default false,
  cid text collate "C",
  type text,
  payload text,                    -- the body or the encrypted envelope, as it was given; null once it is deleted, expired or erased
  encrypted boolean not null default false,
  metadata text,
  reply_to uuid,
  mentions text[],
  message_count bigint not null,   -- messages up to here
  created_at timestamptz not null default relay.now(),
  expires_at timestamptz,
  blank boolean not null default false,
  primary key (tenant_id, room_id, seq),
  check ((kind in ('edit', 'delete', 'react', 'unreact', 'pin', 'unpin')) = (about is not null))
);
create unique index entries_id on relay.entries (tenant_id, id);
create unique index entries_cid on relay.entries (tenant_id, room_id, sender, cid) where cid is not null;
create index entries_about on relay.entries (tenant_id, about) where about is not null;
create index entries_sender on relay.entries (tenant_id, sender) where sender is not null and not blank; -- erasures
create index entries_expiry on relay.entries (expires_at) where expires_at is not null and not blank;
call relay.wall('relay.entries');

-- Numbers that a restore or a failover has lost are never given again under the same epoch: every epoch on the wire begins with this database's generation,
-- which is raised when a node finds that it stands on another one (see DatabaseIdentity), and the timeline of its cluster, which a promotion changes at once.
alter table relay.installation add column identity text;
create function relay.generation_text() returns text language sql stable as $$
  select to_hex(generation) || '.' || ltrim(left(pg_walfile_name(pg_current_wal_lsn()), 8), '0') from relay.installation
$$;
