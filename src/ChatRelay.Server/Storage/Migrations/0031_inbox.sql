-- The inbox: a numbered feed per user, of notifications and of what became of them. Its first reader may come days later.

-- Where an inbox stands: the one row that everything about it locks, kept narrow. A user has one from the first notification or the first hello on.
create table relay.inbox_heads (
  tenant_id uuid not null,
  user_id text collate "C" not null,
  id uuid not null default gen_random_uuid(),
  epoch bigint not null,           -- random; an erased inbox that begins anew has another
  head bigint not null default 0,
  unread bigint not null default 0,
  read_up_to bigint not null default 0, -- all up to here were read at once: no row of them was touched
  primary key (tenant_id, user_id)
) with (fillfactor = 50);
create unique index inbox_heads_id on relay.inbox_heads (tenant_id, id);
call relay.wall('relay.inbox_heads');

-- Numbers are taken in order and without a hole; what is missing has expired, and is a skip. A notification stands there once: sent again, it moves to a new number.
create table relay.inbox_entries (
  tenant_id uuid not null,
  inbox_id uuid not null,
  seq bigint not null,
  kind text not null check (kind in ('notification', 'state', 'read_all')),
  notification_id uuid,
  delivery_id uuid,                -- the step that put it there
  about bigint,                    -- of a state: the number of what it is about; of read_all: the last number that it is about
  state smallint not null check (state between 0 and 3), -- new, acked, read, archived: each includes those before it
  category text,
  payload text,                    -- as it is shown; null once it was erased
  created_at timestamptz not null default relay.now(),
  expires_at timestamptz not null,
  acked_at timestamptz,
  acked_by text,                   -- the device
  read_at timestamptz,
  archived_at timestamptz,
  primary key (tenant_id, inbox_id, seq),
  check ((kind = 'read_all') = (notification_id is null)),
  check ((kind = 'notification') = (about is null))
) with (fillfactor = 80);
create unique index inbox_entries_notification on relay.inbox_entries (tenant_id, notification_id) where kind = 'notification';
create index inbox_entries_active on relay.inbox_entries (tenant_id, inbox_id, seq) where kind = 'notification' and state < 3;
create index inbox_entries_unread on relay.inbox_entries (tenant_id, inbox_id, seq) where kind = 'notification' and state < 2;
create index inbox_entries_archived on relay.inbox_entries (tenant_id, inbox_id, seq) where kind = 'notification' and state = 3;
create index inbox_entries_category on relay.inbox_entries (tenant_id, inbox_id, category, seq) where kind = 'notification' and state < 3 and category is not null;
create index inbox_entries_category_unread on relay.inbox_entries (tenant_id, inbox_id, category, seq) where kind = 'notification' and state < 2 and category is not null;
create index inbox_entries_category_archived on relay.inbox_entries (tenant_id, inbox_id, category, seq) where kind = 'notification' and state = 3 and category is not null;
create index inbox_entries_expiry on relay.inbox_entries (expires_at);
call relay.wall('relay.inbox_entries');

-- A step that waits for a person stands in the queue from when it is due until it ends, and no worker claims it: it is parked. Until it has begun it waits to.
alter table relay.queue add column to_begin boolean not null default false;
alter table relay.queue add check (parked or not to_begin);
create index queue_to_begin on relay.queue (due_at, id) where to_begin and not held;
create index queue_of_user on relay.queue (tenant_id, target) where channel = 'websocket';
