-- A replica that is promoted may lack the last commits of its primary, and will give their numbers again. Its timeline is another one: whoever opens a connection
-- asks where the database stands, and the first to find it elsewhere than before raises the generation, before any number is given (docs/decisions/0053).
-- The time makes the generation higher than that of any other copy: two replicas may be promoted to the same timeline, one after the other.
create function relay.stand() returns text language plpgsql security definer set search_path = pg_catalog, relay as $$
declare
  now_is bigint := ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint;
begin
  update installation set timeline = now_is,
    generation = case when timeline is null then generation else greatest(generation + 1, extract(epoch from relay.now())::bigint) end
  where timeline is distinct from now_is;
  return (select generation || '.' || timeline from installation);
end $$;
revoke execute on function relay.stand() from public;
grant execute on function relay.stand() to :engine, :request;
