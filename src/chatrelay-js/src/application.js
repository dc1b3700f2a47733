/** @template {Record<string, any>} Events @typedef {{ event: keyof Events, value: any, done?: () => void }} Item */

/**
 * What stands between a connection and the application's handlers: one queue, so that everything keeps its order. A handler that gives a promise is waited for.
 * @template {Record<string, any>} Events
 */
export class Application {
  /** @type {Map<keyof Events, Set<(value: any) => unknown>>} */
  #handlers = new Map();
  /** @type {Item<Events>[]} */
  #queue = [];
  /** @type {Array<() => void>} */
  #waiting = [];
  #running = false;

  /** @param {number} buffer how much may wait @param {() => void} taken there is room again */
  constructor(buffer, taken) {
    this.buffer = buffer;
    this.taken = taken;
  }

  /** @template {keyof Events} K @param {K} event @param {(value: Events[K]) => unknown} handler */
  on(event, handler) {
    const all = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, all.add(handler));
    return () => void all.delete(handler);
  }

  /** @param {keyof Events} event */
  listensTo(event) { return (this.#handlers.get(event)?.size ?? 0) > 0; }

  get isFull() { return this.#queue.length >= this.buffer; }

  /** Past the queue. @template {keyof Events} K @param {K} event @param {Events[K]} value */
  tell(event, value) {
    for (const handler of this.#handlers.get(event) ?? []) queueMicrotask(() => handler(value));
  }

  /** In its turn; `done` follows the handlers. Nothing to say: only `done`. @template {keyof Events} K @param {K} event @param {Events[K] | undefined} value @param {() => void} [done] */
  hand(event, value, done) {
    this.#queue.push({ event, value, done });
    this.#run();
  }

  /** What may be left out when the application is slow. @template {keyof Events} K @param {K} event @param {Events[K]} value */
  offer(event, value) {
    if (this.#queue.length < this.buffer / 4) this.hand(event, value);
  }

  /** What to wait for before more is taken. @returns {Promise<void> | undefined} */
  untilRoom() { return this.isFull ? this.untilReleased() : undefined; }

  /** @returns {Promise<void>} */
  untilReleased() { return new Promise((go) => this.#waiting.push(go)); }

  /** Whoever waits looks again. */
  release() {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** What was not handed over is forgotten. */
  clear() { this.#queue = []; }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    await null; // an application is never called from within
    for (let item = this.#queue.shift(); item; item = this.#queue.shift()) {
      const queue = this.#queue;
      if (item.value !== undefined) await this.#handle(item);
      if (queue === this.#queue) item.done?.(); // forgotten meanwhile: it comes again
      if (this.#queue.length <= this.buffer / 2) {
        this.release();
        this.taken();
      }
    }
    this.#running = false;
  }

  /** @param {Item<Events>} item */
  async #handle({ event, value }) {
    for (const handler of this.#handlers.get(event) ?? []) {
      try {
        const wait = /** @type {any} */ (handler(value));
        if (typeof wait?.then === 'function') await wait;
      } catch (fault) {
        this.tell('error', /** @type {any} */ (fault));
      }
    }
  }
}
