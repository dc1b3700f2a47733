-- Members who have not read within a room's time are told once, not of every message (docs/decisions/0034).
alter table relay.rooms add column notify_after_s int, add check ((notify is null) = (notify_after_s is null));

-- Where somebody may have to be told: made by the publish itself, so that whoever dies, the time goes on. The first message that nobody was told of yet.
create table relay.room_waits (
  tenant_id uuid not null,
  room_id uuid not null,
  seq bigint not null,
  due_at timestamptz not null,
  primary key (tenant_id, room_id)
) with (fillfactor = 70);
create index room_waits_due on relay.room_waits (due_at);
call relay.wall('relay.room_waits');

-- Up to which message a member was told that something is unread. They are told again once they have read so far.
create table relay.room_told (
  tenant_id uuid not null,
  room_id uuid not null,
  user_id text collate "C" not null,
  seq bigint not null,
  primary key (tenant_id, room_id, user_id)
) with (fillfactor = 70);
create index room_told_user on relay.room_told (tenant_id, user_id);
call relay.wall('relay.room_told');
