-- A tenant's accounts at providers. Credentials are sealed; what is shown of them stands beside.
create table relay.providers (
  tenant_id uuid not null,
  id uuid not null,                -- the account that an environment is born with has the environment's own
  channel text not null check (channel = 'email'),
  type text not null check (type in ('smtp', 'sendgrid', 'postmark', 'mailgun', 'ses', 'sandbox')),
  name text not null,
  priority int not null,           -- the lowest is tried first
  sender text,                     -- who mail is from unless it says so itself; its domain is the only one that it may say
  sender_name text,
  config text not null,            -- JSON of its type
  credentials relay.sealed,
  endings text not null default '{}',
  max_rate_per_s float8 check (max_rate_per_s > 0),
  daily_quota bigint check (daily_quota > 0),
  status text not null default 'enabled' check (status in ('enabled', 'paused', 'disabled')),
  status_reason text,
  only_named boolean not null default false,   -- left out unless a step names it
  created_by text not null,
  created_at timestamptz not null default relay.now(),
  updated_at timestamptz not null default relay.now(),
  primary key (tenant_id, id),
  foreign key (tenant_id) references relay.tenants on delete cascade,
  check (type = 'sandbox' or sender is not null),
  check (type <> 'sandbox' or credentials is null)
);
call relay.wall('relay.providers');

-- Every environment is born with a sandbox, so that the first send needs no account anywhere.
create function relay.born_with_sandbox() returns trigger language plpgsql as $$
begin
  insert into relay.providers (tenant_id, id, channel, type, name, priority, config, created_by)
  values (new.tenant_id, new.tenant_id, 'email', 'sandbox', 'Sandbox', 1000, '{}', 'relay');
  return null;
end $$;
create trigger born_with_sandbox after insert on relay.tenants for each row execute function relay.born_with_sandbox();
insert into relay.providers (tenant_id, id, channel, type, name, priority, config, created_by)
select tenant_id, tenant_id, 'email', 'sandbox', 'Sandbox', 1000, '{}', 'relay' from relay.tenants;

-- What an account with a daily quota has taken, by day in UTC.
create table relay.provider_days (
  tenant_id uuid not null,
  provider_id uuid not null,
  day date not null,
  taken bigint not null check (taken >= 0),
  primary key (tenant_id, provider_id, day)
);
create index provider_days_past on relay.provider_days (day);
call relay.wall('relay.provider_days');

-- What narrows a step's choice of accounts: those that it names, in its order, and the domain that it is from.
alter table relay.deliveries add column providers uuid[], add column sender_domain text;
