-- The log by time: whatever began at or after a mark has a transaction number at or above its floor, so a reader who asks from a time on starts there.
create table relay.event_marks (
  at timestamptz primary key,
  generation bigint not null,
  floor xid8 not null
);
grant select on relay.event_marks to :engine, :request;
grant insert, delete on relay.event_marks to :engine;

-- What a tenant publishes twice under one id of its own is one event.
create unique index events_client on relay.events (tenant_id, client_id) where client_id is not null;
