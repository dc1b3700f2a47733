import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RelaySocket, storedOutbox } from '../src/index.js';
import { pauseBefore } from '../src/waiting.js';
import { Choice } from '../src/ways.js';
import { FakeHttp, FakeRelay, FakeTimers, HELLO, Refused, entry, eventStream, problem, said, settled, standing } from './far-end.js';

/** A socket on fakes that has said hello, and what its application saw. */
const open = async (relay, more = {}) => {
  const timers = more.timers ?? new FakeTimers(), seen = [], states = [];
  let tokens = 0;
  const socket = new RelaySocket({ url: 'https://relay.example', token: () => `token-${++tokens}`, device: 'd', WebSocket: relay?.WebSocket ?? null, fetch: new FakeHttp([]).fetch, timers, random: () => 0.5, now: () => timers.now, ...more });
  for (const event of ['message', 'reset', 'room', 'read', 'presence', 'signal', 'notification', 'inbox', 'inbox_reset'])
    if (more.hears?.includes(event) ?? event !== 'notification') socket.on(event, (value) => void seen.push([event, value.seq ?? value.state ?? value.room ?? '']));
  socket.on('state', ({ state, ...rest }) => states.push([state, rest]));
  const errors = [];
  socket.on('error', (fault) => errors.push(fault));
  socket.start();
  await settled();
  return { socket, timers, seen, states, errors, seqs: () => seen.filter(([event]) => event === 'message').map(([, seq]) => seq) };
};

// --- hello, cuts and coming back ---

test('the token stands in the first frame, never in the URL, and positions with it', async () => {
  const relay = new FakeRelay();
  await open(relay, { resume: { rooms: { room_1: { e: 'x', s: 7 } }, inbox: { e: 'i', s: 3 } }, presence: 'list' });
  assert.equal(relay.last.url, 'wss://relay.example/v1/connect');
  const [hello] = relay.last.sent;
  assert.deepEqual([hello.op, hello.v, hello.token, hello.device, hello.presence, hello.resume], ['hello', 1, 'token-1', 'd', 'list', { rooms: { room_1: { e: 'x', s: 7 } }, inbox: { e: 'i', s: 3 } }]);
});

test('after a cut it resumes where it stood, on the next address, with the token that it has', async () => {
  const relay = new FakeRelay({ hello: () => standing() });
  const { timers, seqs } = await open(relay, { url: ['https://a.example', 'https://b.example/'] });
  relay.last.push(said(3), said(4));
  await settled();
  relay.last.cut();
  await timers.pass(250);
  const [, again] = relay.sent('hello');
  assert.deepEqual([again.resume.rooms, again.token], [{ room_1: { e: 'x', s: 4 } }, 'token-1']);
  assert.notEqual(new URL(relay.sockets[0].url).host, new URL(relay.sockets[1].url).host);
  relay.last.push(said(4), said(5));
  await settled();
  assert.deepEqual(seqs(), [3, 4, 5]);
});

test('the pause grows by chance within bounds, and the range of a bye goes first', async () => {
  for (let attempt = 0; attempt < 12; attempt++)
    for (const random of [0, 0.3, 0.999]) {
      const pause = pauseBefore(attempt, () => random);
      assert.ok(pause >= 0 && pause <= Math.min(30_000, 500 * 2 ** attempt));
    }
  const relay = new FakeRelay();
  const { timers, states } = await open(relay);
  relay.last.push({ ev: 'bye', code: 4200, retry_ms: [4_000, 6_000] });
  await settled();
  relay.last.cut(4200);
  await timers.pass(4_999);
  assert.equal(relay.sockets.length, 1);
  await timers.pass(1);
  assert.equal(relay.sockets.length, 2);
  assert.deepEqual(states.find(([state]) => state === 'waiting'), ['waiting', { wait: 5_000 }]);
});

test('a ping is answered, and silence is a cut', async () => {
  const relay = new FakeRelay();
  const { timers } = await open(relay);
  relay.last.push({ ev: 'ping' });
  await settled();
  assert.ok(relay.last.sent.some((f) => f.op === 'pong' && f.id === undefined));
  await timers.pass(36_999);
  assert.equal(relay.sockets.length, 1);
  await timers.pass(300);
  assert.equal(relay.sockets.length, 2);
});

