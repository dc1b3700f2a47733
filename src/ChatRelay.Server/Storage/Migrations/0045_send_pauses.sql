-- What operators have stopped for a while. What is accepted meanwhile waits, and spends no attempt.
alter table relay.tenants add column paused_at timestamptz, add column paused_by text; -- the tenant's sending, in both environments
create index tenants_paused on relay.tenants (tenant_id) where paused_at is not null;

create table relay.channel_pauses ( -- a channel, for all tenants
  channel text primary key check (channel in ('email', 'webhook', 'websocket')),
  since timestamptz not null default relay.now(),
  by text not null
);
grant select, insert, delete on relay.channel_pauses to :engine;
