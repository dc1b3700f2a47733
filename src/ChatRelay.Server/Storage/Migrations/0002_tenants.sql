-- Tenants, who may call, what they used, and the jobs that work for them.

-- Two rows a tenant: live, and test beside it. tenant_id is the wall; live_id is what the world calls the tenant.
create table relay.tenants (
  tenant_id uuid primary key,
  live_id uuid not null,
  environment text not null check (environment in ('live', 'test')),
  name text not null,
  external_id text,
  status text not null default 'active' check (status in ('active', 'suspended', 'deleting')),
  retention_days int not null default 30 check (retention_days in (7, 30, 90, 365)),
  requests_per_s int check (requests_per_s > 0),
  request_burst int check (request_burst > 0),
  max_waiting bigint check (max_waiting > 0),
  allowed_origins text[] not null default '{}',
  outbound_allow text not null default '[]',
  created_at timestamptz not null default relay.now(),
  check ((environment = 'live') = (tenant_id = live_id))
);
create unique index tenants_sibling on relay.tenants (live_id, environment);
create unique index tenants_external on relay.tenants (external_id) where environment = 'live' and external_id is not null;
call relay.wall('relay.tenants');
revoke insert, delete on relay.tenants from :request;

create table relay.api_keys (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  scopes text[] not null,
  hash bytea not null check (octet_length(hash) = 32),
  ending text not null,            -- the last four characters, to tell keys apart
  created_by text not null,
  created_at timestamptz not null default relay.now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id) references relay.tenants on delete cascade
);
create unique index api_keys_id on relay.api_keys (id);
call relay.wall('relay.api_keys');

create table relay.operator_keys (
  id uuid primary key,
  name text not null,
  role text not null check (role in ('admin', 'operator', 'viewer', 'metrics')),
  hash bytea not null check (octet_length(hash) = 32),
  ending text not null,
  created_by text not null,
  created_at timestamptz not null default relay.now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
grant select, insert, update, delete on relay.operator_keys to :engine;

-- Before the tenant is known: the tenant and the hash, and nothing else.
create function relay.find_api_key(key uuid, out tenant_id uuid, out hash bytea) language sql stable security definer set search_path = relay, pg_temp
  as 'select k.tenant_id, k.hash from relay.api_keys k where k.id = key';
revoke execute on function relay.find_api_key from public;
grant execute on function relay.find_api_key to :request;

create table relay.usage (
  tenant_id uuid not null,
  day date not null,
  metric text not null,
  amount bigint not null,
  primary key (tenant_id, day, metric)
);
call relay.wall('relay.usage');

create table relay.jobs (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'canceled')),
  input text not null,
  cursor text,                     -- where a killed run goes on
  done bigint not null default 0,
  total bigint,
  error text,
  created_by text not null,
  created_at timestamptz not null default relay.now(),
  started_at timestamptz,
  finished_at timestamptz,
  claimed_by uuid,                 -- the incarnation that works on it
  primary key (tenant_id, id)
);
create index jobs_open on relay.jobs (created_at) where status in ('queued', 'running');
call relay.wall('relay.jobs');

-- Recurring upkeep: who moves due_at has the turn.
create table relay.upkeep (
  name text primary key,
  every interval not null,
  due_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  rows bigint,
  error text,
  node text
);
grant select, insert, update on relay.upkeep to :engine;