test('who was signed out does not come back; start begins anew', async () => {
  const relay = new FakeRelay();
  const { socket, timers, states, errors } = await open(relay);
  relay.last.cut(4011);
  await timers.pass(120_000);
  assert.equal(relay.sockets.length, 1);
  assert.deepEqual([socket.state, states.at(-1), errors[0].code], ['closed', ['closed', { reason: 'Signed out.' }], 'closed']);
  socket.start();
  await settled();
  assert.equal(socket.state, 'open');
});

test('a refused token is replaced, and not for ever', async () => {
  const relay = new FakeRelay();
  const first = await open(relay);
  relay.last.cut(4010);
  await first.timers.pass(500);
  assert.deepEqual(relay.sent('hello').map((f) => f.token), ['token-1', 'token-2']);

  const strict = new FakeRelay({ hello: (_, socket) => void socket.cut(4009) });
  const second = await open(strict);
  await second.timers.pass(600_000);
  assert.equal(second.socket.state, 'closed');
  assert.equal(new Set(strict.sent('hello').map((f) => f.token)).size, 6);
});

test('a token is refreshed on the open socket before its end, and at once when asked', async () => {
  const relay = new FakeRelay({ refresh: () => ({ exp: new Date(timers.now + 3_600_000).toISOString() }) });
  const timers = new FakeTimers();
  const { socket } = await open(relay, { timers });
  for (let at = 0; at < 2_880_000; at += 20_000) {
    relay.last.push({ ev: 'ping' });
    await timers.pass(20_000);
  }
  assert.deepEqual(relay.sent('refresh').map((f) => f.token), ['token-2']);
  await socket.refresh();
  assert.deepEqual(relay.sent('refresh').map((f) => f.token), ['token-2', 'token-3']);
  assert.equal(relay.sockets.length, 1);
});

test('a token source that fails is asked again', async () => {
  const relay = new FakeRelay();
  let times = 0;
  const { timers, socket, errors } = await open(relay, { token: () => { if (++times === 1) throw new Error('the backend is away'); return 't'; } });
  assert.equal(socket.state, 'waiting');
  await timers.pass(500);
  assert.equal(socket.state, 'open');
  assert.equal(errors[0].message, 'the backend is away');
});

// --- rooms ---

test('each number is handed over once and in its turn; what is missing is asked for', async () => {
  const relay = new FakeRelay({ hello: () => standing(), sync: (f) => ({ e: 'x', head: 6, messages: [said(3), said(4), said(5), said(6)].filter((m) => m.s > f.after).slice(0, 3), more: false }) });
  const { seqs } = await open(relay);
  relay.last.push(said(5), said(6), said(5)); // 3 and 4 are missing
  await settled();
  assert.deepEqual(seqs(), [3, 4, 5, 6]);
  assert.deepEqual(relay.sent('sync').map((f) => f.after), [2, 5]); // 6 had come, and was not on the first page
  relay.last.push({ ev: 'head', r: 'room_1', e: 'x', s: 6 }); // what may be seen has changed: asked for, though that number is here
  await settled();
  assert.deepEqual(relay.sent('sync').map((f) => f.after), [2, 5, 6]);
  assert.equal(relay.sockets.length, 1);
});

test('what comes while a page is under way, and goes beyond it, is asked for as well', async () => {
  let answer;
  const relay = new FakeRelay({ hello: () => standing(), sync: (f) => {
    if (f.after === 5) return { e: 'x', head: 6, messages: [said(6)], more: false };
    answer = () => relay.last.push({ id: f.id, ok: { e: 'x', head: 5, messages: [said(3), said(4), said(5)], more: false } });
  } });
  const { seqs } = await open(relay);
  relay.last.push(said(5));
  await settled();
  relay.last.push(said(6));
  await settled();
  answer();
  await settled();
  assert.deepEqual(seqs(), [3, 4, 5, 6]);
});

test('a gap is paged to the head, patiently', async () => {
  let busy = true;
  const relay = new FakeRelay({
    hello: () => standing({ head: 500, state: 'gap' }),
    sync: ({ after, limit }) => (busy && after === 202 ? ((busy = false), new Refused('rate_limited', { retryable: true, retry_ms: 700 })) : { e: 'x', head: 500, messages: Array.from({ length: Math.min(limit, 500 - after) }, (_, i) => said(after + 1 + i)), more: after + limit < 500 }),
  });
  const { timers, seqs } = await open(relay, { resume: { rooms: { room_1: { e: 'x', s: 2 } } } });
  await timers.pass(700);
  assert.deepEqual(seqs(), Array.from({ length: 498 }, (_, i) => i + 3));
});

