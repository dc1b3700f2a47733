-- What ails over all tenants, newest first: the console's first question. Rows that go their plain way are not in it.
create index deliveries_troubled on relay.deliveries (rare_status, id)
  where rare_status in ('retrying', 'held', 'failed', 'bounced', 'quarantined');
