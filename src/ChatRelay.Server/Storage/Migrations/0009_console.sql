-- The operators' console: who is signed in, and the keys that protect its cookies and forms on every node.

-- A row is a session; without its row a cookie opens nothing.
create table relay.console_sessions (
  id uuid primary key,
  key_id uuid not null references relay.operator_keys on delete cascade,
  started_at timestamptz not null default relay.now(),
  expires_at timestamptz not null
);
create index console_sessions_expiry on relay.console_sessions (expires_at);
create index console_sessions_key on relay.console_sessions (key_id);
grant select, insert, delete on relay.console_sessions to :engine;

-- The framework's Data Protection keys: XML, sealed in a cell of the installation.
create table relay.console_keys (
  name text primary key,
  xml relay.sealed not null,
  made_at timestamptz not null default relay.now()
);
grant select, insert, update on relay.console_keys to :engine;

-- The first page counts what ended within a day.
create index jobs_finished on relay.jobs (finished_at) where finished_at is not null;
