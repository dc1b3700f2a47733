import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Relay, RelayError } from '../src/index.js';
import { operations } from '../src/operations.js';
import { FakeHttp, FakeTimers, problem, settled } from './far-end.js';

const on = (answer, more = {}) => {
  const http = new FakeHttp(answer), timers = new FakeTimers();
  return { http, timers, relay: new Relay({ url: 'https://relay.example/', key: 'cr_live_1', fetch: http.fetch, timers, random: () => 0.5, now: () => timers.now, ...more }) };
};
const network = () => new TypeError('fetch failed');

test('there is one method for each operation, under its name', () => {
  const { relay } = on([]);
  for (const name of Object.keys(operations)) {
    const method = name.split('.').reduce((place, word) => place[word.replace(/_(.)/g, (_, letter) => letter.toUpperCase())], relay);
    assert.equal(typeof method, 'function', name);
  }
  assert.equal(typeof relay.users.inbox.readAll, 'function');
});

test('a call is its path, its query, its body and its key, and the answer is what came', async () => {
  const { http, relay } = on([{ id: 'ntf_1' }, { user: 'a b' }, { data: [] }, new Response(null, { status: 204 })]);
  assert.deepEqual(await relay.notifications.send({ to: { user: 'u_1' }, route: [{ channel: 'websocket' }], content: { subject: 'Hi' } }), { id: 'ntf_1' });
  await relay.rooms.members.put('ext:general', 'a/b', { role: 'admin' });
  await relay.notifications.list({ status: 'failed', created_after: new Date(0), limit: undefined });
  assert.equal(await relay.rooms.delete('room_1'), undefined);
  assert.deepEqual(http.asked.map(({ method, url }) => `${method} ${url}`), [
    'POST https://relay.example/v1/notifications', 'PUT https://relay.example/v1/rooms/ext%3Ageneral/members/a%2Fb',
    'GET https://relay.example/v1/notifications?status=failed&created_after=1970-01-01T00%3A00%3A00.000Z', 'DELETE https://relay.example/v1/rooms/room_1',
  ]);
  assert.ok(http.asked.every(({ headers, url }) => headers.Authorization === 'Bearer cr_live_1' && !url.includes('cr_live_1')));
  assert.deepEqual(http.asked[1].body, { role: 'admin' });
  await assert.rejects(async () => relay.rooms.get('..'), TypeError); // would be another path
});

test('a POST is sent again under the same key until it is answered, and after Retry-After', async () => {
  const { http, timers, relay } = on([network(), problem(503, 'unavailable', {}, { 'retry-after': '7' }), new Response('<html>', { status: 502 }), { id: 'ntf_1' }]);
  const sent = relay.notifications.send({ to: { user: 'u' }, route: [], content: {} });
  await timers.pass(250);
  assert.equal(http.asked.length, 2);
  await timers.pass(6_999);
  assert.equal(http.asked.length, 2);
  await timers.pass(1);
  assert.equal(http.asked.length, 3);
  await timers.pass(1_000);
  assert.deepEqual(await sent, { id: 'ntf_1' });
  assert.equal(new Set(http.asked.map(({ headers }) => headers['Idempotency-Key'])).size, 1);
  assert.ok(http.asked[0].headers['Idempotency-Key'].length >= 32);
});

test('what may have been done and has no key is not sent twice; what was not taken is', async () => {
  const first = on([network()]);
  await assert.rejects(first.relay.notifications.reschedule('ntf_1', { send_at: '2027-01-01T00:00:00Z' }), { code: 'network', retryable: true });
  assert.equal(first.http.asked.length, 1);
  const second = on([problem(429, 'rate_limited', {}, { 'retry-after': '1' }), { id: 'ntf_1' }]);
  const done = second.relay.notifications.reschedule('ntf_1', { send_at: '2027-01-01T00:00:00Z' });
  await second.timers.pass(1_000);
  assert.deepEqual(await done, { id: 'ntf_1' });
});

test('a refusal is a typed error with every fault and the number that finds it in the log', async () => {
  const faults = [{ pointer: '/to', code: 'required', detail: 'Is missing.' }];
  const { http, relay } = on([problem(422, 'validation_failed', { errors: faults })]);
  await assert.rejects(relay.notifications.send({}), (fault) => {
    assert.ok(fault instanceof RelayError);
    assert.deepEqual([fault.code, fault.status, fault.requestId, fault.retryable, fault.faults], ['validation_failed', 422, 'req_1', false, faults]);
    return true;
  });
  assert.equal(http.asked.length, 1);
});

test('a wait beyond the limit is an error that says how long', async () => {
  const { relay } = on([problem(429, 'quota_exceeded', {}, { 'retry-after': '3600' })]);
  await assert.rejects(relay.tenant.get(), { code: 'quota_exceeded', retryAfterMs: 3_600_000 });
});

test('a list is one page when awaited, and all pages in a loop, each asked for when its turn comes', async () => {
  const { http, relay } = on([
    { data: [1, 2], has_more: true, next_cursor: 'c1' }, { data: [1, 2], has_more: true, next_cursor: 'c1' }, { data: [3], has_more: false, next_cursor: null },
    { data: [{ seq: 1, to: 5 }, { seq: 6, to: null }], has_more: true }, { data: [{ seq: 7, to: null }], has_more: false },
  ]);
  assert.equal((await relay.rooms.list({ limit: 2 })).next_cursor, 'c1');
  const all = [];
  for await (const room of relay.rooms.list({ limit: 2 })) all.push(room);
  assert.deepEqual(all, [1, 2, 3]);
  const entries = [];
  for await (const one of relay.messages.list('room_1')) entries.push(one.seq);
  assert.deepEqual(entries, [1, 6, 7]);
  assert.deepEqual(http.asked.map(({ url }) => new URL(url).search), ['?limit=2', '?limit=2', '?limit=2&after=c1', '?after_seq=0', '?after_seq=6']);
});

test('a token that ran out is asked for anew, once', async () => {
  const asked = [];
  const { http, relay } = on([problem(401, 'unauthorized'), { ok: 1 }, problem(401, 'unauthorized'), problem(401, 'unauthorized')], { key: async (refused) => { asked.push(refused); return refused ? 'new' : 'old'; } });
  assert.deepEqual(await relay.users.get('ann'), { ok: 1 });
  assert.deepEqual(http.asked.map(({ headers }) => headers.Authorization), ['Bearer old', 'Bearer new']);
  await assert.rejects(relay.users.get('ann'), { code: 'unauthorized' });
  assert.equal(http.asked.length, 4);
});

test('a call ends when its signal says so: on its way and while it waits', async () => {
  const never = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const first = on(never), stop = new AbortController();
  const asked = first.relay.tenant.get({ signal: stop.signal });
  await settled();
  stop.abort(new Error('enough'));
  await assert.rejects(asked, { message: 'enough' });

  const second = on(() => problem(503, 'unavailable', {}, { 'retry-after': '30' })), enough = new AbortController();
  const waiting = second.relay.tenant.get({ signal: enough.signal });
  await settled();
  enough.abort(new Error('enough'));
  await assert.rejects(waiting, { message: 'enough' });
});

test('a try without an answer ends in time, and a read is tried again', async () => {
  let tries = 0;
  const { timers, relay } = on(({ signal }) => (++tries === 1 ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))) : { ok: 1 }));
  const asked = relay.tenant.get();
  await timers.pass(30_250);
  assert.deepEqual(await asked, { ok: 1 });
});
