-- What the engine's role may know of the schema's version.
create function relay.migrations_known() returns table (number int) language sql stable security definer set search_path = relay, pg_temp
  as 'select m.number from relay.migrations m';
revoke execute on function relay.migrations_known from public;
grant execute on function relay.migrations_known to :engine;
