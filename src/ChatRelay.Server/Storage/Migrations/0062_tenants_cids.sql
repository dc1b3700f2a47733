-- A tenant's own client id names one message too: nulls are distinct in entries_cid, so the entries that have no sender have an index of their own.
-- What was said twice under one id keeps it on the first.
update relay.entries e set cid = null
where e.sender is null and e.cid is not null
  and exists (select from relay.entries f where f.tenant_id = e.tenant_id and f.room_id = e.room_id and f.sender is null and f.cid = e.cid and f.seq < e.seq);
create unique index entries_own_cid on relay.entries (tenant_id, room_id, cid) where sender is null and cid is not null;
