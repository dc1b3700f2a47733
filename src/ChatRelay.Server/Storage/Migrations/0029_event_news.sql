-- What endpoints do: whether it was told that one fails, so that failing and recovered are told once each.
alter table relay.endpoint_health add column failing_told boolean not null default false;

-- Whose event it is, if the tenant says so: by this an erasure finds it.
alter table relay.events add column about_user text;
create index events_user on relay.events (tenant_id, about_user, id) where about_user is not null;
