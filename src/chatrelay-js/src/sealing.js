// What encrypted rooms need, with WebCrypto alone; the relay carries what comes out and reads none of it.
//
// A room has a random key, which goes to each member's device wrapped under what the two devices agree on (ECDH and HKDF). Messages are sealed under the room's key (AES-256-GCM).
// Whose keys these are is for the application to know: a public key that is believed unseen may be anybody's. There is no forward secrecy within one room key; make a new one when a member leaves.
import { fromBase64, fromBase64Url, joined, toBase64, toBase64Url, toHex, utf8, webCrypto } from './bytes.js';

/** @typedef {import('../types/api.d.ts').SealedInputInput} Encrypted what a message carries instead of a body */
/** @typedef {'P-256' | 'X25519'} Curve */
/** @typedef {{ room: string, sender: string, about: string }} Bound what a text is tied to: its room, who says it, and what it belongs to (a message's client_id, the message that an edit is about) */

const SEALED = 'chatrelay.a256gcm', WRAPPED = 'chatrelay.keywrap';
const SALT = 16, NONCE = 12;

/** @param {string} curve */
const algorithm = (curve) => (curve === 'X25519' ? { name: 'X25519' } : { name: 'ECDH', namedCurve: 'P-256' });

/** @param {Uint8Array} bytes */
const shortHash = async (bytes) => toHex(new Uint8Array(await (await webCrypto()).subtle.digest('SHA-256', /** @type {any} */ (bytes))).slice(0, 8));

/** A short name of a public key. @param {string} publicKey */
export const keyId = (publicKey) => shortHash(utf8(publicKey));

/** A device's own key pair. Its private half cannot be read; `pair` can be kept in IndexedDB. All devices of a room are on one curve. */
export class DeviceKey {
  /** @param {CryptoKeyPair} pair @param {Curve} curve @param {string} publicKey @param {string} id */
  constructor(pair, curve, publicKey, id) {
    this.pair = pair;
    this.curve = curve;
    this.publicKey = publicKey;
    this.id = id;
  }

  /** @param {Curve} [curve] P-256 is everywhere, X25519 in newer runtimes */
  static async make(curve = 'P-256') {
    const { subtle } = await webCrypto();
    return DeviceKey.of(/** @type {CryptoKeyPair} */ (await subtle.generateKey(algorithm(curve), false, ['deriveBits'])));
  }

  /** One that was kept. @param {CryptoKeyPair} pair */
  static async of(pair) {
    const { subtle } = await webCrypto();
    const curve = pair.publicKey.algorithm.name === 'X25519' ? 'X25519' : 'P-256';
    const publicKey = `${curve}:${toBase64Url(await subtle.exportKey('raw', pair.publicKey))}`;
    return new DeviceKey(pair, /** @type {Curve} */ (curve), publicKey, await keyId(publicKey));
  }

  /**
   * The key that this device and another one have in common, for one purpose.
   * @param {string} theirs a public key @param {Uint8Array} salt @param {string} purpose
   */
  async agree(theirs, salt, purpose) {
    const { subtle } = await webCrypto();
    const [curve, point] = theirs.split(':');
    if (curve !== this.curve) throw new Error(`That key is on ${curve}, this one on ${this.curve}.`);
    const other = await subtle.importKey('raw', fromBase64Url(point), algorithm(curve), false, []);
    const shared = await subtle.importKey('raw', await subtle.deriveBits({ name: algorithm(curve).name, public: other }, this.pair.privateKey, 256), 'HKDF', false, ['deriveKey']);
    const info = utf8([purpose, ...[theirs, this.publicKey].sort()].join('.'));
    return subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt: /** @type {any} */ (salt), info }, shared, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  }
}

/** The key of a room. */
export class RoomKey {
  #raw; #key;

  /** @param {Uint8Array<ArrayBuffer>} raw @param {CryptoKey} key @param {string} id */
  constructor(raw, key, id) {
    this.#raw = raw;
    this.#key = key;
    this.id = id;
  }

