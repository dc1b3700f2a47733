-- Links by which a tenant's customer sees its own endpoints. The token stands in the link only; here is its hash.
create table relay.portal_links (
  tenant_id uuid not null,
  id uuid not null,
  account text not null,
  hash bytea not null check (octet_length(hash) = 32),
  created_by text not null,
  created_at timestamptz not null default relay.now(),
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id) references relay.tenants on delete cascade
);
create unique index portal_links_id on relay.portal_links (id);
create index portal_links_expiry on relay.portal_links (expires_at);
call relay.wall('relay.portal_links');

-- Before the tenant is known: the tenant, the account and the hash of a link that still holds.
create function relay.find_portal_link(link uuid, out tenant_id uuid, out account text, out hash bytea) language sql stable security definer set search_path = relay, pg_temp
  as 'select l.tenant_id, l.account, l.hash from relay.portal_links l where l.id = link and l.expires_at > relay.now()';
revoke execute on function relay.find_portal_link from public;
grant execute on function relay.find_portal_link to :request;