test('skips move the position unseen, and ephemeral messages move none', async () => {
  const relay = new FakeRelay({ hello: () => standing() });
  const { socket } = await open(relay);
  const got = [];
  socket.on('message', ({ seq, id }) => void got.push([seq, id]));
  relay.last.push({ ev: 'skip', r: 'room_1', e: 'x', from: 3, to: 9 }, said(undefined, 'now or never'), said(10));
  await settled();
  assert.deepEqual(got, [[null, 'now or never'], [10, 'm10']]);
  assert.deepEqual(socket.positions.rooms, { room_1: { e: 'x', s: 10 } });
});

test('other numbers are told as a reset: by a hello, or in the middle', async () => {
  let hello = standing();
  const relay = new FakeRelay({ hello: () => hello, sync: () => new Refused('epoch_changed'), join: () => ({ e: 'z', head: 7, state: 'current', messages: [], more: false }) });
  const { socket, timers, seen } = await open(relay);
  hello = standing({ e: 'y', head: 1, state: 'reset' });
  relay.last.cut();
  await timers.pass(500);
  assert.deepEqual(socket.positions.rooms, { room_1: { e: 'y', s: 1 } });
  relay.last.push({ ...said(8), e: 'z' });
  await settled();
  assert.deepEqual(socket.positions.rooms, { room_1: { e: 'z', s: 7 } });
  assert.deepEqual(seen.filter(([event]) => event === 'reset'), [['reset', 'room_1'], ['reset', 'room_1']]);
});

test('a room that the hello does not bring is joined, one that is not open is told, and one that was left is heard of no more', async () => {
  const relay = new FakeRelay({ hello: () => standing(), join: (f) => (f.r === 'room_2' ? { e: 'x', head: 4, first: 1, state: 'current', messages: [], more: false } : new Refused('not_found')), leave: () => ({}) });
  const { socket, seen } = await open(relay, { rooms: ['room_2'] });
  await assert.rejects(socket.join('room_3'), { code: 'not_found' });
  relay.last.push({ ...said(5), r: 'room_2' }, { ev: 'room', r: 'room_2', state: 'left' }, { ...said(6), r: 'room_2' });
  await settled();
  socket.leave('room_1');
  relay.last.push(said(3));
  await settled();
  assert.deepEqual(seen, [['room', 'joined'], ['room', 'joined'], ['room', 'denied'], ['message', 5], ['room', 'left']]);
  assert.deepEqual(relay.sent('leave').map((f) => f.r), ['room_1']);
  await socket.join('room_1').catch(() => {});
  assert.deepEqual(relay.sent('join').map((f) => f.r), ['room_2', 'room_3', 'room_1']);
});

test('an application that is slow is waited for: nothing piles up, and nothing is lost', async () => {
  const relay = new FakeRelay({ hello: (f) => (f.resume.rooms.room_1 ? (queueMicrotask(() => { for (let s = f.resume.rooms.room_1.s + 1; s <= 30; s++) relay.last.push(said(s)); }), standing({ head: 30, state: 'replaying' })) : standing({ head: 0 })) });
  let go;
  const slow = new Promise((taken) => { go = taken; }), got = [];
  const { socket } = await open(relay, { buffer: 10, hears: [] });
  socket.on('message', async ({ seq }) => { await slow; got.push(seq); });
  for (let s = 1; s <= 30; s++) relay.last.push(said(s));
  await settled();
  assert.deepEqual([socket.state, got, relay.sockets.length, relay.last.readyState], ['waiting', [], 1, 3]);
  assert.equal(socket.positions.rooms.room_1.s, 0); // nothing was taken yet
  go();
  for (let i = 0; i < 20; i++) await settled();
  assert.deepEqual(got, Array.from({ length: 30 }, (_, i) => i + 1));
  assert.equal(socket.state, 'open');
});

