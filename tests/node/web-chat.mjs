// Tests of samples/web-chat's modules: sockets, timers and chance are this file's own. Run by Node's test runner; the C# tests read how it ended.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api, Refusal } from '../../samples/web-chat/api.js';
import { Client } from '../../samples/web-chat/client.js';
import { Vault, fromBase64, toBase64 } from '../../samples/web-chat/crypto.js';
import { Connection, pauseBefore } from '../../samples/web-chat/socket.js';
import { Inbox, Room } from '../../samples/web-chat/store.js';

// --- the far end, and time ---

class FakeTimers {
  now = 0; #all = new Map(); #next = 1;
  setTimeout(what, ms) { this.#all.set(this.#next, { at: this.now + ms, what }); return this.#next++; }
  clearTimeout(id) { this.#all.delete(id); }
  async pass(ms) {
    const end = this.now + ms;
    await settled();
    for (;;) {
      const due = [...this.#all].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#all.delete(due[0]);
      this.now = due[1].at;
      due[1].what();
      await settled();
    }
    this.now = end;
  }
}

/** What stands on the other side of each socket: it keeps what was sent, and answers as it is told. */
class FakeRelay {
  sockets = []; refuses = false;
  constructor(answers = {}) { this.answers = { hello: () => HELLO, ...answers }; }
  open = (url) => {
    const relay = this;
    const socket = {
      url, readyState: 0, sent: [],
      send(text) {
        const frame = JSON.parse(text);
        this.sent.push(frame);
        const answer = relay.answers[frame.op]?.(frame);
        if (answer instanceof Refusal) this.push({ id: frame.id, error: { code: answer.code, detail: answer.message, retryable: answer.retryable, retry_ms: answer.retryMs } });
        else if (answer) this.push({ id: frame.id, ok: answer });
      },
      push(frame) { queueMicrotask(() => this.readyState === 1 && this.onmessage({ data: JSON.stringify(frame) })); },
      close() { this.cut(1000); },
      cut(code = 1006) {
        if (this.readyState === 3) return;
        this.readyState = 3;
        queueMicrotask(() => this.onclose({ code }));
      },
    };
    this.sockets.push(socket);
    queueMicrotask(() => {
      if (this.refuses) return socket.cut();
      socket.readyState = 1;
      socket.onopen();
    });
    return socket;
  };
  get last() { return this.sockets.at(-1); }
  sent(op) { return this.sockets.flatMap((s) => s.sent).filter((f) => f.op === op); }
}

const HELLO = { user: 'ann', time: '2026-01-31T12:00:00Z', exp: '2026-01-31T13:00:00Z', ping_ms: 25_000, pong_ms: 8_000, rooms: {}, blocked: [], inbox: { e: 'i', head: 0, unread: 0, state: 'current' } };
const settled = async () => { for (let i = 0; i < 30; i++) await new Promise((go) => setImmediate(go)); };

const connect = async (relay, { positions = () => ({ rooms: {} }) } = {}) => {
  const timers = new FakeTimers(), heard = { states: [], hellos: [], frames: [] };
  let tokens = 0;
  const connection = new Connection({
    url: 'ws://relay/v1/connect', token: async () => `token-${++tokens}`, device: 'd', positions, open: relay.open, timers, random: () => 0.5,
    on: { state: (s, d) => heard.states.push([s, d]), hello: (ok) => heard.hellos.push(ok), frame: (f) => heard.frames.push(f) },
  });
  connection.start();
  await settled();
  return { connection, timers, heard };
};

// --- the socket ---

test('the token stands in the first frame, never in the URL, and positions with it', async () => {
  const relay = new FakeRelay();
  await connect(relay, { positions: () => ({ rooms: { room_1: { e: 'x', s: 7 } } }) });
  assert.equal(relay.last.url, 'ws://relay/v1/connect');
  const [hello] = relay.last.sent;
  assert.deepEqual([hello.op, hello.token, hello.resume], ['hello', 'token-1', { rooms: { room_1: { e: 'x', s: 7 } } }]);
});

test('what was sent into a cut goes out again under its cid, and is acknowledged once', async () => {
  const relay = new FakeRelay();
  const { connection, timers } = await connect(relay);
  const acknowledged = [];
  connection.write('send', { r: 'room_1', cid: 'c-1', body: { text: 'hi' } }).then((ok) => acknowledged.push(ok));
  await settled();
  relay.last.cut(); // the relay may have stored it: nobody knows
  await settled();
  assert.equal(connection.waiting.length, 1);
  relay.answers.send = () => ({ e: 'x', s: 1, id: 'msg_1', dup: true });
  await timers.pass(500);
  assert.deepEqual(relay.sent('send').map((f) => f.cid), ['c-1', 'c-1']);
  assert.equal(acknowledged.length, 1);
  assert.equal(connection.waiting.length, 0);
});

test('what is written without a connection waits for one, and keeps its order', async () => {
  const relay = new FakeRelay({ send: (f) => ({ e: 'x', s: 1, id: f.cid, dup: false }) });
  const { connection, timers } = await connect(relay);
  relay.refuses = true;
  relay.last.cut();
  await settled();
  const all = ['a', 'b', 'c'].map((cid) => connection.write('send', { r: 'room_1', cid }));
  await timers.pass(60_000);
  assert.equal(relay.sent('send').length, 0);
  relay.refuses = false;
  connection.wake(); // the network is back
  await settled();
  await Promise.all(all);
  assert.deepEqual(relay.sent('send').map((f) => f.cid), ['a', 'b', 'c']);
});

test('a refusal for now is tried again after its time, one for good lets the next go on', async () => {
  let times = 0;
  const relay = new FakeRelay({ send: (f) => (f.cid === 'bad' ? new Refusal({ code: 'validation_failed', detail: 'no' }) : ++times === 1 ? new Refusal({ code: 'rate_limited', retryable: true, retry_ms: 700 }) : { s: 1 }) });
  const { connection, timers } = await connect(relay);
  const first = connection.write('send', { cid: 'slow' }), second = connection.write('send', { cid: 'bad' }), third = connection.write('send', { cid: 'good' });
  const refused = assert.rejects(second, { code: 'validation_failed' });
  await timers.pass(699);
  assert.equal(relay.sent('send').length, 1);
  await timers.pass(1);
  await Promise.all([first, refused, third]);
  assert.deepEqual(relay.sent('send').map((f) => f.cid), ['slow', 'slow', 'bad', 'good']);
});

test('a cut in the middle of such a rest stops nothing for good', async () => {
  let busy = true;
  const relay = new FakeRelay({ send: () => (busy ? new Refusal({ code: 'rate_limited', retryable: true, retry_ms: 60_000 }) : { s: 1 }) });
  const { connection, timers } = await connect(relay);
  const sent = connection.write('send', { cid: 'a' });
  await settled();
  busy = false;
  relay.last.cut();
  await timers.pass(1_000);
  assert.deepEqual(await sent, { s: 1 });
});

test('a ping is answered, and silence is a cut', async () => {
  const relay = new FakeRelay();
  const { timers, heard } = await connect(relay);
  relay.last.push({ ev: 'ping' });
  await settled();
  assert.ok(relay.last.sent.some((f) => f.op === 'pong' && f.id === undefined));
  await timers.pass(36_999);
  assert.equal(relay.sockets.length, 1);
  await timers.pass(1_500); // nothing came for ping, pong and some slack
  assert.equal(relay.sockets.length, 2);
  assert.equal(heard.hellos.length, 2);
});

test('what was asked fails with the cut, and pushed frames reach the page', async () => {
  const relay = new FakeRelay();
  const { connection, heard } = await connect(relay);
  relay.last.push({ ev: 'msg', s: 1 });
  const asked = assert.rejects(connection.ask('history', { r: 'room_1' }), { code: 'cut' });
  await settled();
  relay.last.cut();
  await asked;
  assert.deepEqual(heard.frames, [{ ev: 'msg', s: 1 }]);
  await assert.rejects(connection.ask('history'), { code: 'cut' });
});

test('the pause grows by chance within bounds, and the hint of a bye goes first', async () => {
  for (let attempt = 0; attempt < 12; attempt++)
    for (const random of [0, 0.3, 0.999]) {
      const pause = pauseBefore(attempt, undefined, () => random);
      assert.ok(pause >= 0 && pause <= Math.min(30_000, 500 * 2 ** attempt));
    }
  assert.equal(pauseBefore(0, undefined, () => 0.5), 250);
  assert.equal(pauseBefore(9, [1_000, 3_000], () => 0.5), 2_000);

  const relay = new FakeRelay();
  const { timers, heard } = await connect(relay);
  relay.last.push({ ev: 'bye', code: 4200, retry_ms: [4_000, 6_000] });
  await settled();
  relay.last.cut(4200);
  await timers.pass(4_999);
  assert.equal(relay.sockets.length, 1);
  await timers.pass(1);
  assert.equal(relay.sockets.length, 2);
  assert.ok(heard.states.some(([state, pause]) => state === 'waiting' && pause === 5_000));
});

test('who was signed out does not come back, and an expired token is replaced', async () => {
  const relay = new FakeRelay();
  const first = await connect(relay);
  relay.last.cut(4011);
  await first.timers.pass(120_000);
  assert.equal(relay.sockets.length, 1);
  assert.equal(first.heard.states.at(-1)[0], 'ended');

  const other = new FakeRelay();
  const second = await connect(other);
  other.last.cut(4010);
  await second.timers.pass(500);
  assert.deepEqual(other.sent('hello').map((f) => f.token), ['token-1', 'token-2']);
});

test('a token is refreshed on the open socket before its end', async () => {
  const relay = new FakeRelay({ refresh: () => ({ exp: new Date(Date.now() + 3_600_000).toISOString() }) });
  const { timers } = await connect(relay);
  for (let at = 0; at < 2_880_000; at += 20_000) {
    relay.last.push({ ev: 'ping' });
    await timers.pass(20_000);
  }
  assert.deepEqual(relay.sent('refresh').map((f) => f.token), ['token-2']);
  assert.equal(relay.sockets.length, 1);
});

// --- what is known ---

const said = (s, id, more = {}) => ({ ev: 'msg', r: 'room_1', e: 'x', s, id, from: { user: 'bob' }, kind: 'message', type: 'text', ts: `2026-01-31T12:00:${String(s).padStart(2, '0')}Z`, body: { text: id }, ...more });
const about = (s, kind, ref, more = {}) => ({ ...said(s, `msg_e${s}`), kind, ref, type: undefined, body: undefined, ...more });
const roomAt = (s) => { const room = new Room('room_1', 'ann'); room.begin('x', s); return room; };

test('a position moves by the next number only: what was had is known, what lacks something is behind', () => {
  const room = roomAt(3);
  assert.equal(room.take(said(4, 'msg_4')), 'applied');
  assert.equal(room.take(said(4, 'msg_4')), 'known');
  assert.equal(room.take(said(6, 'msg_6')), 'behind');
  assert.deepEqual(room.position, { e: 'x', s: 4 });
  assert.equal(room.take({ ev: 'skip', e: 'x', from: 3, to: 5 }), 'applied');
  assert.equal(room.take(said(6, 'msg_6')), 'applied');
  assert.equal(room.take({ ...said(7, 'msg_7'), e: 'y' }), 'behind'); // other numbers
  assert.equal(room.take(said(undefined, 'msg_p')), 'applied'); // ephemeral: no number, no position
  assert.deepEqual(room.position, { e: 'x', s: 6 });
  assert.deepEqual(room.shown.map((m) => m.id), ['msg_4', 'msg_6']);
});

test('entries come to the same in whatever order they are folded', () => {
  const log = [said(1, 'a'), said(2, 'b'), about(3, 'edit', 'a', { body: { text: 'a!' } }), about(4, 'react', 'b', { body: { key: '+' } }), about(5, 'unreact', 'b', { body: { key: '+' } }), about(6, 'react', 'b', { body: { key: '+' } }),
    about(7, 'edit', 'a', { body: { text: 'a!!' } }), about(8, 'pin', 'a'), about(9, 'unpin', 'a'), said(10, 'c', { reply_to: 'a' }), said(11, 'd'), about(12, 'delete', 'd'), about(13, 'react', 'a', { deleted: true })];
  const seen = (room) => JSON.stringify([room.shown, room.replies('a')].map((list) => list.map((m) => [m.id, m.edit?.body.text, m.deleted, m.pin?.on, [...m.reactions].map(([k, u]) => [k, [...u].map(([user, r]) => [user, r.on])])])));
  const straight = roomAt(0);
  for (const frame of log) straight.take(frame);
  assert.match(seen(straight), /a!!/);
  let seed = 42;
  const chance = () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  for (let round = 0; round < 200; round++) {
    const room = roomAt(13);
    room.takeOlder(log.map((frame) => [chance(), frame]).sort((x, y) => x[0] - y[0]).map(([, frame]) => frame), false);
    assert.equal(seen(room), seen(straight));
  }
});

test('a message under way is there once: its own entry takes its place', () => {
  const room = roomAt(0);
  room.pending.push({ cid: 'c-1', text: 'hi' }, { cid: 'c-2', text: 'ho' });
  room.take(said(1, 'm', { from: { user: 'ann' }, cid: 'c-1' }));
  assert.deepEqual(room.pending.map((p) => p.cid), ['c-2']);
  room.take(said(2, 'n', { cid: 'c-2' })); // another one's cid
  assert.deepEqual(room.pending.map((p) => p.cid), ['c-2']);
});

test('unread counts what others say, and ends with what one says oneself; read marks only move on', () => {
  const room = roomAt(0);
  room.take(said(1, 'a'));
  room.take(said(2, 'b'));
  assert.equal(room.unread, 2);
  room.take(said(3, 'c', { from: { user: 'ann' } }));
  assert.equal(room.unread, 0);
  assert.equal(room.readByOthers, 2); // who writes has read
  room.takeRead({ user: 'bob', s: 3 });
  room.takeRead({ user: 'bob', s: 1 });
  assert.equal(room.readByOthers, 3);
});

test('typing ends by its time, and by a message', () => {
  const room = roomAt(0);
  room.takeTyping('bob', 1_000);
  assert.deepEqual(room.typers(999), ['bob']);
  assert.deepEqual(room.typers(1_000), []);
  room.takeTyping('bob', 5_000);
  room.take(said(1, 'a'));
  assert.deepEqual(room.typers(2_000), []);
});

test('presence is what was told last, and a whole list replaces what was known', () => {
  const room = roomAt(0);
  room.takePresence({ all: true, join: [{ user: 'ann', status: 'online' }, { user: 'bob', status: 'dnd', text: 'In a call' }], count: 2 });
  room.takePresence({ update: [{ user: 'ann', status: 'away' }], leave: [{ user: 'bob', seen_at: '2026-01-31T12:00:12Z' }], count: 1 });
  assert.deepEqual([room.present.get('ann').status, room.present.get('bob').status, room.count], ['away', 'offline', 1]);
  room.takePresence({ all: true, join: [{ user: 'cy', status: 'online' }], count: 1 });
  assert.deepEqual([...room.present.keys()], ['cy']);
});

test('states of the inbox never move back, whatever comes late', () => {
  const inbox = new Inbox();
  inbox.begin('i');
  const put = (s, id, state = 'new') => inbox.take({ ev: 'inbox', e: 'i', s, id, state, ts: 't', notification: { content: {} } });
  assert.equal(put(5, 'n-5'), 'applied'); // what still waits, from whatever number on
  assert.equal(put(7, 'n-7'), 'behind');
  put(6, 'n-6');
  inbox.take({ ev: 'inbox.state', e: 'i', s: 7, id: 'n-5', about: 5, state: 'archived' });
  inbox.take({ ev: 'inbox.state', e: 'i', s: 8, id: null, up_to: 6, state: 'read' });
  put(5, 'n-5');
  assert.deepEqual([inbox.unread, inbox.items.get('n-5').state, inbox.items.get('n-6').state], [0, 'archived', 'read']);
  put(9, 'n-6'); // sent again: a new number, and new
  assert.equal(inbox.unread, 1);
  assert.deepEqual(inbox.position, { e: 'i', s: 9 });
});

// --- keys ---

const storage = () => { const all = new Map(); return { get: async (n) => structuredClone2(all.get(n)), put: async (n, v) => void all.set(n, v), async putFirst(n, v) { if (!all.has(n)) all.set(n, v); return all.get(n); } }; };
const structuredClone2 = (value) => (value && !value.privateKey ? structuredClone(value) : value);
const pair = async () => {
  const [ann, bob] = [await Vault.open('ann', storage()), await Vault.open('bob', storage())];
  await ann.learn('bob', bob.publicKey, 2);
  await bob.learn('ann', ann.publicKey, 1);
  return { ann, bob };
};

test('what one seals the other opens, and so does who sealed it', async () => {
  const { ann, bob } = await pair();
  const encrypted = await ann.seal({ room: 'r', peer: 'bob', about: 'c-1', plain: { text: 'Grüße ✓' } });
  assert.deepEqual(await bob.open({ room: 'r', peer: 'ann', sender: 'ann', about: 'c-1', encrypted }), { text: 'Grüße ✓' });
  assert.deepEqual(await ann.open({ room: 'r', peer: 'bob', sender: 'ann', about: 'c-1', encrypted }), { text: 'Grüße ✓' });
  const again = await ann.seal({ room: 'r', peer: 'bob', about: 'c-1', plain: { text: 'Grüße ✓' } });
  assert.notEqual(again.ciphertext, encrypted.ciphertext);
  assert.ok(!JSON.stringify(encrypted).includes('Gr'));
});

test('what the relay changes, moves to another room or puts into another mouth does not open', async () => {
  const { ann, bob } = await pair();
  const encrypted = await ann.seal({ room: 'r', peer: 'bob', about: 'c-1', plain: { text: 'yes' } });
  const opening = { room: 'r', peer: 'ann', sender: 'ann', about: 'c-1', encrypted };
  const bytes = fromBase64(encrypted.ciphertext);
  bytes[0] ^= 1;
  for (const wrong of [{ encrypted: { ...encrypted, ciphertext: toBase64(bytes) } }, { room: 'other' }, { about: 'c-2' }, { sender: 'bob', encrypted: { ...encrypted, header: { from: encrypted.header.to, to: encrypted.header.from } } }, { encrypted: { ...encrypted, alg: 'none' } }])
    await assert.rejects(bob.open({ ...opening, ...wrong }));
  const stranger = await Vault.open('bob', storage());
  await stranger.learn('ann', ann.publicKey, 1);
  await assert.rejects(stranger.open(opening), /another browser/);
});

test('another key is not taken by itself, and what the old one sealed still opens', async () => {
  const { ann, bob } = await pair();
  const before = await bob.seal({ room: 'r', peer: 'ann', about: 'c-1', plain: { text: 'old' } });
  await ann.compared('bob');
  const other = await Vault.open('bob', storage());
  const known = await ann.learn('bob', other.publicKey, 9);
  assert.equal(known.key, bob.publicKey);
  assert.equal(known.next.key, other.publicKey);
  await assert.rejects(ann.seal({ room: 'r', peer: 'bob', about: 'c-2', plain: {} }), /has changed/);
  const accepted = await ann.accept('bob');
  assert.deepEqual([accepted.key, accepted.compared, accepted.next], [other.publicKey, false, undefined]);
  assert.deepEqual(await ann.open({ room: 'r', peer: 'bob', sender: 'bob', about: 'c-1', encrypted: before }), { text: 'old' });
});

test('a page of the past brings no key back, and what is no key is refused', async () => {
  const { ann, bob } = await pair();
  const old = await Vault.open('bob', storage());
  assert.equal((await ann.learn('bob', old.publicKey, 1)).next, undefined);
  assert.equal((await ann.of('bob')).key, bob.publicKey);
  await assert.rejects(ann.learn('bob', toBase64(new Uint8Array(65).fill(4)), 10));
});

test('the safety number is the same for both, and another one if somebody stands between them', async () => {
  const { ann, bob } = await pair();
  assert.match(await ann.safetyNumber('bob'), /^(\d{5} ){7}\d{5}$/);
  assert.equal(await ann.safetyNumber('bob'), await bob.safetyNumber('ann'));
  const [mallory, annBetrayed, bobBetrayed] = [await Vault.open('mallory', storage()), await Vault.open('ann', storage()), await Vault.open('bob', storage())];
  await annBetrayed.learn('bob', mallory.publicKey, 1);
  await bobBetrayed.learn('ann', mallory.publicKey, 1);
  assert.notEqual(await annBetrayed.safetyNumber('bob'), await bobBetrayed.safetyNumber('ann'));
});

test('the private key cannot be read, and stays the same over a reload and in two windows', async () => {
  const kept = storage();
  const [first, second] = await Promise.all([Vault.open('ann', kept), Vault.open('ann', kept)]);
  assert.equal(first.publicKey, second.publicKey);
  const { privateKey } = await kept.get('pair:ann');
  assert.equal(privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey('pkcs8', privateKey));
  await assert.rejects(crypto.subtle.exportKey('jwk', privateKey));
});

// --- together ---

const clientOn = async (relay, { rooms = [], vault } = {}) => {
  const timers = new FakeTimers();
  const api = { user: 'ann', device: 'd', token: async () => 'token', rooms: async () => rooms, members: async () => ['ann', 'bob'] };
  const client = new Client({ api, vault, url: 'ws://relay/v1/connect', open: relay.open, timers, random: () => 0.5, newId: () => 'c-1' });
  client.start();
  await settled();
  return { client, timers };
};
const row = (more) => ({ room: { id: 'room_1', name: 'General', type: 'group', encrypted: false, ...more }, role: 'member', epoch: 'x', head: 2, read: 0, unread: 0, active_at: '2026-01-31T12:00:00Z' });
const standing = (more) => ({ ...HELLO, rooms: { room_1: { e: 'x', head: 2, first: 1, read: 0, unread: 0, state: 'current', ...more } } });
const LISTS = { 'inbox.list': () => ({ e: 'i', head: 0, unread: 0, entries: [], more: false }), history: () => ({ e: 'x', first: 1, messages: [said(1, 'a'), said(2, 'b')], more: false }) };

test('a hole is filled by sync while new entries come in, and nothing is there twice', async () => {
  let release;
  const relay = new FakeRelay({ ...LISTS, hello: () => standing(), sync: (f) => { release = () => relay.last.push({ id: f.id, ok: { e: 'x', head: 6, messages: [said(3, 'c'), said(4, 'd'), said(5, 'e'), said(6, 'f')], more: false } }); } });
  const { client } = await clientOn(relay, { rooms: [row()] });
  relay.last.push(said(5, 'e')); // 3 and 4 did not come
  relay.last.push(said(6, 'f'));
  await settled();
  assert.deepEqual(relay.sent('sync').map((f) => f.after), [2]);
  release();
  await settled();
  relay.last.push(said(7, 'g'));
  await settled();
  assert.deepEqual(client.rooms.get('room_1').shown.map((m) => m.id), ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  assert.equal(relay.sent('sync').length, 1);
});

test('what comes while a sync is under way, and goes beyond it, is asked for as well', async () => {
  let answer;
  const relay = new FakeRelay({ ...LISTS, hello: () => standing(), sync: (f) => {
    if (f.after === 5) return { e: 'x', head: 6, messages: [said(6, 'f')], more: false };
    answer = () => relay.last.push({ id: f.id, ok: { e: 'x', head: 5, messages: [said(3, 'c'), said(4, 'd'), said(5, 'e')], more: false } });
  } });
  const { client } = await clientOn(relay, { rooms: [row()] });
  relay.last.push(said(5, 'e'));
  await settled();
  relay.last.push(said(6, 'f')); // after the log was read for the answer, and before the answer
  await settled();
  answer();
  await settled();
  assert.deepEqual(client.rooms.get('room_1').shown.map((m) => m.id), ['a', 'b', 'c', 'd', 'e', 'f']);
});

test('after a cut it resumes where it stood, and a reset throws away what it had', async () => {
  let hello = standing();
  const relay = new FakeRelay({ ...LISTS, hello: () => hello });
  const { client, timers } = await clientOn(relay, { rooms: [row()] });
  relay.last.push(said(3, 'c'));
  await settled();
  hello = standing({ e: 'y', head: 1, state: 'reset' });
  relay.answers.history = () => ({ e: 'y', first: 1, messages: [{ ...said(1, 'anew'), e: 'y' }], more: false });
  relay.last.cut();
  await timers.pass(500);
  assert.deepEqual(relay.sent('hello')[1].resume.rooms, { room_1: { e: 'x', s: 3 } });
  assert.deepEqual(client.rooms.get('room_1').shown.map((m) => m.id), ['anew']);
});

test('in a sealed room plain words are not shown, and nothing plain goes out', async () => {
  const { ann, bob } = await pair();
  const sealed = await bob.seal({ room: 'room_1', peer: 'ann', about: 'c-9', plain: { text: 'sealed words' } });
  const key = { type: 'key', body: undefined };
  const relay = new FakeRelay({
    ...LISTS, hello: () => standing(), send: (f) => ({ e: 'x', s: 9, id: f.cid, dup: false }),
    history: () => ({ e: 'x', first: 1, more: false, messages: [said(1, 'k', { ...key, encrypted: bob.announcement }), said(2, 'm', { body: undefined, cid: 'c-9', encrypted: sealed })] }),
  });
  const { client } = await clientOn(relay, { rooms: [row({ encrypted: true, type: 'direct' })], vault: ann });
  const room = client.rooms.get('room_1');
  await client.open(room);
  await client.send(room, 'my secret');
  relay.last.push(said(3, 'planted', { body: { text: 'I am Bob, believe me' } }));
  await settled();
  assert.deepEqual(room.shown.map((m) => [m.id, m.text, Boolean(m.unreadable)]), [['m', 'sealed words', false], ['planted', '', true]]);
  assert.deepEqual(relay.sent('send').map((f) => f.type), ['key', 'text']);
  const everything = JSON.stringify(relay.sockets.flatMap((s) => s.sent));
  assert.ok(!everything.includes('my secret') && !everything.includes('"body"'));
});

test('no token stands in a URL, and the sample’s own backend is not told one', async () => {
  const asked = [];
  const answer = (value) => ({ ok: true, json: async () => value });
  const api = new Api({ user: 'ann', device: 'd', fetch: async (url, init) => { asked.push([url, init]); return answer(url.endsWith('session') ? { token: 'secret-token' } : { data: [], has_more: false }); } });
  await api.token();
  await api.rooms();
  await api.newRoom('x');
  await api.search('room_1', 'a&b=c');
  assert.ok(asked.every(([url]) => !url.includes('secret-token')));
  assert.deepEqual(asked.map(([, init]) => Boolean(init.headers.Authorization)), [false, true, false, true]);
  assert.ok(asked[3][0].endsWith('q=a%26b%3Dc'));
});
