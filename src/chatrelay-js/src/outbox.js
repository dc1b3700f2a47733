import { RelayError } from './errors.js';

/** @typedef {import('./entries.js').Write} Write */

/**
 * Where the outbox is kept over reloads. What it holds is what was written: keep it where that may stand.
 * @typedef {object} OutboxStore
 * @property {() => Array<{ id: string, at: number, write: Write }> | Promise<Array<{ id: string, at: number, write: Write }>>} all
 * @property {(kept: { id: string, at: number, write: Write }) => void | Promise<void>} put
 * @property {(id: string) => void | Promise<void>} remove
 */

/** @typedef {{ id: string, at: number, write: Write, kept: boolean, isTried?: boolean, resolve: (ok: any) => void, reject: (fault: any) => void }} Waiting */

/** What was written and is not acknowledged yet, in its order. */
export class Outbox {
  /** @type {Waiting[]} */
  #waiting = [];
  #last = 0;

  /** @param {number} limit @param {OutboxStore | undefined} store @param {(fault: unknown) => void} complain */
  constructor(limit, store, complain) {
    this.limit = limit;
    this.store = store;
    this.complain = complain;
  }

  get writes() { return this.#waiting.map(({ write }) => write); }
  get first() { return this.#waiting[0]; }

  /** What an earlier page left; it goes first. */
  async load() {
    if (!this.store) return;
    const kept = await this.#try(() => /** @type {OutboxStore} */ (this.store).all()) ?? [];
    const known = new Set(this.#waiting.map(({ id }) => id));
    const older = kept.filter(({ id }) => !known.has(id)).sort((a, b) => a.at - b.at);
    this.#waiting.unshift(...older.map((one) => ({ ...one, kept: true, isTried: true, resolve: () => {}, reject: (/** @type {unknown} */ fault) => this.complain(fault) })));
    this.#last = Math.max(this.#last, ...older.map(({ at }) => at));
  }

  /** @param {string} id @param {Write} write @param {boolean} keep @param {number} now */
  add(id, write, keep, now) {
    if (this.#waiting.length >= this.limit) return Promise.reject(new RelayError({ code: 'outbox_full', detail: `${this.limit} writes wait already.`, retryable: true }));
    const at = this.#last = Math.max(now, this.#last + 1);
    if (keep) this.#try(() => this.store?.put({ id, at, write }));
    return new Promise((resolve, reject) => this.#waiting.push({ id, at, write, kept: keep, resolve, reject }));
  }

  /** @param {Waiting} one */
  drop(one) {
    this.#waiting = this.#waiting.filter((other) => other !== one);
    if (one.kept) this.#try(() => this.store?.remove(one.id));
  }

  // A full or forbidden storage must not stop what can still be sent.
  /** @template T @param {() => T | Promise<T>} work @returns {Promise<T | undefined>} */
  async #try(work) {
    try {
      return await work();
    } catch (fault) {
      this.complain(fault);
      return undefined;
    }
  }
}

/**
 * An outbox in localStorage, or in what looks like it: one item for each write, so that two windows do not write over each other.
 * @param {string} prefix one for each user and device
 * @param {{ length: number, key: (at: number) => string | null, getItem: (name: string) => string | null, setItem: (name: string, value: string) => void, removeItem: (name: string) => void }} [storage]
 * @returns {OutboxStore}
 */
export function storedOutbox(prefix, storage = globalThis.localStorage) {
  const name = (/** @type {string} */ id) => `${prefix}:${id}`;
  return {
    all: () => Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '').filter((key) => key.startsWith(name(''))).map((key) => JSON.parse(/** @type {string} */ (storage.getItem(key)))),
    put: (kept) => storage.setItem(name(kept.id), JSON.stringify(kept)),
    remove: (id) => storage.removeItem(name(id)),
  };
}
