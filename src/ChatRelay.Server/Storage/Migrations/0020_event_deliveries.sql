-- Events on their way to endpoints.

alter table relay.deliveries add column reason text;           -- why it was left out: paused, disabled
alter table relay.queue add column ordering text collate "C", add column sequence bigint; -- one at a time of each, in this order

create index queue_order on relay.queue (tenant_id, target, ordering, sequence) where ordering is not null;
