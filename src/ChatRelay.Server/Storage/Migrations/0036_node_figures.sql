-- What each node did in the last seconds, for the console's charts and alerts. Small rows, kept for a day.
create table relay.node_figures (
  incarnation uuid not null,
  at timestamptz not null default relay.now(),
  seconds float8 not null,
  accepted bigint not null,
  attempts bigint not null,
  failed bigint not null,
  first_attempts bigint not null,
  first_attempt_p95_s float8,        -- null: there was none
  messages bigint not null,
  in_flight int not null,
  breakers_open int not null,
  sockets int not null,
  rooms int not null,
  due bigint,                        -- of all nodes; null where it is not counted
  oldest_due_s float8,
  primary key (incarnation, at)
);
create index node_figures_at on relay.node_figures (at);
grant select, insert, delete on relay.node_figures to :engine;
