-- Notifications and the engine that delivers them (docs/delivery-states.md).
-- History stands in partitions by (retention class, day), dropped whole. An id carries both: its time, and its class in the last two bits.
-- Only the queue is hot, and it is small: a row enters when a step begins and leaves when it ends.

create table relay.notifications (
  tenant_id uuid not null,
  id uuid not null,
  class smallint not null,
  group_id uuid,
  recipient text not null,           -- `to` as it was accepted
  to_user text,
  to_email text,
  category text,
  priority smallint not null check (priority between 0 and 2),
  send_at timestamptz,
  expires_at timestamptz,
  external_id text,
  tags text[] not null default '{}',
  metadata text,
  route text not null,               -- steps as accepted, with their own content
  channels text[] not null,
  content text,                      -- null: erased, or parked in contents
  content_parked boolean not null default false,
  erased_at timestamptz,
  canceled_at timestamptz,
  delivery_ids uuid[] not null,      -- the first is the head: its row carries the notification's status
  created_at timestamptz not null default relay.now(),
  primary key (tenant_id, id, class)
) partition by list (class);
create index notifications_user on relay.notifications (tenant_id, to_user, id) where to_user is not null;
create index notifications_email on relay.notifications (tenant_id, to_email, id) where to_email is not null;
create index notifications_external on relay.notifications (tenant_id, external_id, id) where external_id is not null;
call relay.wall('relay.notifications');

-- Content that is too large to ride in a shared commit: written first, in a transaction of its own.
create table relay.contents (
  tenant_id uuid not null,
  id uuid not null,                  -- the notification's
  class smallint not null,
  to_user text,
  to_email text,
  body text not null,
  primary key (tenant_id, id, class)
) partition by list (class);
call relay.wall('relay.contents');

-- One row a step, or one event for one endpoint. Written twice in a plain life: accepted, settled.
-- `sending` is never stored: it is a queue row with a claim.
create table relay.deliveries (
  tenant_id uuid not null,
  id uuid not null,
  class smallint not null,
  notification_id uuid,
  event_id uuid,
  endpoint_id uuid,
  step smallint not null default 0,
  run smallint not null default 0,   -- 0 is the first; a resend or retry is the next
  retry_of uuid,
  channel text not null check (channel in ('websocket', 'email', 'webhook')),
  target text not null,
  url text,
  provider_id uuid,
  until text not null check (until in ('accepted', 'delivered', 'read')),
  within_s int check (within_s > 0),
  on_unknown text not null default 'hold' check (on_unknown in ('hold', 'retry', 'continue')),
  schedule_s int[],
  status text not null check (status in ('waiting', 'queued', 'retrying', 'held', 'sent', 'delivered', 'read', 'bounced', 'failed',
    'skipped', 'suppressed', 'canceled', 'expired', 'quarantined')),
  notification_status text check (notification_status in ('scheduled', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed',
    'canceled', 'expired', 'suppressed')),
  attempts int not null default 0 check (attempts >= 0),
  maybe_sent boolean not null default false,
  last_outcome text,
  provider_message_id text,
  begun_at timestamptz,
  ended_at timestamptz,
  opened_at timestamptz,
  clicked_at timestamptz,
  complained_at timestamptz,
  created_at timestamptz not null default relay.now(),
  updated_at timestamptz not null default relay.now(),
  primary key (tenant_id, id, class),
  check ((notification_id is null) <> (event_id is null)),
  check (notification_status is null or notification_id is not null),
  check (status <> 'waiting' or (begun_at is null and attempts = 0)),
  check (status not in ('queued', 'retrying', 'held', 'sent', 'delivered', 'read', 'bounced', 'quarantined') or begun_at is not null),
  check (status not in ('retrying', 'bounced', 'quarantined') or attempts > 0),
  check ((status in ('waiting', 'queued', 'retrying', 'held')) = (ended_at is null))
) partition by list (class);
create index deliveries_status on relay.deliveries (tenant_id, status, id);
create index deliveries_notification_status on relay.deliveries (tenant_id, notification_status, notification_id) where notification_status is not null;
create index deliveries_endpoint on relay.deliveries (tenant_id, endpoint_id, id) where endpoint_id is not null;
call relay.wall('relay.deliveries');

-- Append-only. Partitioned by the delivery's id, so that a delivery and its attempts stand and fall together.
create table relay.attempts (
  tenant_id uuid not null,
  delivery_id uuid not null,
  class smallint not null,
  number int not null check (number > 0),
  id uuid not null,
  trigger text not null check (trigger in ('automatic', 'manual', 'replay')),
  provider_id uuid,
  started_at timestamptz not null,
  duration_ms int not null check (duration_ms >= 0),
  outcome text not null check (outcome in ('ok', 'http_error', 'rate_limited', 'timeout', 'dns_error', 'connection_error', 'tls_error',
    'blocked_address', 'auth_failed', 'quota', 'invalid_recipient', 'provider_rejected', 'protocol_error', 'worker_lost')),
  maybe_sent boolean not null,
  detail text,
  response_status int,
  response_headers text,
  response_body bytea check (octet_length(response_body) <= 16384),
  provider_message_id text,
  next_attempt_at timestamptz,
  primary key (tenant_id, delivery_id, number, class)
) partition by list (class);
call relay.wall('relay.attempts');

