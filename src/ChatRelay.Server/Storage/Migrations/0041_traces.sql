-- The span of the request that asked for it, as `traceparent`, where that request is traced (docs/decisions/0041): its attempts stand below it, whoever makes them.
alter table relay.notifications add column trace text;
alter table relay.events add column trace text;
