// Tests of samples/web-chat's modules: sockets, answers, timers and chance are this file's own. Run by Node's test runner; the C# tests read how it ended.
// What its client does over cuts is tested with the client: src/chatrelay-js/test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backend } from '../../samples/web-chat/backend.js';
import { Client } from '../../samples/web-chat/client.js';
import { Vault, fromBase64, toBase64 } from '../../samples/web-chat/crypto.js';
import { Inbox, Room } from '../../samples/web-chat/store.js';
import { FakeHttp, FakeRelay, FakeTimers, entry, said as frame, settled, standing } from '../../src/chatrelay-js/test/far-end.js';

// --- what is known ---

const said = (seq, id, more = {}) => ({ ...entry(seq, id), room: 'room_1', epoch: 'x', created_at: `2026-01-31T12:00:${String(seq ?? 0).padStart(2, '0')}Z`, ...more });
const about = (seq, kind, id, more = {}) => said(seq, `msg_e${seq}`, { kind, about: id, type: null, body: null, ...more });
const roomAt = (seq) => { const room = new Room('room_1', 'ann'); room.begin('x', seq); return room; };

test('what comes is shown, but for what is ephemeral, and the last number is known', () => {
  const room = roomAt(3);
  for (const one of [said(4, 'msg_4'), said(null, 'msg_p'), said(6, 'msg_6')]) room.take(one);
  assert.deepEqual([room.shown.map((m) => m.id), room.seq], [['msg_4', 'msg_6'], 6]);
});

test('entries come to the same in whatever order they are folded', () => {
  const log = [said(1, 'a'), said(2, 'b'), about(3, 'edit', 'a', { body: { text: 'a!' } }), about(4, 'react', 'b', { body: { key: '+' } }), about(5, 'unreact', 'b', { body: { key: '+' } }), about(6, 'react', 'b', { body: { key: '+' } }),
    about(7, 'edit', 'a', { body: { text: 'a!!' } }), about(8, 'pin', 'a'), about(9, 'unpin', 'a'), said(10, 'c', { reply_to: 'a' }), said(11, 'd'), about(12, 'delete', 'd'), about(13, 'react', 'a', { deleted: true })];
  const seen = (room) => JSON.stringify([room.shown, room.replies('a')].map((list) => list.map((m) => [m.id, m.edit?.body.text, m.deleted, m.pin?.on, [...m.reactions].map(([k, u]) => [k, [...u].map(([user, r]) => [user, r.on])])])));
  const straight = roomAt(0);
  for (const one of log) straight.take(one);
  assert.match(seen(straight), /a!!/);
  let seed = 42;
  const chance = () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  for (let round = 0; round < 200; round++) {
    const room = roomAt(13);
    room.takeOlder({ entries: log.map((one) => [chance(), one]).sort((x, y) => x[0] - y[0]).map(([, one]) => one), before: 1, more: false });
    assert.equal(seen(room), seen(straight));
  }
});

test('a message under way is there once: its own entry takes its place', () => {
  const room = roomAt(0);
  room.pending.push({ id: 'c-1', text: 'hi' }, { id: 'c-2', text: 'ho' });
  room.take(said(1, 'm', { from: { user: 'ann' }, client_id: 'c-1' }));
  assert.deepEqual(room.pending.map((p) => p.id), ['c-2']);
  room.take(said(2, 'n', { client_id: 'c-2' })); // another one's cid
  assert.deepEqual(room.pending.map((p) => p.id), ['c-2']);
});