-- What the sandbox provider kept instead of sending.
create table relay.sandbox_emails (
  tenant_id uuid not null,
  id uuid not null,
  class smallint not null,
  delivery_id uuid not null,
  message_id text not null,
  recipient text not null,
  subject text not null,
  mail text not null,                -- its fields, as JSON
  created_at timestamptz not null default relay.now(),
  primary key (tenant_id, id, class)
) partition by list (class);
call relay.wall('relay.sandbox_emails');

-- What happens to a mail at the simulator after it was taken.
create table relay.sandbox_stories (
  tenant_id uuid not null,
  delivery_id uuid not null,
  report text not null check (report in ('delivered', 'bounced', 'complained')),
  due_at timestamptz not null,
  primary key (tenant_id, delivery_id, report)
);
create index sandbox_stories_due on relay.sandbox_stories (due_at);
call relay.wall('relay.sandbox_stories');

-- The queue: the steps that are under way, and nothing else. Vacuumed by the engine every few seconds.
create table relay.queue (
  tenant_id uuid not null,
  id uuid not null,                  -- the delivery's
  class smallint not null,
  notification_id uuid,
  channel text not null,
  band smallint not null,            -- priority * 2, plus one for retries
  target text collate "C" not null,
  due_at timestamptz not null,
  deadline_at timestamptz,
  expires_at timestamptz,
  judge_at timestamptz generated always as (least(deadline_at, expires_at)) stored,
  trigger text not null default 'automatic',
  attempts int not null default 0,
  rounds smallint not null default 0,
  tried uuid[] not null default '{}',
  pinned uuid,
  provider_id uuid,
  simple boolean not null default true,   -- the only step of its route: settling it moves nothing else
  held boolean not null default false,
  parked boolean not null default false,  -- waits for a report, not for an attempt
  cancel_asked boolean not null default false,
  claimed_by uuid,                   -- an incarnation
  claim bigint not null default 0,
  begun boolean not null default false,
  alone boolean not null default false,
  suspect boolean not null default false,
  crashes_shared smallint not null default 0,
  crashes_alone smallint not null default 0,
  primary key (tenant_id, id),
  check (claimed_by is not null or not (begun or alone)),
  check (claimed_by is null or not (held or parked))
) with (fillfactor = 70, autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.2);
create index queue_due on relay.queue (band, tenant_id, target, due_at, id) where claimed_by is null and not held and not parked and not suspect;
create index queue_suspects on relay.queue (due_at, id) where suspect and claimed_by is null and not held and not parked;
create index queue_judge on relay.queue (judge_at) where judge_at is not null;
create index queue_claimed on relay.queue (claimed_by) where claimed_by is not null;
create index queue_sending on relay.queue (tenant_id, id) where claimed_by is not null;
call relay.wall('relay.queue');

-- What all nodes know about a target: its breaker and the ramp after it.
create table relay.target_states (
  tenant_id uuid not null,
  target text not null,
  breaker text not null check (breaker in ('closed', 'open', 'half_open')),
  failures int not null,
  opened int not null,
  until timestamptz not null,
  ramp int not null,
  good int not null,
  paused boolean not null default false,
  changed_at timestamptz not null default relay.now(),
  primary key (tenant_id, target)
);
create index target_states_changed on relay.target_states (changed_at);
call relay.wall('relay.target_states');

-- The first id of a day: an id begins with its milliseconds.
create function relay.first_id(day date) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from day::timestamp at time zone 'UTC') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Before statements that walk from a list of keys into large tables: no statistics can talk the planner into scanning them.
create procedure relay.steady_plans() language plpgsql as $$
begin
  perform pg_catalog.set_config('enable_seqscan', 'off', true), pg_catalog.set_config('enable_hashjoin', 'off', true),
    pg_catalog.set_config('enable_mergejoin', 'off', true), pg_catalog.set_config('enable_bitmapscan', 'off', true);
end $$;

-- Partitions are named after what they hold: deliveries_c30_20260131. Statements that know an id go straight to its table.
create procedure relay.make_partitions(first_day date, last_day date) language plpgsql as $$
declare
  parent text; class int; day date; by_class text; child text;
begin
  foreach parent in array array['notifications', 'contents', 'deliveries', 'attempts', 'sandbox_emails'] loop
    foreach class in array array[7, 30, 90, 365] loop
      by_class := format('%s_c%s', parent, class);
      if to_regclass('relay.' || by_class) is null then
        execute format('create table relay.%I partition of relay.%I for values in (%s) partition by range (%I)',
          by_class, parent, class, case parent when 'attempts' then 'delivery_id' else 'id' end);
        call relay.wall(format('relay.%I', by_class)::regclass);
      end if;
      for day in select d::date from generate_series(first_day, last_day, interval '1 day') d loop
        child := format('%s_%s', by_class, to_char(day, 'YYYYMMDD'));
        continue when to_regclass('relay.' || child) is not null;
        -- Made beside the parent and then attached: attaching does not stop those who read and write it.
        execute format('create table relay.%I (like relay.%I including all)', child, by_class);
        execute format('alter table relay.%I set (autovacuum_vacuum_scale_factor = 0.1)', child);
        call relay.wall(format('relay.%I', child)::regclass);
        execute format('alter table relay.%I attach partition relay.%I for values from (%L) to (%L)',
          by_class, child, relay.first_id(day), relay.first_id(day + 1));
      end loop;
    end loop;
  end loop;
end $$;

call relay.make_partitions((relay.now() at time zone 'UTC')::date - 1, (relay.now() at time zone 'UTC')::date + 3);
