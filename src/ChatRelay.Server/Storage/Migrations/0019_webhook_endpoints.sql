-- Where events are posted, what signs them, and how far each tenant's log has been looked through for them.

create function relay.generation() returns bigint language sql stable as 'select generation from relay.installation';

create table relay.endpoints (
  tenant_id uuid not null,
  id uuid not null,
  external_id text,
  account text,                     -- the tenant's own customer, whose events it gets
  url text not null,
  description text,
  event_types text[] not null,
  headers relay.sealed,             -- names and values as JSON: they often hold a key of the receiver's
  header_endings text not null default '{}',
  max_rate_per_s float8 check (max_rate_per_s > 0),
  timeout_s int not null check (timeout_s between 5 and 30),
  retry_schedule_s int[],
  ordered boolean not null,
  payload text not null check (payload in ('full', 'thin')),
  signature text not null check (signature in ('hmac', 'ed25519')),
  status text not null check (status in ('enabled', 'paused', 'disabled')),
  disabled_reason text,
  born_generation bigint not null default relay.generation(),  -- events that began before it are not for it
  born_xid xid8 not null default pg_current_xact_id(),
  created_by text not null,
  created_at timestamptz not null default relay.now(),
  updated_at timestamptz not null default relay.now(),
  primary key (tenant_id, id),
  foreign key (tenant_id) references relay.tenants on delete cascade
);
create unique index endpoints_external on relay.endpoints (tenant_id, external_id) where external_id is not null;
create index endpoints_account on relay.endpoints (tenant_id, account, id) where account is not null;
call relay.wall('relay.endpoints');

-- The newest signs; while it is rolled the ones before it sign too, until they end.
create table relay.endpoint_secrets (
  tenant_id uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  signature text not null check (signature in ('hmac', 'ed25519')),
  secret relay.sealed not null,
  public_key text,                  -- what a receiver checks with, where that is no secret
  created_at timestamptz not null default relay.now(),
  ends_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, endpoint_id) references relay.endpoints on delete cascade,
  check ((signature = 'ed25519') = (public_key is not null))
);
create index endpoint_secrets_endpoint on relay.endpoint_secrets (tenant_id, endpoint_id, id);
call relay.wall('relay.endpoint_secrets');

-- One row a tenant that has, or had, endpoints. Whoever holds its lock looks through the log for that tenant; tenants without a row cost nothing.
create table relay.webhook_feeds (
  tenant_id uuid primary key,
  generation bigint not null default relay.generation(),
  xid xid8 not null default pg_current_xact_id(),
  event_id uuid not null default '00000000-0000-0000-0000-000000000000',
  sequence bigint not null default 0,   -- numbers what is to go out in order
  version bigint not null default 1,    -- moves with every change of the tenant's endpoints
  foreign key (tenant_id) references relay.tenants on delete cascade
);
call relay.wall('relay.webhook_feeds');

-- Public keys of both environments of a tenant, for whoever asks: they are no secret, and receivers have no key of ours.
create function relay.find_webhook_keys(tenant uuid, out id uuid, out public_key text) returns setof record language sql stable security definer set search_path = relay, pg_temp as $$
  select s.id, s.public_key from relay.tenants t join relay.endpoint_secrets s on s.tenant_id = t.tenant_id
  where t.live_id = tenant and s.public_key is not null and (s.ends_at is null or s.ends_at > relay.now())
  order by s.id desc limit 1000
$$;
revoke execute on function relay.find_webhook_keys from public;
grant execute on function relay.find_webhook_keys to :request;

-- What nodes have seen of an endpoint lately: since when it does nothing but fail.
create table relay.endpoint_health (
  tenant_id uuid not null,
  endpoint_id uuid not null,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  failing_since timestamptz,
  primary key (tenant_id, endpoint_id),
  foreign key (tenant_id, endpoint_id) references relay.endpoints on delete cascade
);
create index endpoint_health_failing on relay.endpoint_health (failing_since) where failing_since is not null;
call relay.wall('relay.endpoint_health');