test('what was not handed over when it was closed comes at the next start', async () => {
  const relay = new FakeRelay({ hello: () => standing() });
  const { socket } = await open(relay, { hears: [] });
  let go;
  const got = [], slow = new Promise((taken) => { go = taken; });
  socket.on('message', async ({ seq }) => { got.push(seq); await slow; });
  relay.last.push(said(3), said(4));
  await settled();
  socket.close();
  go();
  await settled();
  assert.deepEqual([got, socket.positions.rooms.room_1.s], [[3], 2]);
  socket.start();
  await settled();
  assert.equal(relay.sent('hello')[1].resume.rooms.room_1.s, 2);
});

test('a handler that fails is told as an error, and the next message comes', async () => {
  const relay = new FakeRelay({ hello: () => standing() });
  const { socket, seqs, errors } = await open(relay);
  socket.on('message', async ({ seq }) => { if (seq === 3) throw new Error('my own fault'); });
  relay.last.push(said(3), said(4));
  await settled();
  assert.deepEqual([seqs(), errors.map((e) => e.message)], [[3, 4], ['my own fault']]);
});

// --- writing ---

test('what was sent into a cut goes out again under its name, and is acknowledged once', async () => {
  const relay = new FakeRelay();
  const { socket, timers } = await open(relay);
  const acknowledged = [];
  socket.send('room_1', { body: { text: 'hi' }, expect_seq: 3 }).then((ok) => acknowledged.push(ok));
  await settled();
  relay.last.cut(); // the relay may have stored it: nobody knows
  await settled();
  assert.equal(socket.unsent.length, 1);
  relay.answers.send = () => ({ e: 'x', s: 1, id: 'msg_1', ts: 't', dup: true });
  await timers.pass(500);
  const [first, second] = relay.sent('send');
  assert.equal(first.cid, second.cid);
  assert.deepEqual([first.r, first.body, first.expect_s], ['room_1', { text: 'hi' }, 3]);
  assert.deepEqual(acknowledged, [{ id: 'msg_1', seq: 1, epoch: 'x', created_at: 't', duplicate: true }]);
  assert.equal(socket.unsent.length, 0);
});

test('what is written without a connection waits for one, keeps its order, and has a bound', async () => {
  const relay = new FakeRelay({ send: () => ({ e: 'x', s: 1, id: 'm', dup: false }) });
  const { socket, timers } = await open(relay, { transport: 'websocket', outboxLimit: 3 });
  relay.opens = () => false;
  relay.last.cut();
  await settled();
  const all = ['a', 'b', 'c'].map((client_id) => socket.send('room_1', { client_id, body: 1 }));
  await assert.rejects(socket.send('room_1', { body: 1 }), { code: 'outbox_full', retryable: true });
  await timers.pass(60_000);
  assert.equal(relay.sent('send').length, 0);
  relay.opens = () => true;
  socket.wake(); // the network is back
  await settled();
  await Promise.all(all);
  assert.deepEqual(relay.sent('send').map((f) => f.cid), ['a', 'b', 'c']);
});

test('a refusal for now is tried again after its time, one for good lets the next go on', async () => {
  let times = 0;
  const relay = new FakeRelay({ send: (f) => (f.cid === 'bad' ? new Refused('validation_failed', { pointer: '/body' }) : ++times === 1 ? new Refused('rate_limited', { retryable: true, retry_ms: 700 }) : { s: 1, dup: false }) });
  const { socket, timers } = await open(relay);
  const [slow, bad, good] = ['slow', 'bad', 'good'].map((client_id) => socket.send('room_1', { client_id, body: 1 }));
  const refused = assert.rejects(bad, { code: 'validation_failed', pointer: '/body' });
  await timers.pass(699);
  assert.equal(relay.sent('send').length, 1);
  await timers.pass(1);
  await Promise.all([slow, refused, good]);
  assert.deepEqual(relay.sent('send').map((f) => f.cid), ['slow', 'slow', 'bad', 'good']);
});

test('what is longer than a frame may be is refused here: the relay would close the connection, each time', async () => {
  const relay = new FakeRelay({ send: () => ({ s: 1, dup: false }) });
  const { socket } = await open(relay);
  await assert.rejects(socket.send('room_1', { body: 'ü'.repeat(70_000) }), { code: 'payload_too_large' });
  await socket.send('room_1', { body: 'short' });
  assert.equal(relay.sent('send').length, 1);
});

test('a cut in the middle of such a rest stops nothing for good', async () => {
  let busy = true;
  const relay = new FakeRelay({ send: () => (busy ? new Refused('rate_limited', { retryable: true, retry_ms: 60_000 }) : { s: 1 }) });
  const { socket, timers } = await open(relay);
  const sent = socket.send('room_1', { body: 1 });
  await settled();
  busy = false;
  relay.last.cut();
  await timers.pass(1_000);
  assert.deepEqual(await sent, { s: 1 });
});

