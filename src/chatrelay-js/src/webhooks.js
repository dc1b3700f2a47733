// Standard Webhooks, as the relay signs them: `v1` is HMAC-SHA256 under a `whsec_` secret, `v1a` is Ed25519 and is checked with a `whpk_` public key.
import { fromBase64, joined, utf8, webCrypto } from './bytes.js';

/** @typedef {'malformed' | 'too_old' | 'too_new' | 'wrong_signature'} WebhookFault */
/** @typedef {{ id: string, type: string, timestamp: string, data: any, account?: string }} WebhookEvent `id` is the same over retries and replays: act once on each */

export class WebhookError extends Error {
  /** @param {WebhookFault} code */
  constructor(code) {
    super({ malformed: 'Headers or body are no webhook.', too_old: 'The webhook is too old.', too_new: 'The webhook is from the future.', wrong_signature: 'No signature is by a known key.' }[code]);
    this.name = 'WebhookError';
    this.code = code;
  }
}

/** Checks what comes from the relay. Several keys pass side by side, for a secret that is being rolled. */
export class WebhookReceiver {
  /** @type {Promise<Array<{ version: string, name: string, key: CryptoKey }>>} */
  #keys;

  /**
   * @param {string | string[]} keys `whsec_…` and `whpk_…`
   * @param {{ toleranceS?: number, now?: () => number }} [options] how far its time may lie from now (300 s)
   */
  constructor(keys, { toleranceS = 300, now = Date.now } = {}) {
    this.toleranceS = toleranceS;
    this.now = now;
    this.#keys = Promise.all([keys].flat().map(imported));
    this.#keys.catch(() => {}); // told by verify
  }

  /**
   * What was said, if the relay has said it; otherwise a WebhookError.
   * @param {string | Uint8Array | ArrayBuffer} body as it came: one that was parsed and written again has another signature
   * @param {Headers | Record<string, string | string[] | undefined>} headers
   * @returns {Promise<WebhookEvent>}
   */
  async verify(body, headers) {
    const id = headerOf(headers, 'webhook-id'), timestamp = headerOf(headers, 'webhook-timestamp'), signatures = headerOf(headers, 'webhook-signature');
    if (!id || !timestamp || !signatures || !/^\d{1,15}$/.test(timestamp)) throw new WebhookError('malformed');
    const age = Math.floor(this.now() / 1_000) - Number(timestamp);
    if (age > this.toleranceS) throw new WebhookError('too_old');
    if (age < -this.toleranceS) throw new WebhookError('too_new');

    const bytes = typeof body === 'string' ? utf8(body) : new Uint8Array(body);
    const content = joined([utf8(`${id}.${timestamp}.`), bytes]);
    if (!(await this.#isSigned(content, signatures))) throw new WebhookError('wrong_signature');
    try {
      return { id, ...JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
    } catch {
      throw new WebhookError('malformed');
    }
  }

  /** @param {Uint8Array<ArrayBuffer>} content @param {string} signatures */
  async #isSigned(content, signatures) {
    const { subtle } = await webCrypto(), keys = await this.#keys;
    for (const word of signatures.split(' ')) {
      const comma = word.indexOf(','), version = word.slice(0, comma);
      for (const { key, name } of keys.filter((one) => one.version === version)) {
        const signature = bytesOf(word.slice(comma + 1));
        if (signature && await subtle.verify(name, key, signature, content)) return true;
      }
    }
    return false;
  }
}

/** @param {string} text */
async function imported(text) {
  const { subtle } = await webCrypto(), [prefix] = /^wh(?:sec|pk)_/.exec(text) ?? [''], bytes = bytesOf(text.slice(prefix.length));
  if (prefix === 'whsec_' && bytes && bytes.length >= 24) return { version: 'v1', name: 'HMAC', key: await subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']) };
  if (prefix === 'whpk_' && bytes?.length === 32) return { version: 'v1a', name: 'Ed25519', key: await subtle.importKey('raw', bytes, 'Ed25519', false, ['verify']) };
  throw new TypeError('A key is whsec_ or whpk_ and base64.'); // never with the text in it
}

/** @param {string} base64 */
function bytesOf(base64) {
  try {
    return fromBase64(base64);
  } catch {
    return undefined;
  }
}

/** @param {Headers | Record<string, string | string[] | undefined>} headers @param {string} name */
function headerOf(headers, name) {
  if (typeof headers.get === 'function') return /** @type {Headers} */ (headers).get(name) ?? undefined;
  const value = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return Array.isArray(value) ? value[0] : value;
}
