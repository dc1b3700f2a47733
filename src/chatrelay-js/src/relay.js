import { RelayError, refusalOf } from './errors.js';
import { operations } from './operations.js';
import { newId, pauseBefore, rest } from './waiting.js';

/** @typedef {import('./waiting.js').Timers} Timers */
/** @typedef {import('../types/api.d.ts').CallOptions} CallOptions */
/** @typedef {import('../types/api.d.ts').Operations} Relay */

/**
 * @typedef {object} RelayOptions
 * @property {string} url where the relay is, such as `https://relay.example`
 * @property {string | ((refused: boolean) => string | Promise<string>)} [key] an API key, or a user's token; a function is asked before each request, and once more (`refused`) after a 401
 * @property {number} [retries] how often a request is tried again (4)
 * @property {number} [timeoutMs] how long one try may take (30,000)
 * @property {number} [longestWaitMs] a Retry-After beyond this ends in the error instead (60,000)
 * @property {typeof globalThis.fetch} [fetch]
 * @property {Timers} [timers]
 * @property {() => number} [random]
 * @property {() => number} [now]
 */

/**
 * @typedef {{ method: string, path: string, body?: boolean, query?: boolean, idempotent?: boolean, text?: boolean, list?: 'after' | 'after_seq' | 'before_seq' }} Operation
 * `list`: the parameter by which its pages follow one another.
 */

const NOT_TAKEN = [409, 429, 503];

/** What carries one client's requests. */
class Caller {
  /** @param {RelayOptions} options */
  constructor({ url, key, retries = 4, timeoutMs = 30_000, longestWaitMs = 60_000, fetch = (...args) => globalThis.fetch(...args), timers = globalThis, random = Math.random, now = Date.now }) {
    this.url = url.replace(/\/+$/, '');
    this.key = key;
    this.retries = retries;
    this.timeoutMs = timeoutMs;
    this.longestWaitMs = longestWaitMs;
    this.fetch = fetch;
    this.timers = timers;
    this.random = random;
    this.now = now;
  }

  /**
   * One operation, over as many tries as it takes. A POST goes under one idempotency key, so it has one effect however often it is sent.
   * @param {Operation} operation
   * @param {{ path: string[], query?: Record<string, any>, body?: unknown, options?: CallOptions }} call
   */
  async send(operation, { path, query = {}, body, options = {} }) {
    const url = this.url + fill(operation.path, path) + search(query);
    const repeatable = operation.idempotent || (operation.method !== 'POST' && operation.method !== 'PATCH');
    /** @type {Record<string, string>} */
    const headers = { Accept: operation.text ? '*/*' : 'application/json', ...options.headers };
    if (operation.idempotent) headers['Idempotency-Key'] = options.idempotencyKey ?? newId();
    if (operation.body) headers['Content-Type'] = 'application/json';
    const content = operation.body ? JSON.stringify(body ?? {}) : undefined;

    for (let attempt = 0, renewed = false; ; attempt++) {
      const outcome = await this.#once(url, operation, headers, content, options.signal, renewed);
      if (!(outcome instanceof RelayError)) return outcome;
      if (outcome.status === 401 && typeof this.key === 'function' && !renewed) {
        renewed = true; // it may have run out on the way
        continue;
      }
      const again = attempt < (options.retries ?? this.retries) && outcome.retryable && (repeatable || NOT_TAKEN.includes(outcome.status));
      const wait = Math.max(outcome.retryAfterMs ?? 0, pauseBefore(attempt, this.random));
      if (!again || wait > this.longestWaitMs) throw outcome;
      await rest(wait, this.timers, options.signal);
    }
  }

