-- What a tenant tells of its end users. Nothing refers here: a user is whoever a token or a call names.
create table relay.users (
  tenant_id uuid not null,
  id text collate "C" not null,
  display_name text,
  avatar_url text,
  email text,
  phone text,
  locale text,
  time_zone text,
  metadata text,                   -- JSON, as it was given
  created_at timestamptz not null default relay.now(),
  updated_at timestamptz not null default relay.now(),
  primary key (tenant_id, id),
  foreign key (tenant_id) references relay.tenants on delete cascade
);
create index users_email on relay.users (tenant_id, email) where email is not null;
call relay.wall('relay.users');

create table relay.user_blocks (
  tenant_id uuid not null,
  user_id text collate "C" not null,
  blocked text collate "C" not null,
  created_at timestamptz not null default relay.now(),
  primary key (tenant_id, user_id, blocked),
  foreign key (tenant_id) references relay.tenants on delete cascade,
  check (user_id <> blocked)
);
create index user_blocks_of on relay.user_blocks (tenant_id, blocked, user_id);
call relay.wall('relay.user_blocks');

-- What users want to hear of, and through which channels.
create table relay.user_preferences (
  tenant_id uuid not null,
  user_id text collate "C" not null,
  categories text not null,        -- JSON: category, channel, wanted
  muted_rooms text[] not null,
  muted_users text[] not null,
  updated_at timestamptz not null default relay.now(),
  primary key (tenant_id, user_id),
  foreign key (tenant_id) references relay.tenants on delete cascade
);
call relay.wall('relay.user_preferences');

-- Users and tokens that are revoked: what was issued before holds no more. Rows outlive the longest token by an hour.
create table relay.token_revocations (
  tenant_id uuid not null,
  kind text not null check (kind in ('user', 'token')),
  subject text collate "C" not null,
  before timestamptz not null,
  primary key (tenant_id, kind, subject),
  foreign key (tenant_id) references relay.tenants on delete cascade
);
create index token_revocations_before on relay.token_revocations (before);
call relay.wall('relay.token_revocations');