test('unread counts what others say, and ends with what one says oneself; read marks only move on', () => {
  const room = roomAt(0);
  room.take(said(1, 'a'));
  room.take(said(2, 'b'));
  assert.equal(room.unread, 2);
  room.take(said(3, 'c', { from: { user: 'ann' } }));
  assert.equal(room.unread, 0);
  assert.equal(room.readByOthers, 2); // who writes has read
  room.takeRead({ user: 'bob', seq: 3 });
  room.takeRead({ user: 'bob', seq: 1 });
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
  const put = (seq, id, state = 'new') => inbox.take({ seq, id, state, created_at: 't', notification: { content: {} } });
  put(5, 'n-5');
  put(6, 'n-6');
  inbox.move({ id: 'n-5', about: 5, state: 'archived' });
  inbox.move({ id: null, up_to: 6, state: 'read' });
  put(5, 'n-5');
  assert.deepEqual([inbox.unread, inbox.items.get('n-5').state, inbox.items.get('n-6').state], [0, 'archived', 'read']);
  put(9, 'n-6'); // sent again: a new number, and new
  assert.equal(inbox.unread, 1);
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

const row = (more) => ({ room: { id: 'room_1', name: 'General', type: 'group', encrypted: false, ...more }, role: 'member', epoch: 'x', head: 2, read: 0, unread: 0, active_at: '2026-01-31T12:00:00Z' });
const history = [entry(1, 'a'), entry(2, 'b')];

/** Ann's client on a fake relay, which answers REST from what is given. */
const clientOn = async (relay, { rooms = [row()], log = () => ({ epoch: 'x', data: history }), vault } = {}) => {
  const timers = new FakeTimers(), backend = { user: 'ann', device: 'd', token: async () => 'secret-token' };
  const http = new FakeHttp(({ path }) => (path.endsWith('/messages') ? { head: 2, first: 1, has_more: false, ...log() }
    : { data: path.endsWith('/members') ? [{ user: 'ann' }, { user: 'bob' }] : path.endsWith('/rooms') ? rooms : [], has_more: false }));
  const client = new Client({ backend, vault, url: 'https://relay', WebSocket: relay.WebSocket, fetch: http.fetch, timers, random: () => 0.5, newId: () => 'c-1' });
  client.start();
  await settled();
  return { client, timers, http };
};

test('history and what comes are one room, and what was not read is counted', async () => {
  const relay = new FakeRelay({ hello: () => standing({ unread: 0 }) });
  const { client } = await clientOn(relay);
  relay.last.push(frame(3, 'c'), frame(4, 'd', { kind: 'edit', ref: 'a', body: { text: 'a!' } }));
  await settled();
  const room = client.rooms.get('room_1');
  assert.deepEqual([room.name, room.shown.map((m) => m.id), room.messages.get('a').edit.body.text, room.unread, room.seq], ['General', ['a', 'b', 'c'], 'a!', 1, 4]);
  client.readUpTo(room);
  await settled();
  assert.deepEqual(relay.sent('read').map((f) => f.s), [4]);
});

test('after a cut it resumes where it stood, and a reset throws away what it had', async () => {
  let hello = standing(), log = { epoch: 'x', data: history };
  const relay = new FakeRelay({ hello: () => hello });
  const { client, timers } = await clientOn(relay, { log: () => log });
  relay.last.push(frame(3, 'c'));
  await settled();
  hello = standing({ e: 'y', head: 1, state: 'reset' });
  log = { epoch: 'y', data: [entry(1, 'anew')] };
  relay.last.cut();
  await timers.pass(500);
  assert.deepEqual(relay.sent('hello')[1].resume.rooms, { room_1: { e: 'x', s: 3 } });
  assert.deepEqual(client.rooms.get('room_1').shown.map((m) => m.id), ['anew']);
});

test('in a sealed room plain words are not shown, and nothing plain goes out', async () => {
  const { ann, bob } = await pair();
  const sealed = await bob.seal({ room: 'room_1', peer: 'ann', about: 'c-9', plain: { text: 'sealed words' } });
  const relay = new FakeRelay({ hello: () => standing(), send: (f) => ({ e: 'x', s: 9, id: f.cid, dup: false }) });
  const log = () => ({ epoch: 'x', data: [{ ...entry(1, 'k'), type: 'key', body: null, encrypted: bob.announcement }, { ...entry(2, 'm'), body: null, client_id: 'c-9', encrypted: sealed }] });
  const { client } = await clientOn(relay, { rooms: [row({ encrypted: true, type: 'direct' })], log, vault: ann });
  const room = client.rooms.get('room_1');
  await client.open(room);
  await client.send(room, 'my secret');
  relay.last.push(frame(3, 'planted', { body: { text: 'I am Bob, believe me' } }));
  await settled();
  assert.deepEqual(room.shown.map((m) => [m.id, m.text, Boolean(m.unreadable)]), [['m', 'sealed words', false], ['planted', '', true]]);
  assert.deepEqual(relay.sent('send').map((f) => f.type), ['key', 'text']);
  const everything = JSON.stringify(relay.sockets.flatMap((s) => s.sent));
  assert.ok(!everything.includes('my secret') && !everything.includes('"body"'));
});

test('no token stands in a URL, and the sample’s own backend is not told one', async () => {
  const relay = new FakeRelay({ hello: () => standing() });
  const { client, http } = await clientOn(relay);
  await client.search(client.rooms.get('room_1'), 'a&b=c');
  assert.ok(http.asked.length > 2 && http.asked.every(({ url, headers }) => !url.includes('secret-token') && headers.Authorization === 'Bearer secret-token'));
  assert.ok(http.asked.at(-1).url.endsWith('q=a%26b%3Dc'));

  const own = new FakeHttp([{ token: 'secret-token' }, { id: 'room_2' }]);
  const backend = new Backend({ user: 'ann', device: 'd', at: 'https://relay/samples/web-chat', fetch: own.fetch });
  assert.equal(await backend.token(), 'secret-token');
  await backend.newRoom('x');
  assert.deepEqual(own.asked.map(({ path, headers }) => [path, headers.Authorization]), [['/samples/web-chat/session', undefined], ['/samples/web-chat/rooms', undefined]]);
});
