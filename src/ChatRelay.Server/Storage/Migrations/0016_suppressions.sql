-- Addresses that get no mail, and how much mail an address may get.

create table relay.suppressions (
  tenant_id uuid not null,
  mark bytea not null check (octet_length(mark) = 32),   -- a hash of the address, all small: it holds after the address was erased
  reason text not null check (reason in ('hard_bounce', 'complaint', 'unsubscribe', 'manual')),
  id uuid not null,
  stream text not null check (stream in ('all', 'broadcast')),
  email text,                      -- null: erased
  delivery_id uuid,                -- whose mail brought it about
  created_by text not null,
  created_at timestamptz not null default relay.now(),
  expires_at timestamptz,
  primary key (tenant_id, mark, reason),
  check ((stream = 'all') = (reason in ('hard_bounce', 'manual')))
);
create unique index suppressions_id on relay.suppressions (tenant_id, id);
create index suppressions_expiry on relay.suppressions (expires_at) where expires_at is not null;
call relay.wall('relay.suppressions');

-- How much mail of one tenant an address got in this hour and on this day.
create table relay.recipient_counts (
  tenant_id uuid not null,
  mark bytea not null,
  hour timestamptz not null,
  in_hour int not null,
  day timestamptz not null,
  in_day int not null,
  primary key (tenant_id, mark)
) with (fillfactor = 80);
create index recipient_counts_day on relay.recipient_counts (day);
call relay.wall('relay.recipient_counts');

alter table relay.tenants
  add column recipient_per_hour int check (recipient_per_hour >= 0),
  add column recipient_per_day int check (recipient_per_day >= 0);
