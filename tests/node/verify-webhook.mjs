// Reads [{ key, headers, body, now? }] and says of each whether an outsider's code takes it:
// npm standardwebhooks for whsec_ secrets, Node's own crypto for whpk_ keys.
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';

const ed25519 = (text) => createPublicKey({
  format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(text.slice('whpk_'.length), 'base64').toString('base64url') },
});

const taken = ({ key, headers, body, now }) => {
  const clock = Date.now;
  if (now) Date.now = () => now; // a receiver that gets it again later
  const bytes = Buffer.from(body, 'base64');
  try {
    if (key.startsWith('whsec_')) return new Webhook(key).verify(bytes.toString('utf8'), headers) !== undefined;
    const content = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), bytes]);
    return headers['webhook-signature'].split(' ').filter((word) => word.startsWith('v1a,'))
      .some((word) => verify(null, content, ed25519(key), Buffer.from(word.slice('v1a,'.length), 'base64')));
  } catch {
    return false;
  } finally {
    Date.now = clock;
  }
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(taken)));
