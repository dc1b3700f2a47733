-- The whole relay at rest: requests are taken, nothing is sent. Set by an operator, and by the first start on a restored database (DatabaseIdentity).
alter table relay.installation
  add column paused_at timestamptz,
  add column paused_by text,
  add column restored_as_of timestamptz; -- the last sign of life in what was restored: what is older may have gone out since
