-- What search finds: a message's words as it reads now, and as one word more its room, so that the index leads to that room's messages alone. Filled by upkeep
-- along the event log, a few seconds late; gone with the message in its own commit. There is no other index on purpose: none that a search could walk instead.
create table relay.room_words (
  tenant_id uuid not null,
  message_id uuid not null,
  room_id uuid not null,
  seq bigint not null,
  sender text collate "C",
  type text,
  created_at timestamptz not null,
  expires_at timestamptz,
  words tsvector not null,
  primary key (tenant_id, message_id)
);
create index room_words_words on relay.room_words using gin (words);
call relay.wall('relay.room_words');

-- How far each tenant's event log was gone through.
create table relay.word_feeds (
  tenant_id uuid primary key,
  generation bigint not null default 0,
  xid xid8 not null default '0',
  event_id uuid not null default '00000000-0000-0000-0000-000000000000'
) with (fillfactor = 70);
call relay.wall('relay.word_feeds');

-- No word has a space in it but this one.
create function relay.room_word(room uuid) returns text language sql immutable as $$ select 'room ' || room $$;

-- The newest first. Behind forced row-level security the index would not be used (`@@` is not leakproof): so it is asked here, and the tenant is named.
create function relay.search_messages(tenant uuid, room uuid, asked text, seen_after bigint, before bigint, by_sender text, of_type text, since timestamptz, until timestamptz, most int)
  returns table (message_id uuid) language sql stable security definer set search_path = relay, pg_temp set enable_seqscan = off set enable_indexscan = off as $$
  with found as materialized (
    select w.tenant_id, w.message_id, w.room_id, w.seq, w.sender, w.type, w.created_at, w.expires_at from room_words w
    where w.words @@ (websearch_to_tsquery('simple', $3) && ('''' || room_word($2) || '''')::tsquery) and numnode(websearch_to_tsquery('simple', $3)) > 0
  )
  select w.message_id from found w
  where w.tenant_id = $1 and w.room_id = $2 and w.seq > $4 and w.seq < $5 and ($6 is null or w.sender = $6) and ($7 is null or w.type = $7)
    and ($8 is null or w.created_at >= $8) and ($9 is null or w.created_at < $9) and (w.expires_at is null or w.expires_at > relay.now())
  order by w.seq desc limit $10
$$;
revoke execute on function relay.search_messages from public;
grant execute on function relay.search_messages to :request, :engine;
