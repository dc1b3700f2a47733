// End-to-end encryption between two people, with WebCrypto alone. The relay stores and passes on what it cannot read; README.md says what this gives and what it does not.
//
// Each browser has one ECDH key pair per user; the private half is not extractable and stays in IndexedDB. The public half goes into the room as a message of type `key`.
// The two agree on an AES-GCM key by ECDH and HKDF, bound to the room and to both public keys. Sender, room and what a message is about are bound to it as additional data.

const subtle = globalThis.crypto.subtle;
const CURVE = { name: 'ECDH', namedCurve: 'P-256' };
export const ALG = 'web-chat.p256.a256gcm', KEY_ALG = 'web-chat.p256.key';

export const toBase64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
export const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const utf8 = (text) => new TextEncoder().encode(text);
const hash = async (bytes) => new Uint8Array(await subtle.digest('SHA-256', bytes));

/** A short name of a public key. */
export const keyId = async (key) => [...(await hash(fromBase64(key))).slice(0, 8)].map((b) => b.toString(16).padStart(2, '0')).join('');

export class Vault {
  #pair; #agreed = new Map();

  /** `storage` has get and put: `keyStorage()` in a browser, a Map's in tests. */
  static async open(user, storage) {
    const vault = new Vault();
    Object.assign(vault, { user, storage });
    vault.#pair = await storage.get(`pair:${user}`);
    if (!vault.#pair) {
      vault.#pair = await subtle.generateKey(CURVE, false, ['deriveBits']);
      // Another window of the same user may have been quicker: its pair counts for both.
      vault.#pair = await storage.putFirst(`pair:${user}`, vault.#pair);
    }
    vault.publicKey = toBase64(await subtle.exportKey('raw', vault.#pair.publicKey));
    vault.id = await keyId(vault.publicKey);
    return vault;
  }

  /** What the room is told. */
  get announcement() { return { alg: KEY_ALG, ciphertext: this.publicKey }; }

  /** What this browser knows of somebody: the key in use, whether it was compared, one that wants to take its place, and all that were ever used. */
  async of(peer) { return (await this.storage.get(`peer:${this.user}:${peer}`)) ?? { s: 0, keys: {} }; }

  /**
   * A key that stood in the room under number `s`. The first one is believed; a later one never replaces it by itself: the relay, or whoever has the account,
   * could have put it there.
   */
  async learn(peer, key, s) {
    const known = await this.of(peer);
    await subtle.importKey('raw', fromBase64(key), CURVE, false, []); // not a point of the curve: not a key
    known.keys[await keyId(key)] = key;
    if (!known.key) Object.assign(known, { key, s, compared: false });
    else if (key === known.key) {
      known.s = Math.max(known.s, s);
      if (known.next && s > known.next.s) delete known.next;
    } else if (s > known.s && s > (known.next?.s ?? 0)) known.next = { key, s };
    await this.storage.put(`peer:${this.user}:${peer}`, known);
    return known;
  }

  /** Somebody looked at the change and takes the new key. */
  async accept(peer) {
    const known = await this.of(peer);
    if (known.next) Object.assign(known, { ...known.next, compared: false, next: undefined });
    await this.storage.put(`peer:${this.user}:${peer}`, known);
    return known;
  }

  /** The two have compared their number over another way. */
  async compared(peer, yes = true) {
    const known = { ...(await this.of(peer)), compared: yes };
    await this.storage.put(`peer:${this.user}:${peer}`, known);
    return known;
  }

  /** The same for both, and another one if anybody stands between them. */
  async safetyNumber(peer) {
    const { key } = await this.of(peer);
    if (!key) return null;
    const digest = await hash(utf8([key, this.publicKey].sort().join('.')));
    const numbers = new DataView(digest.buffer);
    return Array.from({ length: 8 }, (_, i) => String(numbers.getUint32(4 * i) % 100_000).padStart(5, '0')).join(' ');
  }

  /** `about` is what the text belongs to: the cid of a message, the message of an edit or of a reaction. */
  async seal({ room, peer, about, plain }) {
    const { key, next } = await this.of(peer);
    if (!key) throw new Error(`There is no key of ${peer} yet.`);
    if (next) throw new Error(`The key of ${peer} has changed.`);
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const to = await keyId(key);
    const sealed = await subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: this.#bound(room, this.user, about) }, await this.#agree(room, key), utf8(JSON.stringify(plain)));
    return { alg: ALG, ciphertext: toBase64(sealed), nonce: toBase64(nonce), header: { from: this.id, to } };
  }

  async open({ room, peer, sender, about, encrypted }) {
    const { alg, ciphertext, nonce, header } = encrypted;
    if (alg !== ALG) throw new Error('This was sealed in a way that this page does not know.');
    const [mine, theirs] = sender === this.user ? [header.from, header.to] : [header.to, header.from];
    if (mine !== this.id) throw new Error('This was sealed for another browser.');
    const key = (await this.of(peer)).keys[theirs];
    if (!key) throw new Error('This was sealed with a key that is not known here.');
    const plain = await subtle.decrypt({ name: 'AES-GCM', iv: fromBase64(nonce), additionalData: this.#bound(room, sender, about) }, await this.#agree(room, key), fromBase64(ciphertext));
    return JSON.parse(new TextDecoder().decode(plain));
  }

  #bound(room, sender, about) { return utf8(JSON.stringify([ALG, room, sender, about])); }

  #agree(room, peerKey) {
    const name = `${room}.${peerKey}`;
    if (!this.#agreed.has(name)) this.#agreed.set(name, this.#derive(room, peerKey));
    return this.#agreed.get(name);
  }

  async #derive(room, peerKey) {
    const peer = await subtle.importKey('raw', fromBase64(peerKey), CURVE, false, []);
    const shared = await subtle.importKey('raw', await subtle.deriveBits({ name: 'ECDH', public: peer }, this.#pair.privateKey, 256), 'HKDF', false, ['deriveKey']);
    const info = utf8([ALG, ...[peerKey, this.publicKey].sort()].join('.'));
    return subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt: utf8(room), info }, shared, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  }
}

/** Keys as IndexedDB keeps them: as objects that can be used and not be read. */
export const keyStorage = async () => {
  const database = await new Promise((resolve, reject) => {
    const opening = indexedDB.open('web-chat', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const run = (mode, work) => new Promise((resolve, reject) => {
    const transaction = database.transaction('keys', mode);
    const request = work(transaction.objectStore('keys'));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
  return {
    get: (name) => run('readonly', (keys) => keys.get(name)),
    put: (name, value) => run('readwrite', (keys) => keys.put(value, name)),
    async putFirst(name, value) {
      await run('readwrite', (keys) => keys.add(value, name)).catch(() => {});
      return this.get(name);
    },
  };
};
