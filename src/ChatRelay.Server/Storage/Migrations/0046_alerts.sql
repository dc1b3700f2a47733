-- What operators are told of. One row a rule: how it is set, and where it stands; it is judged by one node at a time, under the row of alert_watch.
create table relay.alert_rules (
  rule text primary key,
  enabled boolean not null default true,
  threshold float8,                  -- null: the rule's own
  for_s int check (for_s between 0 and 86400),
  silenced_until timestamptz,
  silenced_by text,
  firing uuid,                       -- the open row of alerts
  wrong_since timestamptz,
  right_since timestamptz,
  value float8,
  judged_at timestamptz
);
create table relay.alerts (
  id uuid primary key,
  rule text not null,
  fired_at timestamptz not null default relay.now(),
  resolved_at timestamptz,
  value float8 not null,
  worst float8 not null,
  threshold float8 not null,
  acknowledged_at timestamptz,
  acknowledged_by text
);
create index alerts_open on relay.alerts (id) where resolved_at is null;

-- What is still to be told, and what was: written with the change itself, so that none is lost and none is told by two nodes.
create table relay.alert_tellings (
  alert_id uuid not null references relay.alerts on delete cascade,
  turn text not null check (turn in ('fired', 'resolved')),
  sink text not null check (sink in ('outside', 'relay')),
  due_at timestamptz not null default relay.now(),
  attempts int not null default 0,
  told_at timestamptz,
  given_up_at timestamptz,
  error text,
  primary key (alert_id, turn, sink)
);
create index alert_tellings_due on relay.alert_tellings (due_at) where told_at is null and given_up_at is null;

create table relay.alert_watch (
  one boolean primary key default true check (one),
  due_at timestamptz not null default relay.now(),
  node text,
  -- the way through the relay itself: a notification of this tenant
  route_tenant uuid,
  route_email text,
  route_url text,
  check (route_tenant is null or (route_email is null) <> (route_url is null))
);
insert into relay.alert_watch default values;

-- Where a node keeps its data: what is left and what there is.
alter table relay.node_figures add column disk_free bigint, add column disk_size bigint;

grant select, insert, update, delete on relay.alert_rules, relay.alerts, relay.alert_tellings to :engine;
grant select, update on relay.alert_watch to :engine;
