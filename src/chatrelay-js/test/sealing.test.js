import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceKey, RoomKey, keyId } from '../src/sealing.js';

const bound = { room: 'room_1', sender: 'ann', about: 'c-1' };
const isBase64 = (text) => Buffer.from(text, 'base64').toString('base64') === text;

for (const curve of ['P-256', 'X25519'])
  test(`a room's key reaches each member's device, and nobody else's (${curve})`, async () => {
    const [ann, bob, eve] = await Promise.all([1, 2, 3].map(() => DeviceKey.make(curve)));
    const key = await RoomKey.make();
    const envelope = await key.wrap(ann, [ann.publicKey, bob.publicKey], 'room_1');
    assert.ok(isBase64(envelope.ciphertext) && !JSON.stringify(envelope).includes(key.reveal()));

    const bobs = await RoomKey.unwrap(bob, envelope, ann.publicKey, 'room_1'), anns = await RoomKey.unwrap(ann, envelope, ann.publicKey, 'room_1');
    const sealed = await key.seal({ text: 'hi' }, bound);
    assert.deepEqual([await bobs.open(sealed, bound), await anns.open(sealed, bound), bobs.id], [{ text: 'hi' }, { text: 'hi' }, key.id]);
    assert.equal(await RoomKey.unwrap(eve, envelope, ann.publicKey, 'room_1'), undefined);
    await assert.rejects(RoomKey.unwrap(bob, envelope, eve.publicKey, 'room_1')); // not from whom it says
    await assert.rejects(RoomKey.unwrap(bob, envelope, ann.publicKey, 'room_2')); // of another room
  });

test('what was changed, moved or put into another’s mouth does not open', async () => {
  const key = await RoomKey.make(), sealed = await key.seal({ text: 'hi' }, bound);
  for (const other of [{ room: 'room_2' }, { sender: 'bob' }, { about: 'c-2' }]) await assert.rejects(key.open(sealed, { ...bound, ...other }));
  const bytes = Buffer.from(sealed.ciphertext, 'base64');
  bytes[0] ^= 1;
  await assert.rejects(key.open({ ...sealed, ciphertext: bytes.toString('base64') }, bound));
  await assert.rejects((await RoomKey.make()).open(sealed, bound));
  await assert.rejects(key.open({ ...sealed, alg: 'other' }, bound));
  assert.notEqual(sealed.nonce, (await key.seal({ text: 'hi' }, bound)).nonce);
});

test('a device and a room key outlive a reload, and the private half is not to be had', async () => {
  const ann = await DeviceKey.make(), again = await DeviceKey.of(structuredClone(ann.pair)), key = await RoomKey.make();
  assert.deepEqual([again.publicKey, again.id, ann.id], [ann.publicKey, ann.id, await keyId(ann.publicKey)]);
  await assert.rejects(crypto.subtle.exportKey('pkcs8', ann.pair.privateKey));
  const sealed = await key.seal([1], bound);
  assert.deepEqual(await (await RoomKey.restore(key.reveal())).open(sealed, bound), [1]);
});

test('devices on different curves say so', async () => {
  const [ann, bob] = [await DeviceKey.make('P-256'), await DeviceKey.make('X25519')];
  await assert.rejects((await RoomKey.make()).wrap(ann, [bob.publicKey], 'room_1'), /X25519/);
});