  /**
   * @param {string} url @param {Operation} operation @param {Record<string, string>} headers @param {string | undefined} body
   * @param {AbortSignal | undefined} signal @param {boolean} refused
   */
  async #once(url, operation, headers, body, signal, refused) {
    signal?.throwIfAborted();
    const key = typeof this.key === 'function' ? await this.key(refused) : this.key;
    const ending = new AbortController();
    const stop = () => ending.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    let late = false;
    const timer = this.timers.setTimeout(() => {
      late = true;
      ending.abort();
    }, this.timeoutMs);
    try {
      const answer = await this.fetch(url, { method: operation.method, headers: key ? { ...headers, Authorization: `Bearer ${key}` } : headers, body, signal: ending.signal, cache: 'no-store', credentials: 'omit' });
      if (!answer.ok) return await refusalOf(answer, this.now());
      if (answer.status === 204) return undefined;
      return operation.text ? await answer.text() : await answer.json();
    } catch (fault) {
      if (signal?.aborted) throw signal.reason;
      return new RelayError(late ? { code: 'timeout', detail: 'There was no answer in time.', retryable: true, cause: fault } : { code: 'network', detail: 'There was no answer.', retryable: true, cause: fault });
    } finally {
      this.timers.clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }
}

/**
 * A list: awaited it is its first page, in a `for await` all of its items, page after page. Nothing is asked before either.
 * @implements {PromiseLike<any>}
 */
class List {
  /** @param {Caller} caller @param {Operation} operation @param {{ path: string[], query?: Record<string, any>, options?: CallOptions }} call */
  constructor(caller, operation, call) {
    this.caller = caller;
    this.operation = operation;
    this.call = call;
  }

  /** @param {(page: any) => any} [done] @param {(fault: any) => any} [failed] */
  then(done, failed) { return this.caller.send(this.operation, this.call).then(done, failed); }

  async *[Symbol.asyncIterator]() {
    const { list } = this.operation;
    /** @type {Record<string, any>} */
    let query = { ...this.call.query };
    if (list === 'after_seq') query.after_seq ??= 0;
    for (;;) {
      const page = await this.caller.send(this.operation, { ...this.call, query });
      yield* page.data;
      if (!page.has_more || page.data.length === 0) return;
      const last = page.data[page.data.length - 1];
      if (list === 'after') query = { ...query, after: page.next_cursor, before: undefined };
      else if (list === 'after_seq') query = { ...query, after_seq: last.to ?? last.seq };
      else query = { ...query, before_seq: last.seq };
    }
  }
}

/** @param {string} template @param {string[]} values */
function fill(template, values) {
  let at = 0;
  return template.replace(/\{[^}]+\}/g, (name) => {
    const value = values[at++];
    if (typeof value !== 'string' || /^\.{0,2}$/.test(value)) throw new TypeError(`${name} of ${template} is missing`);
    return encodeURIComponent(value);
  });
}

/** @param {Record<string, any>} query */
function search(query) {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) text.append(name, value instanceof Date ? value.toISOString() : String(value));
  const said = text.toString();
  return said && `?${said}`;
}

/**
 * The relay by REST: one method for each operation of the document, under its name: `relay.notifications.send(…)`, `relay.rooms.members.put(room, user, …)`.
 * Path parameters come first, then the body, the query, and `{ signal, idempotencyKey, … }`.
 */
class RelayClient {
  /** @param {RelayOptions} options */
  constructor(options) {
    const caller = new Caller(options);
    /** @type {any} */
    const root = this;
    for (const [name, operation] of Object.entries(operations)) {
      const words = name.split('.').map(camel), last = /** @type {string} */ (words.pop());
      let place = root;
      for (const word of words) place = place[word] ??= {};
      place[last] = Object.assign(methodOf(caller, operation), place[last]); // `users.inbox` is a method, and has some
    }
  }
}

/** @param {string} word */
const camel = (word) => word.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** @param {Caller} caller @param {Operation} operation */
function methodOf(caller, operation) {
  const parameters = operation.path.split('{').length - 1;
  return (/** @type {any[]} */ ...args) => {
    const path = args.splice(0, parameters);
    const body = operation.body ? args.shift() : undefined, query = operation.query ? args.shift() : undefined, options = args.shift();
    return operation.list ? new List(caller, operation, { path, query, options }) : caller.send(operation, { path, query, body, options });
  };
}

/** The relay by REST. */
export const Relay = /** @type {new (options: RelayOptions) => Relay} */ (/** @type {unknown} */ (RelayClient));