test('what takes something away was done when the second try finds nothing', async () => {
  const relay = new FakeRelay();
  const { socket, timers } = await open(relay);
  const gone = socket.unpin('room_1', 'msg_1');
  await settled();
  relay.answers.unpin = () => new Refused('not_found');
  relay.last.cut();
  await timers.pass(500);
  assert.equal(await gone, undefined);
  await assert.rejects(socket.unpin('room_1', 'msg_2'), { code: 'not_found' }); // the first try does not
});

test('what an earlier page left unsent goes first, and what was sent is kept no longer', async () => {
  const items = new Map(), storage = { get length() { return items.size; }, key: (at) => [...items.keys()][at], getItem: (k) => items.get(k), setItem: (k, v) => void items.set(k, v), removeItem: (k) => void items.delete(k) };
  items.set('other', '!');
  const away = new FakeRelay();
  away.opens = () => false;
  const first = await open(away, { transport: 'websocket', outbox: storedOutbox('chat:ann', storage) });
  first.socket.send('room_1', { client_id: 'a', body: 1 });
  first.socket.send('room_1', { client_id: 'b', body: 2 });
  first.socket.close();

  const relay = new FakeRelay({ send: () => ({ s: 1, dup: false }) });
  const second = await open(relay, { outbox: storedOutbox('chat:ann', storage) });
  await second.socket.send('room_1', { client_id: 'c', body: 3 });
  assert.deepEqual(relay.sent('send').map((f) => [f.cid, f.body]), [['a', 1], ['b', 2], ['c', 3]]);
  assert.deepEqual([...items.keys()], ['other']);
});

test('a read mark only moves on, and is said again after a cut', async () => {
  const relay = new FakeRelay({ hello: () => standing() });
  const { socket, timers } = await open(relay);
  socket.read('room_1', 2);
  socket.read('room_1', 1);
  await settled();
  relay.last.cut();
  await timers.pass(500);
  assert.deepEqual(relay.sent('read').map((f) => f.s), [2, 2]);
});

test('typing is said every few seconds, a status again after a cut, and a signal fails with the connection', async () => {
  const relay = new FakeRelay({ presence: () => ({}) });
  const { socket, timers } = await open(relay);
  socket.setStatus('dnd', 'In a call');
  for (let i = 0; i < 10; i++) socket.typing('room_1');
  const call = assert.rejects(socket.signal({ to: { user: 'bob' }, kind: 'ring' }), { code: 'cut' });
  await settled();
  relay.last.cut();
  await call;
  await timers.pass(3_000);
  socket.typing('room_1');
  assert.equal(relay.sent('signal').filter((f) => f.kind === 'typing').length, 2);
  assert.deepEqual(relay.sent('presence').map((f) => [f.status, f.text]), [['dnd', 'In a call'], ['dnd', 'In a call']]);
});

// --- signals and the inbox ---

test('a signal to the device is told once, and the next hello names it', async () => {
  const relay = new FakeRelay();
  const { timers, seen } = await open(relay);
  const signal = { ev: 'signal', sid: 's1', from: { user: 'bob' }, kind: 'ring', exp: '2026-01-31T12:00:30Z' };
  relay.last.push(signal, signal);
  await settled();
  relay.last.cut();
  await timers.pass(500);
  assert.equal(seen.filter(([event]) => event === 'signal').length, 1);
  assert.deepEqual(relay.sent('hello')[1].resume.signals, ['s1']);
  relay.last.cut();
  await timers.pass(60_000);
  assert.equal(relay.sent('hello').at(-1).resume.signals, undefined);
});

