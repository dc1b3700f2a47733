-- A kept mail as it would have gone over the wire. Not compressed: most of a large one is base64, and its head is read without the rest.
alter table relay.sandbox_emails add column mime bytea;
alter table relay.sandbox_emails alter column mime set storage external;
