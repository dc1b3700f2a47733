-- The ground everything stands on: the clock, the wall between tenants, nodes, idempotency, the event log.
-- :engine and :request are the two logins that work here; the owner is whoever runs this.

-- SQL takes time from here only. It is inlined; tests replace it to let hours pass.
create function relay.now() returns timestamptz language sql stable as 'select pg_catalog.now()';

-- The tenant of this transaction, or null: then a request sees nothing.
create function relay.tenant() returns uuid language sql stable
  as $$ select nullif(pg_catalog.current_setting('relay.tenant', true), '')::uuid $$;

-- Set for the transaction only; sent in the same round trip as the query it is for.
create procedure relay.as_tenant(tenant uuid) language plpgsql
  as $$ begin perform pg_catalog.set_config('relay.tenant', tenant::text, true); end $$;

-- Every table with a tenant_id calls this. Forced: it binds the owner's own queries too.
create procedure relay.wall(walled regclass) language plpgsql as $$
begin
  execute format('alter table %s enable row level security', walled);
  execute format('alter table %s force row level security', walled);
  execute format('create policy wall_request on %s to :request using (tenant_id = relay.tenant()) with check (tenant_id = relay.tenant())', walled);
  execute format('create policy wall_engine on %s to :engine, current_user using (true) with check (true)', walled);
  execute format('grant select, insert, update, delete on %s to :engine, :request', walled);
end $$;

-- One row, about this database: the generation changes with a restore or a new timeline.
create table relay.installation (
  only_one boolean primary key default true check (only_one),
  generation bigint not null default 1,
  system_identifier text,
  timeline bigint,
  created_at timestamptz not null default relay.now()
);
insert into relay.installation default values;
grant select on relay.installation to :engine, :request;
grant update on relay.installation to :engine;

-- One row a life of a node. A claim names the incarnation; a row without heartbeat for 30 s has lost its claims.
create table relay.nodes (
  incarnation uuid primary key,
  node text not null,
  roles text[] not null,
  version text not null,
  address text not null,
  started_at timestamptz not null default relay.now(),
  seen_at timestamptz not null default relay.now(),
  ended_at timestamptz,
  draining boolean not null default false
);
create index nodes_alive on relay.nodes (seen_at) where ended_at is null;
grant select, insert, update, delete on relay.nodes to :engine;

-- The first answer to each keyed request. operators' keys live under the tenant of zeros.
create table relay.idempotency (
  tenant_id uuid not null,
  claim uuid not null,             -- a hash of caller, method, path and key
  body_hash bytea not null,
  status int,                      -- null: claimed by a request that calls out, until lease_until
  location text,
  body bytea,
  sealed boolean not null default false,
  lease_until timestamptz,
  expires_at timestamptz not null default relay.now() + interval '24 hours',
  primary key (tenant_id, claim)
);
create index idempotency_expiry on relay.idempotency (expires_at);
call relay.wall('relay.idempotency');

-- What happened, append-only. Order and cursor are (generation, xid, id); readers stay below the oldest running transaction.
create table relay.events (
  tenant_id uuid not null,
  id uuid not null,
  generation bigint not null default 1,
  xid xid8 not null default pg_current_xact_id(),
  type text not null,
  audit boolean not null default false,
  actor text,                      -- who did it: a key's id, a user, 'operator:opk_…', 'relay'
  subject text,                    -- what it is about
  account text,
  ordering_key text,
  client_id text,
  data text not null default '{}', -- references, never bodies
  created_at timestamptz not null default relay.now(),
  primary key (tenant_id, id)
);
create index events_in_order on relay.events (tenant_id, generation, xid, id);
create index events_audit on relay.events (tenant_id, id) where audit;
call relay.wall('relay.events');
revoke update, delete on relay.events from :request;
