-- A mail in doubt waits for its sender's word; what an operator holds waits for the operator's. Neither lets go what the other holds.
alter table relay.queue add column in_doubt boolean not null default false;

-- What was repeated already: few rows, and only they are in it.
create index deliveries_retry_of on relay.deliveries (tenant_id, retry_of) where retry_of is not null;