test('a notification is acknowledged when the application has it, and nothing when it does not listen', async () => {
  const waiting = { ...HELLO, inbox: { e: 'i', head: 9, unread: 1, state: 'replaying' } };
  const put = (s, state = 'new') => ({ ev: 'inbox', e: 'i', s, id: `ntf_${s}`, state, ts: 't', notification: { content: { subject: 'Hi' } } });
  const relay = new FakeRelay({ hello: () => waiting, ack: () => ({}), 'inbox.sync': () => ({ e: 'i', head: 9, entries: [put(8, 'read')], more: false }) });
  const { socket, seen } = await open(relay, { hears: ['notification', 'inbox'] });
  relay.last.push(put(6), { ev: 'inbox.state', e: 'i', s: 7, id: 'ntf_6', about: 6, state: 'acked' }, put(9));
  await settled();
  assert.deepEqual(seen, [['notification', 6], ['inbox', 'acked'], ['notification', 8]]);
  assert.deepEqual(relay.sent('ack').map((f) => [f.s, f.e]), [[6, 'i']]);
  assert.deepEqual(socket.positions.inbox, { e: 'i', s: 8 });

  const deaf = new FakeRelay({ hello: () => waiting, ack: () => ({}) });
  await open(deaf);
  deaf.last.push(put(6));
  await settled();
  assert.equal(deaf.sent('ack').length, 0);
});

// --- without WebSocket ---

test('ways give way when they do not open; what was seen to work is tried longer, and is come back to', () => {
  const ways = ['websocket', 'sse', 'poll'], choice = new Choice(ways, 2);
  const missed = (times) => { for (let i = 0; i < times; i++) choice.missed(); return choice.way; };
  assert.deepEqual([choice.way, missed(1), missed(1), missed(2), missed(2)], ['websocket', 'websocket', 'sse', 'poll', 'websocket']);
  choice.opened();
  choice.ended();
  assert.deepEqual([missed(15), missed(1)], ['websocket', 'sse']);
  choice.opened();
  choice.ended();
  assert.equal(choice.way, 'websocket');
});

test('where no WebSocket opens it goes on by a stream from the same positions, writing by REST', async () => {
  const relay = new FakeRelay({ hello: () => standing() });
  const streams = [];
  const http = new FakeHttp(({ path, signal, body }) => {
    if (path === '/v1/connect/events') {
      streams.push(eventStream(signal));
      streams.at(-1).say({ id: 1, ok: body.resume.rooms.room_1 ? standing() : HELLO });
      return streams.at(-1).answer;
    }
    return { id: 'msg_9', seq: 9, epoch: 'x', created_at: 't', duplicate: false };
  });
  const { socket, timers, seqs, states } = await open(relay, { fetch: http.fetch });
  relay.last.push(said(3));
  await settled();
  relay.opens = () => false;
  relay.last.cut();
  await timers.pass(61_000);
  assert.deepEqual(states.filter(([state]) => state === 'open').map(([, { way }]) => way), ['websocket', 'sse']);
  assert.deepEqual(http.asked[0].body.resume.rooms, { room_1: { e: 'x', s: 3 } });
  assert.ok(http.asked[0].body.token && !http.asked[0].headers.Authorization && !http.asked[0].url.includes('token'));

  streams.at(-1).say(said(4), said(5));
  const sent = await socket.send('room_1', { client_id: 'c-1', body: { text: 'hi' } });
  assert.equal(sent.seq, 9);
  const post = http.asked.find(({ path }) => path.endsWith('/messages'));
  assert.deepEqual([post.body, post.headers.Authorization], [{ client_id: 'c-1', body: { text: 'hi' } }, 'Bearer token-1']);
  await assert.rejects(socket.signal({ room: 'room_1', kind: 'typing' }), { code: 'needs_websocket' });
  await settled();
  assert.deepEqual(seqs(), [3, 4, 5]);

  relay.opens = () => true; // it tries again by itself
  await timers.pass(45_000);
  assert.equal(states.filter(([state]) => state === 'open').at(-1)[1].way, 'websocket');
});

