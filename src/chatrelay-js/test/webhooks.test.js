import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { test } from 'node:test';
import { WebhookError, WebhookReceiver } from '../src/webhooks.js';

const AT = 1_769_860_800, now = () => AT * 1_000, body = '{"type":"message.created","timestamp":"2026-01-31T12:00:00Z","data":{"text":"grüß"}}';
const secret = () => `whsec_${randomBytes(32).toString('base64')}`;
const byHmac = (key, text = body, id = 'evt_1', at = AT) => `v1,${createHmac('sha256', Buffer.from(key.slice(6), 'base64')).update(`${id}.${at}.${text}`).digest('base64')}`;
const headers = (signature, more = {}) => ({ 'webhook-id': 'evt_1', 'webhook-timestamp': String(AT), 'webhook-signature': signature, ...more });
const refused = (receiver, said, head, code) => assert.rejects(receiver.verify(said, head), (fault) => fault instanceof WebhookError && fault.code === code);

test('what the relay signed is taken, as text and as bytes, from any kind of headers', async () => {
  const key = secret(), receiver = new WebhookReceiver(key, { now });
  const event = await receiver.verify(body, headers(byHmac(key)));
  assert.deepEqual([event.id, event.type, event.data.text], ['evt_1', 'message.created', 'grüß']);
  await receiver.verify(Buffer.from(body), new Headers(headers(byHmac(key))));
  await receiver.verify(new TextEncoder().encode(body).buffer, Object.fromEntries(Object.entries(headers(byHmac(key))).map(([name, value]) => [name.toUpperCase(), [value]])));
});

test('Ed25519 is checked with the public key, beside a secret', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const text = `whpk_${Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url').toString('base64')}`;
  const signature = `v1a,${sign(null, Buffer.from(`evt_1.${AT}.${body}`), privateKey).toString('base64')}`;
  await new WebhookReceiver([secret(), text], { now }).verify(body, headers(signature));
  await refused(new WebhookReceiver(text, { now }), `${body} `, headers(signature), 'wrong_signature');
  await refused(new WebhookReceiver(text, { now }), body, headers(signature.replace('v1a,', 'v1,')), 'wrong_signature');
});

test('while a secret is rolled either passes, and several signatures are looked at', async () => {
  const [old, next] = [secret(), secret()];
  await new WebhookReceiver([next, old], { now }).verify(body, headers(byHmac(old)));
  await new WebhookReceiver(next, { now }).verify(body, headers(`v2,xyz ${byHmac(old)} v1,%% ${byHmac(next)}`));
});

test('what was altered, moved, or is by somebody else is refused', async () => {
  const key = secret(), receiver = new WebhookReceiver(key, { now });
  await refused(receiver, body.replace('grüß', 'gruss'), headers(byHmac(key)), 'wrong_signature');
  await refused(receiver, body, headers(byHmac(key), { 'webhook-id': 'evt_2' }), 'wrong_signature');
  await refused(receiver, body, headers(byHmac(key), { 'webhook-timestamp': String(AT + 1) }), 'wrong_signature');
  await refused(receiver, body, headers(byHmac(secret())), 'wrong_signature');
  await refused(receiver, body, headers(''), 'malformed');
  await refused(receiver, body, headers(byHmac(key), { 'webhook-timestamp': 'soon' }), 'malformed');
  await refused(receiver, 'no json', headers(byHmac(key, 'no json')), 'malformed');
});

test('time has a tolerance, both ways', async () => {
  const key = secret(), at = (seconds, options) => new WebhookReceiver(key, { now: () => (AT + seconds) * 1_000, ...options });
  await at(300).verify(body, headers(byHmac(key)));
  await at(-300).verify(body, headers(byHmac(key)));
  await refused(at(301), body, headers(byHmac(key)), 'too_old');
  await refused(at(-301), body, headers(byHmac(key)), 'too_new');
  await refused(at(11, { toleranceS: 10 }), body, headers(byHmac(key)), 'too_old');
});

test('a key that is none is said so, and never shown', async () => {
  for (const key of ['whsec_short', 'whpk_AAAA', 'hunter2', 'whsec_%%%%'])
    await assert.rejects(new WebhookReceiver(key, { now }).verify(body, headers('v1,x')), (fault) => fault instanceof TypeError && !fault.message.includes(key));
});
