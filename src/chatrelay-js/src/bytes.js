// Bytes and texts, and where WebCrypto is.

/** WebCrypto: global in browsers, edge runtimes and Node from 19 on. */
export async function webCrypto() {
  if (globalThis.crypto?.subtle) return globalThis.crypto;
  const name = 'node:crypto'; // not for bundlers
  return /** @type {Crypto} */ ((await import(/* @vite-ignore */ name)).webcrypto);
}

/** @param {string} text */
export const utf8 = (text) => new TextEncoder().encode(text);

/** @param {ArrayBuffer | Uint8Array} bytes */
export function toBase64(bytes) {
  let text = '';
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Throws for what is no base64. @param {string} text */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** @param {ArrayBuffer | Uint8Array} bytes */
export const toBase64Url = (bytes) => toBase64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

/** @param {string} text */
export const fromBase64Url = (text) => fromBase64(text.replace(/-/g, '+').replace(/_/g, '/'));

/** @param {Uint8Array} bytes */
export const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** @param {Uint8Array[]} parts */
export function joined(parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