test('a stream that brings nothing gives way to polls, each of which names all positions', async () => {
  let polls = 0;
  const http = new FakeHttp(({ path, body, signal }) => {
    if (path === '/v1/connect/events') return eventStream(signal).answer; // a proxy holds it back
    polls++;
    if (polls === 1) return { frames: [{ id: 1, ok: standing() }] };
    if (polls === 2) return { frames: [{ id: 1, ok: standing({ state: 'replaying' }) }, said(3), said(4)] };
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const { timers, seqs } = await open(null, { fetch: http.fetch });
  await timers.pass(12_000);
  const asked = http.asked.filter(({ path }) => path === '/v1/connect/poll').map(({ body }) => [body.wait_s, body.resume.rooms]);
  assert.deepEqual(asked, [[0, {}], [25, { room_1: { e: 'x', s: 2 } }], [25, { room_1: { e: 'x', s: 4 } }]]);
  assert.deepEqual(seqs(), [3, 4]);
});

test('by HTTP a room that the hello lacks is looked up, and a gap is paged by REST before the next hello', async () => {
  let stage = 0;
  const log = (after) => ({ data: [entry(3), { ...entry(4), kind: 'skip', id: null, to: 6 }, entry(7)].filter((e) => e.seq > after), epoch: 'x', head: 7, first: 1, has_more: false });
  const http = new FakeHttp(({ path, url, signal }) => {
    if (path === '/v1/rooms/room_1/messages') return stage++ === 0 ? { data: [], epoch: 'x', head: 2, first: 1, has_more: false } : log(Number(new URL(url).searchParams.get('after_seq')));
    if (path !== '/v1/connect/poll') return problem(404, 'not_found');
    const at = http.asked.at(-1).body.resume.rooms.room_1?.s;
    if (at === undefined) return { frames: [{ id: 1, ok: HELLO }] };
    if (at === 2) return { frames: [{ id: 1, ok: standing({ head: 7, state: 'gap' }) }] };
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const { socket, seqs } = await open(null, { fetch: http.fetch, transport: 'poll', rooms: ['room_1'] });
  for (let i = 0; i < 5; i++) await settled();
  assert.deepEqual(seqs(), [3, 7]);
  assert.deepEqual(socket.positions.rooms, { room_1: { e: 'x', s: 7 } });
});

test('by HTTP a page that cannot be had for now is no error: it comes back, and asks again', async () => {
  let isAway = true;
  const http = new FakeHttp(({ path, body, signal }) => {
    if (path === '/v1/rooms/room_1/messages') return isAway ? new TypeError('fetch failed') : { data: [entry(3)], epoch: 'x', head: 3, first: 1, has_more: false };
    if (body.resume.rooms.room_1.s === 2) return { frames: [{ id: 1, ok: standing({ head: 3, state: 'gap' }) }] };
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const { timers, errors, states, seqs } = await open(null, { fetch: http.fetch, transport: 'poll', resume: { rooms: { room_1: { e: 'x', s: 2 } } } });
  await timers.pass(10_000);
  assert.deepEqual([errors, seqs()], [[], []]);
  assert.ok(states.some(([state]) => state === 'waiting'));
  isAway = false;
  await timers.pass(10_000);
  assert.deepEqual(seqs(), [3]);
});

test('by HTTP an inbox with a gap is to be listed, once', async () => {
  const gap = { ...HELLO, inbox: { e: 'i', head: 5_000, unread: 2_000, state: 'gap' } };
  const http = new FakeHttp(({ body, signal }) => (body.resume.inbox ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) : { frames: [{ id: 1, ok: gap }] }));
  const { seen, socket } = await open(null, { fetch: http.fetch, transport: 'poll', hears: ['inbox_reset'] });
  assert.deepEqual([seen, http.asked.length, http.asked[1].body.resume.inbox, socket.positions.inbox], [[['inbox_reset', '']], 2, { e: 'i', s: 5_000 }, { e: 'i', s: 5_000 }]);
});

test('a refusal by HTTP means what its close code means', async () => {
  const suspended = await open(null, { fetch: new FakeHttp([problem(403, 'tenant_suspended')]).fetch, transport: 'sse' });
  assert.equal(suspended.socket.state, 'closed');
  const full = new FakeHttp(() => problem(503, 'unavailable', {}, { 'retry-after': '5' }));
  const waiting = await open(null, { fetch: full.fetch, transport: 'sse' });
  assert.deepEqual(waiting.states.at(-1), ['waiting', { wait: 6_750 }]); // between the time and half of it more, and a second
  let tokens = 0;
  const refused = new FakeHttp(({ body, signal }) => (body.token === 't1' ? problem(401, 'unauthorized') : eventStream(signal).answer));
  const renewed = await open(null, { fetch: refused.fetch, transport: 'sse', token: () => `t${++tokens}` });
  await renewed.timers.pass(500);
  assert.deepEqual(refused.asked.map(({ body }) => body.token), ['t1', 't2']);
});

test('without any WebSocket to open, that way is not offered', () => {
  assert.throws(() => new RelaySocket({ url: 'https://relay.example', token: () => 't', transport: 'websocket', WebSocket: null }), TypeError);
});
