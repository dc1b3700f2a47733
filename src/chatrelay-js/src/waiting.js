// How long to wait, and waiting. Chance and clock come from outside.

/** @typedef {{ setTimeout: (what: () => void, ms: number) => any, clearTimeout: (timer: any) => void }} Timers */

const FIRST = 500, LONGEST = 30_000;

/**
 * Full jitter: after a restart not everybody knocks at once. A range that the relay named goes first.
 * @param {number} attempt from 0
 * @param {() => number} random
 * @param {[number, number]} [range]
 */
export const pauseBefore = (attempt, random, range) =>
  range ? range[0] + random() * (range[1] - range[0]) : random() * Math.min(LONGEST, FIRST * 2 ** attempt);

/**
 * Ends early, with the signal's reason, when that is aborted.
 * @param {number} ms
 * @param {Timers} timers
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function rest(ms, timers, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const ended = () => {
      timers.clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = timers.setTimeout(() => {
      signal?.removeEventListener('abort', ended);
      resolve();
    }, ms);
    signal?.addEventListener('abort', ended, { once: true });
  });
}

/** A name that nobody else has; it is no secret. `randomUUID` is there only in secure contexts, and not in Node 18. */
export function newId() {
  const { crypto } = /** @type {{ crypto?: Partial<Crypto> }} */ (globalThis);
  if (crypto?.randomUUID) return crypto.randomUUID();
  return Array.from({ length: 4 }, () => Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, '0')).join('');
}
