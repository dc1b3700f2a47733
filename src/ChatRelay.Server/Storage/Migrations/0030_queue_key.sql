-- A row of the queue is reached by its key and by nothing else (docs/decisions/0032): an index over part of the rows is no way to a row whose part is not named.
drop index relay.queue_notification;
create index queue_notification on relay.queue (tenant_id, notification_id) where notification_id is not null;
