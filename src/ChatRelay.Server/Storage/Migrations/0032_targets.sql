-- Notifications for several people under one group (docs/decisions/0034): the members of a room are served a bounded batch at a time. A batch and
-- the position behind it stand in one commit, so that nobody is left out and nobody served twice, whatever dies in between.
create table relay.notification_groups (
  tenant_id uuid not null,
  id uuid not null,
  room_id uuid,                    -- null: people who were named, made in the request's own commit
  upto bigint,                     -- only members who have not read so far
  request text,                    -- what each of them gets; gone when the last one has it
  position text collate "C" not null default '',  -- the last member who was looked at
  made bigint not null default 0,
  status text not null check (status in ('making', 'made', 'canceled')),
  waits_for text,
  due_at timestamptz not null default relay.now(),
  created_at timestamptz not null default relay.now(),
  ended_at timestamptz,
  kept_until timestamptz not null,
  primary key (tenant_id, id),
  check ((status = 'making') = (ended_at is null)),
  check ((status = 'making') = (request is not null))
);
create index notification_groups_due on relay.notification_groups (due_at) where status = 'making';
create index notification_groups_room on relay.notification_groups (tenant_id, room_id) where status = 'making';
create index notification_groups_kept on relay.notification_groups (kept_until) where status <> 'making';
call relay.wall('relay.notification_groups');

-- What a notification is about, as far as users may want to hear nothing of it: a room, and whose doing it is.
alter table relay.notifications add column room_id uuid, add column from_user text;
create index notifications_group on relay.notifications (tenant_id, group_id, id) where group_id is not null;
create index notifications_from on relay.notifications (tenant_id, from_user) where from_user is not null;

-- Why a user does not want a step, or null. Asked in the transaction that begins the step. The room also under its tenant's own name.
create function relay.unwanted(wall uuid, who text, of_category text, by_channel text, about_room uuid, room_name text, sender text) returns text language sql stable as $$
  select case
    when exists (select from relay.user_blocks b where b.tenant_id = wall and b.user_id = who and b.blocked = sender) then 'preference_blocked_user'
    when sender = any(p.muted_users) then 'preference_muted_user'
    when room_name = any(p.muted_rooms)
      or (select 'ext:' || r.external_id from relay.rooms r where r.tenant_id = wall and r.id = about_room) = any(p.muted_rooms) then 'preference_muted_room'
    when p.categories::json -> of_category ->> by_channel = 'false' then 'preference_channel'
  end
  from (select 1) as one left join relay.user_preferences p on p.tenant_id = wall and p.user_id = who
$$;
