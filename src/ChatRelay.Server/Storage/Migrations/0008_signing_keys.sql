-- The keys that sign users' tokens. A shared secret is sealed; of a key pair only the public half is here.
create table relay.signing_keys (
  tenant_id uuid not null,
  id uuid not null,
  kid text not null check (kid <> ''),
  algorithm text not null check (algorithm in ('hs256', 'es256', 'rs256', 'ed_dsa')),
  secret relay.sealed,
  public_key bytea,                -- SubjectPublicKeyInfo
  created_by text not null,
  created_at timestamptz not null default relay.now(),
  primary key (tenant_id, id),
  foreign key (tenant_id) references relay.tenants on delete cascade,
  check ((algorithm = 'hs256') = (secret is not null)),
  check ((secret is null) = (public_key is not null))
);
create unique index signing_keys_kid on relay.signing_keys (tenant_id, kid);
call relay.wall('relay.signing_keys');
