-- What is sealed, and the keys that seal it. Keys of the ring stand outside the database.

-- Every sealed column has this type: `keys rotate` finds them by it. Format 1, data key's version (4 bytes), nonce, tag, ciphertext.
create domain relay.sealed as bytea
  constraint sealed_form check (octet_length(value) >= 33 and get_byte(value, 0) = 1);

-- Which ring, which of its keys wraps new data keys, and a box that only the right key opens. Made before the
-- first migration, together with the ring (KeyRingGate has the same text).
create table if not exists relay.key_ring (
  only_one boolean primary key default true check (only_one),
  fingerprint text not null,
  ring_key int not null,
  proof bytea not null,
  rotating boolean not null default false
);
grant select, update on relay.key_ring to :engine;

-- A tenant's data keys, wrapped. Values name the version that sealed them; the highest seals new ones. Zeros: the installation's.
create table relay.tenant_data_keys (
  tenant_id uuid not null,
  version int not null check (version > 0),
  ring_key int not null,
  wrapped bytea not null check (octet_length(wrapped) = 60),
  made_at timestamptz not null default relay.now(),
  primary key (tenant_id, version)
);
call relay.wall('relay.tenant_data_keys');
revoke all on relay.tenant_data_keys from :request; -- a request asks the Sealer, which uses the engine's door
