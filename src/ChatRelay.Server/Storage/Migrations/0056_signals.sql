-- What was said to a user's devices, for the seconds in which it means something: a device that comes back before then gets it. Nothing of it is in any log.
create table relay.signals (
  tenant_id uuid not null,
  id uuid not null,
  user_id text collate "C" not null,
  device text collate "C" not null, -- or *: all of them
  kind text not null,
  call text,
  sender text collate "C" not null,
  sender_device text,
  payload text,
  encrypted boolean not null,
  seq bigint generated always as identity, -- the order within a sender
  xid xid8 not null default pg_current_xact_id(),
  created_at timestamptz not null default relay.now(),
  expires_at timestamptz not null,
  primary key (tenant_id, id)
);
create index signals_of on relay.signals (tenant_id, user_id, seq);
create index signals_new on relay.signals (xid);
create index signals_expiry on relay.signals (expires_at);
call relay.wall('relay.signals');

-- Which rooms have somebody in them, for tenants with an endpoint that asks to be told: the row is locked by whoever tells, so that it is told once.
create table relay.room_occupancy (
  tenant_id uuid not null,
  room_id uuid not null,
  occupied boolean not null,
  primary key (tenant_id, room_id)
) with (fillfactor = 70);
call relay.wall('relay.room_occupancy');

-- Endpoints that ask for signals are few: they are looked for every two seconds.
create index endpoints_signals on relay.endpoints (tenant_id)
  where event_types && array['presence.changed', 'room.occupied', 'room.vacated', 'read.moved', 'typing.started'] and status = 'enabled' and account is null;
