-- Kept answers that show a secret are sealed, in a column that `keys rotate` finds.
alter table relay.idempotency drop column sealed, add column sealed_body relay.sealed;
