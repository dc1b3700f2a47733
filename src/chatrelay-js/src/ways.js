// Three ways to the relay with the same frames: a WebSocket, a stream of Server-Sent Events, and polls. Each is one connection: it is opened, brings frames, and ends.
import { retryAfter } from './errors.js';

/** @typedef {import('./entries.js').Frame} Frame */
/** @typedef {'websocket' | 'sse' | 'poll'} Way */
/** @typedef {{ code?: number, hint?: [number, number], opened?: boolean, detail?: string }} Ending why a connection ended: a close code, when to come back */

/**
 * @typedef {object} Ends what a way needs of its user
 * @property {string} url of the relay
 * @property {() => Record<string, any>} hello what to say first, as things stand now
 * @property {(frame: Frame) => void} frame
 * @property {(ending: Ending) => void} ended once at most, and not after `close()`
 * @property {() => Promise<void> | undefined} room what to wait for before more is taken
 * @property {typeof globalThis.fetch} fetch
 * @property {any} [WebSocket]
 */

const PATIENCE = 8;

/** The codes that refusals by HTTP stand for. */
const CODES = /** @type {Record<number, number>} */ ({ 401: 4009, 403: 4003, 400: 4000, 413: 4000, 422: 4000, 429: 4101, 503: 4100 });

/** A WebSocket. */
export class SocketWay {
  /** @param {Ends} ends */
  constructor(ends) {
    const socket = this.socket = new ends.WebSocket(`${ends.url.replace(/^http/, 'ws')}/v1/connect`, 'chatrelay.v1');
    let over = false;
    this.end = (/** @type {Ending} */ ending) => {
      if (over) return;
      over = true;
      ends.ended(ending);
    };
    this.close = () => {
      over = true;
      if (socket.readyState < 2) socket.close();
    };
    socket.onopen = () => !over && this.send({ id: 0, op: 'hello', ...ends.hello() });
    socket.onmessage = (/** @type {{ data: string }} */ { data }) => !over && ends.frame(JSON.parse(data));
    socket.onclose = (/** @type {{ code: number }} */ { code }) => this.end({ code });
    socket.onerror = () => {}; // a close follows
  }

  /** @param {Frame} frame */
  send(frame) { this.socket.send(JSON.stringify(frame)); }
}

/** What the two ways by HTTP share: one hello as the body of a POST. */
class HttpWay {
  #ending = new AbortController();
  over = false;

  /** @param {Ends} ends */
  constructor(ends) { this.ends = ends; }

  close() {
    this.over = true;
    this.#ending.abort();
  }

  /** @param {Ending} ending */
  end(ending) {
    if (this.over) return;
    this.close();
    this.ends.ended(ending);
  }

  /** The answer, or undefined when there was none. @param {string} path @param {Record<string, any>} more */
  async post(path, more = {}) {
    const answer = await this.ends.fetch(this.ends.url + path, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...this.ends.hello(), ...more }), signal: this.#ending.signal, cache: 'no-store', credentials: 'omit',
    });
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => ({}));
    const after = retryAfter(answer.headers.get('retry-after'), Date.now());
    this.end({ code: problem.code ? CODES[answer.status] : undefined, hint: after === undefined ? undefined : [after, after * 1.5 + 1_000], detail: problem.detail });
    return undefined;
  }

  /** Until there is room for more. */
  async untilRoom() {
    for (let wait = this.ends.room(); wait; wait = this.ends.room()) await wait;
  }
}

/** A stream of Server-Sent Events, read with fetch: the token stands in the body. What is not taken is not read, and the relay's end notices. */
export class StreamWay extends HttpWay {
  /** @param {Ends} ends */
  constructor(ends) {
    super(ends);
    this.#run().then(() => this.end({}), () => this.end({}));
  }

  async #run() {
    const answer = await this.post('/v1/connect/events');
    if (!answer?.body) return;
    const reader = answer.body.getReader(), text = new TextDecoder();
    let rest = '';
    while (!this.over) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (rest + text.decode(value, { stream: true })).split('\n\n');
      rest = /** @type {string} */ (events.pop());
      for (const event of events) {
        await this.untilRoom();
        const data = event.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart()).join('\n');
        if (data && !this.over) this.ends.frame(JSON.parse(data));
      }
    }
  }
}

/** One poll after the other, each a hello with the positions of its time. */
export class PollWay extends HttpWay {
  /** @param {Ends} ends */
  constructor(ends) {
    super(ends);
    this.#run().then(() => this.end({}), () => this.end({}));
  }

  async #run() {
    for (let wait_s = 0; !this.over; wait_s = 25) { // the first says at once how things stand
      await this.untilRoom();
      if (this.over) return;
      const answer = await this.post('/v1/connect/poll', { wait_s });
      if (!answer) return;
      for (const frame of (await answer.json()).frames) if (!this.over) this.ends.frame(frame);
    }
  }
}

/**
 * Which way to try next. A way that does not open on any address gives way to the next; one that was seen to work is tried longer, and is come back to.
 */
export class Choice {
  at = 0;
  #misses = 0;
  /** @type {Set<Way>} */
  #proven = new Set();

  /** @param {Way[]} ways the best one first @param {number} addresses */
  constructor(ways, addresses) {
    this.ways = ways;
    this.addresses = addresses;
  }

  get way() { return this.ways[this.at]; }
  get isBest() { return this.at === 0; }

  /** The best way was seen to work here. */
  get bestWorks() { return this.#proven.has(this.ways[0]); }

  opened() {
    this.#proven.add(this.way);
    this.#misses = 0;
  }

  ended() {
    if (this.#proven.has(this.ways[0]) && this.#misses === 0) this.at = 0;
  }

  // What worked before was likelier cut off than forbidden.
  missed() {
    if (++this.#misses < this.addresses * (this.#proven.has(this.way) ? PATIENCE : 1)) return;
    this.#misses = 0;
    this.at = (this.at + 1) % this.ways.length;
  }

  best() {
    this.at = 0;
    this.#misses = 0;
  }
}
