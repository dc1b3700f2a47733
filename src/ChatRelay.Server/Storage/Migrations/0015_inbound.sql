-- What providers tell of the mail that they took.

-- The token in an account's inbound URL, as a hash. A rolled one works until it expires.
create table relay.inbound_tokens (
  tenant_id uuid not null,
  id uuid not null,
  provider_id uuid not null,
  hash bytea not null check (octet_length(hash) = 32),
  created_at timestamptz not null default relay.now(),
  expires_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, provider_id) references relay.providers on delete cascade
);
create unique index inbound_tokens_id on relay.inbound_tokens (id);
create index inbound_tokens_provider on relay.inbound_tokens (tenant_id, provider_id);
call relay.wall('relay.inbound_tokens');

-- Before the tenant is known: the tenant and the hash, and nothing else.
create function relay.find_inbound_token(token uuid, out tenant_id uuid, out hash bytea) language sql stable security definer set search_path = relay, pg_temp
  as 'select t.tenant_id, t.hash from relay.inbound_tokens t where t.id = token';
revoke execute on function relay.find_inbound_token from public;
grant execute on function relay.find_inbound_token to :request;

-- Since when an account's events come in; null: they do not.
alter table relay.providers add column inbound_since timestamptz;

-- What was told once: remembered for longer than a signed time is believed, so that nothing has its effect twice.
create table relay.inbound_seen (
  tenant_id uuid not null,
  id uuid not null,                  -- a hash of the account and of what the provider calls the event
  seen_at timestamptz not null default relay.now(),
  primary key (tenant_id, id)
);
create index inbound_seen_at on relay.inbound_seen (seen_at);
call relay.wall('relay.inbound_seen');

-- Told, committed, and still to be worked in. Small: a row stands here for moments.
create table relay.mail_reports (
  tenant_id uuid not null,
  id uuid not null,
  delivery_id uuid not null,
  provider_id uuid not null,
  event text not null check (event in ('delivered', 'bounced', 'complained', 'opened', 'clicked', 'unsubscribed')),
  hard boolean not null default false,   -- a bounce for want of a mailbox or domain, not of goodwill
  email text,                        -- the recipient that it is about
  at timestamptz,
  detail text,
  tries int not null default 0,
  due_at timestamptz not null default relay.now(),
  primary key (tenant_id, id)
) with (fillfactor = 70);
create index mail_reports_due on relay.mail_reports (due_at);
call relay.wall('relay.mail_reports');

-- The story of a mail after it was sent: append-only, beside its delivery.
create table relay.mail_events (
  tenant_id uuid not null,
  delivery_id uuid not null,
  class smallint not null,
  id uuid not null,
  event text not null check (event in ('delivered', 'bounced', 'complained', 'opened', 'clicked', 'unsubscribed')),
  hard boolean not null,
  copy boolean not null,             -- about somebody in cc or bcc
  detail text,
  at timestamptz not null,
  primary key (tenant_id, delivery_id, id, class)
) partition by list (class);
call relay.wall('relay.mail_events');

create or replace procedure relay.make_partitions(first_day date, last_day date) language plpgsql as $$
declare
  parent text; class int; day date; by_class text; child text;
begin
  foreach parent in array array['notifications', 'contents', 'deliveries', 'attempts', 'mail_events', 'sandbox_emails'] loop
    foreach class in array array[7, 30, 90, 365] loop
      by_class := format('%s_c%s', parent, class);
      if to_regclass('relay.' || by_class) is null then
        execute format('create table relay.%I partition of relay.%I for values in (%s) partition by range (%I)',
          by_class, parent, class, case when parent in ('attempts', 'mail_events') then 'delivery_id' else 'id' end);
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

-- Mail of days that stand already is told of too.
do $$
declare day date;
begin
  for day in select distinct to_date(right(c.relname, 8), 'YYYYMMDD') from pg_class c
      where c.relnamespace = 'relay'::regnamespace and c.relname ~ '^deliveries_c\d+_\d{8}$' loop
    call relay.make_partitions(day, day);
  end loop;
end $$;
-- sandbox_stories: the simulator's reports stand in mail_reports now. It goes with a contracting migration.
