-- Which deliveries ended their last attempt how: only those that did not go well are in it. A plain delivery's move touches no index, so it
-- asks for a column that stays empty for them, as with the statuses (0012). The column is computed for what there is: the tables are written anew once.
alter table relay.deliveries add column rare_outcome text generated always as (nullif(last_outcome, 'ok')) stored;
create index deliveries_rare_outcome on relay.deliveries (tenant_id, rare_outcome, id) where rare_outcome is not null;