  static async make() { return RoomKey.#of((await webCrypto()).getRandomValues(new Uint8Array(32))); }

  /** @param {Uint8Array<ArrayBuffer>} raw */
  static async #of(raw) {
    const { subtle } = await webCrypto();
    return new RoomKey(raw, await subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']), await shortHash(joined([utf8('room key '), raw])));
  }

  /** For the device's own storage. It is the secret itself. */
  reveal() { return toBase64Url(this.#raw); }

  /** @param {string} revealed */
  static restore(revealed) { return RoomKey.#of(fromBase64Url(revealed)); }

  /**
   * The room's key for others: the `encrypted` of a message, which each of these devices can open.
   * @param {DeviceKey} mine @param {string[]} publicKeys @param {string} room
   * @returns {Promise<Encrypted>}
   */
  async wrap(mine, publicKeys, room) {
    const crypto = await webCrypto();
    /** @type {Record<string, string>} */
    const wraps = {};
    for (const theirs of publicKeys) {
      const to = await keyId(theirs), salt = crypto.getRandomValues(new Uint8Array(SALT)), nonce = crypto.getRandomValues(new Uint8Array(NONCE));
      const key = await mine.agree(theirs, salt, WRAPPED);
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: wrapBound(room, mine.id, to) }, key, this.#raw);
      wraps[to] = toBase64Url(joined([salt, nonce, new Uint8Array(sealed)]));
    }
    return { alg: WRAPPED, ciphertext: toBase64(utf8(JSON.stringify(wraps))), header: { from: mine.id, key: this.id } };
  }

  /**
   * The room's key out of such a message; undefined if it is not for this device.
   * @param {DeviceKey} mine @param {Encrypted} encrypted @param {string} senderKey the public key of who wrapped it @param {string} room
   */
  static async unwrap(mine, encrypted, senderKey, room) {
    if (encrypted.alg !== WRAPPED) throw new Error(`This is no wrapped key: ${encrypted.alg}`);
    const wrapped = JSON.parse(new TextDecoder().decode(fromBase64(encrypted.ciphertext)))[mine.id];
    if (wrapped === undefined) return undefined;
    const bytes = fromBase64Url(wrapped), { subtle } = await webCrypto();
    const key = await mine.agree(senderKey, bytes.slice(0, SALT), WRAPPED);
    const bound = wrapBound(room, await keyId(senderKey), mine.id);
    return RoomKey.#of(new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv: bytes.slice(SALT, SALT + NONCE), additionalData: bound }, key, bytes.slice(SALT + NONCE))));
  }

  /** Any JSON value, as the `encrypted` of a message. @param {unknown} plain @param {Bound} bound @returns {Promise<Encrypted>} */
  async seal(plain, bound) {
    const crypto = await webCrypto(), nonce = crypto.getRandomValues(new Uint8Array(NONCE));
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: textBound(bound) }, this.#key, utf8(JSON.stringify(plain)));
    return { alg: SEALED, ciphertext: toBase64(sealed), nonce: toBase64(nonce), header: { key: this.id } };
  }

  /** Throws if it was changed, moved, or put into another's mouth. @param {Encrypted} encrypted @param {Bound} bound @returns {Promise<any>} */
  async open(encrypted, bound) {
    if (encrypted.alg !== SEALED || !encrypted.nonce) throw new Error(`This is not sealed with a room's key: ${encrypted.alg}`);
    const { subtle } = await webCrypto();
    const plain = await subtle.decrypt({ name: 'AES-GCM', iv: fromBase64(encrypted.nonce), additionalData: textBound(bound) }, this.#key, fromBase64(encrypted.ciphertext));
    return JSON.parse(new TextDecoder().decode(plain));
  }
}

/** @param {string} room @param {string} from @param {string} to */
const wrapBound = (room, from, to) => utf8(JSON.stringify([WRAPPED, room, from, to]));

/** @param {Bound} bound */
const textBound = ({ room, sender, about }) => utf8(JSON.stringify([SEALED, room, sender, about]));
