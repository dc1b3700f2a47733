-- Accounts that will not take this very mail, by a limit of their own: it goes on to others, and comes back to none of these.
alter table relay.queue add column refused uuid[] not null default '{}';
