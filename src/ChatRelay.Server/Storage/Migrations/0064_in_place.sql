-- An index's condition counts as much as its columns: this one named notification_status, so every settlement wrote to all indexes of its table (docs/decisions/0020).
drop index relay.deliveries_plain_notification;
create index deliveries_plain_notification on relay.deliveries (tenant_id, notification_id) where notification_id is not null and rare_notification_status is null;
