-- A plain delivery goes from queued to sent. That move touches no index any more: indexes know only the statuses that are rarer,
-- and a page keeps room for the second version of its rows (docs/decisions/0020).

alter table relay.deliveries
  add column rare_status text generated always as (nullif(nullif(status, 'queued'), 'sent')) stored,
  add column rare_notification_status text generated always as (nullif(nullif(notification_status, 'queued'), 'sent')) stored;
drop index relay.deliveries_status;
drop index relay.deliveries_notification_status;
create index deliveries_rare on relay.deliveries (tenant_id, rare_status, id) where rare_status is not null;
create index deliveries_plain on relay.deliveries (tenant_id, id) where rare_status is null;
create index deliveries_rare_notification on relay.deliveries (tenant_id, rare_notification_status, notification_id) where rare_notification_status is not null;
create index deliveries_plain_notification on relay.deliveries (tenant_id, notification_id) where notification_status is not null and rare_notification_status is null;

-- What is under way is found by who claimed it: there are never more than the nodes have places for. What is queued is found in the queue.
drop index relay.queue_sending;
create index queue_notification on relay.queue (tenant_id, notification_id);

create or replace procedure relay.make_partitions(first_day date, last_day date) language plpgsql as $$
declare
  parent text; class int; day date; by_class text; child text;
begin
  foreach parent in array array['notifications', 'contents', 'deliveries', 'attempts', 'sandbox_emails'] loop
    foreach class in array array[7, 30, 90, 365] loop
      by_class := format('%s_c%s', parent, class);
      if to_regclass('relay.' || by_class) is null then
        execute format('create table relay.%I partition of relay.%I for values in (%s) partition by range (%I)',
          by_class, parent, class, case parent when 'attempts' then 'delivery_id' else 'id' end);
        call relay.wall(format('relay.%I', by_class)::regclass);
      end if;
      for day in select d::date from generate_series(first_day, last_day, interval '1 day') d loop
        child := format('%s_%s', by_class, to_char(day, 'YYYYMMDD'));
        continue when to_regclass('relay.' || child) is not null;
        -- Made beside the parent and then attached: attaching does not stop those who read and write it.
        execute format('create table relay.%I (like relay.%I including all)', child, by_class);
        execute format('alter table relay.%I set (autovacuum_vacuum_scale_factor = 0.1, fillfactor = %s)', child, case parent when 'deliveries' then 50 else 100 end);
        call relay.wall(format('relay.%I', child)::regclass);
        execute format('alter table relay.%I attach partition relay.%I for values from (%L) to (%L)',
          by_class, child, relay.first_id(day), relay.first_id(day + 1));
      end loop;
    end loop;
  end loop;
end $$;

do $$
declare child text;
begin
  for child in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
               where p.relname like 'deliveries\_c%' and c.relnamespace = 'relay'::regnamespace loop
    execute format('alter table relay.%I set (fillfactor = 50)', child);
  end loop;
end $$;
