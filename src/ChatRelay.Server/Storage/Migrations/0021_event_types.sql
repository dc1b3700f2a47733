-- The tenant's own types of events. One that is published without being here is as good, but for the check of what it says.
create table relay.event_types (
  tenant_id uuid not null,
  name text not null,
  description text,
  schema text,                      -- JSON Schema, as it was given
  created_at timestamptz not null default relay.now(),
  updated_at timestamptz not null default relay.now(),
  primary key (tenant_id, name),
  foreign key (tenant_id) references relay.tenants on delete cascade
);
call relay.wall('relay.event_types');
