// One conversation with the relay over as many sockets as it takes. It says hello with a position for each room, comes back after every cut,
// and keeps what was written until the relay has acknowledged it: a message goes out again under the same `cid`, so it is neither lost nor doubled.
import { Refusal } from './api.js';

const FIRST_PAUSE = 500, LONGEST_PAUSE = 30_000, HELLO_TIME = 10_000, SLACK = 4_000;
const ENDED = new Map([[4003, 'The tenant is suspended.'], [4007, 'This page is too old for the relay.'], [4011, 'Signed out.'], [4013, 'Too many windows: this was the oldest.']]);

/** Full jitter: after a restart not everybody knocks at once. A hint of the relay's goes first. */
export const pauseBefore = (attempt, hint, random) =>
  hint ? hint[0] + random() * (hint[1] - hint[0]) : random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempt);

export class Connection {
  #socket; #asked = new Map(); #next = 1; #attempt = 0; #hint; #timers = new Map(); #outbox = []; #writing = false; #greeted = false; #stopped = false; #again = () => {};

  /**
   * `token()` gets a token; `positions()` says what is known already. Told: `state` (connecting, open, waiting, ended), `hello` and every pushed `frame`.
   * Socket, timers and chance come from outside, so that tests have their own.
   */
  constructor({ url, token, device, positions, presence, on, open = (to) => new WebSocket(to, 'chatrelay.v1'), timers = globalThis, random = Math.random }) {
    Object.assign(this, { url, token, device, positions, presence, on, open, timers, random });
  }

  get isOpen() { return this.#greeted; }

  /** What the relay has not acknowledged yet, in the order in which it was written. */
  get waiting() { return this.#outbox.map((entry) => entry.frame); }

  start() { this.#stopped = false; return this.#connect(); }

  stop(why = '') {
    this.#stopped = true;
    this.#drop();
    this.on.state('ended', why);
  }

  /** The network is back, or somebody looks at the page again: no reason to wait any longer. */
  wake() {
    if (this.#timers.has('pause')) this.#connect();
  }

  /** For what may be asked again: it fails if the connection ends before the answer. */
  ask(op, members = {}) {
    if (!this.#greeted) return Promise.reject(new Refusal({ code: 'cut', detail: 'There is no connection.', retryable: true }));
    return this.#say(op, members);
  }

  /** For what must not get lost: it waits for a connection and for its answer, over any number of cuts. */
  write(op, members) {
    return new Promise((resolve, reject) => {
      this.#outbox.push({ frame: { op, ...members }, resolve, reject });
      this.#flush();
    });
  }

  async #connect() {
    this.#drop();
    this.on.state('connecting');
    let token;
    try {
      token = await this.token();
    } catch {
      return this.#later();
    }
    if (this.#stopped || this.#socket) return;
    const socket = this.#socket = this.open(this.url);
    this.#after('silence', HELLO_TIME, () => this.#cut(socket));
    socket.onopen = () => this.#hello(socket, token);
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(socket, JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.#socket && this.#closed(code);
    socket.onerror = () => {}; // a close follows
  }

  async #hello(socket, token) {
    try {
      const ok = await this.#say('hello', { v: 1, token, device: this.device, client: 'web-chat', resume: this.positions(), ...(this.presence && { presence: this.presence }) });
      if (socket !== this.#socket) return;
      this.silence = ok.ping_ms + ok.pong_ms + SLACK;
      this.#attempt = 0;
      this.#hint = undefined;
      this.#greeted = true;
      this.#heard(socket);
      this.#refreshBefore(Date.parse(ok.exp) - Date.parse(ok.time));
      this.on.state('open');
      this.on.hello(ok);
      this.#flush();
    } catch (refused) {
      if (socket === this.#socket && refused.code !== 'cut') this.#cut(socket);
    }
  }

  #take(socket, frame) {
    this.#heard(socket);
    if (frame.ev === undefined) {
      const asked = this.#asked.get(frame.id);
      this.#asked.delete(frame.id);
      if (frame.error) asked?.reject(new Refusal(frame.error));
      else asked?.resolve(frame.ok);
    } else if (frame.ev === 'ping') socket.send('{"op":"pong"}');
    else if (frame.ev === 'bye') this.#hint = frame.retry_ms;
    else this.on.frame(frame);
  }

  #say(op, members) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#asked.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, op, ...members }));
    });
  }

  // One after the other: what was written first has the lower number.
  async #flush() {
    if (this.#writing || !this.#greeted) return;
    this.#writing = true;
    while (this.#outbox.length > 0 && this.#greeted) {
      const entry = this.#outbox[0], { op, ...members } = entry.frame;
      try {
        const ok = await this.#say(op, members);
        this.#outbox.shift();
        entry.resolve(ok);
      } catch (refused) {
        if (refused.code === 'cut') break; // perhaps it was done, perhaps not: it goes out again, and the relay knows it by its cid
        if (refused.retryable) await this.#rest(refused.retryMs ?? 1_000);
        else {
          this.#outbox.shift();
          entry.reject(refused);
        }
      }
    }
    this.#writing = false;
    if (this.#greeted && this.#outbox.length > 0) this.#flush();
  }

  // A cut ends the rest too.
  #rest(ms) {
    return new Promise((go) => {
      this.#again = go;
      this.#after('retry', ms, go);
    });
  }

  #refreshBefore(lifetime) {
    if (!(lifetime > 0)) return;
    this.#after('refresh', Math.max(1_000, lifetime * 0.8), async () => {
      try {
        const { exp } = await this.ask('refresh', { token: await this.token() });
        this.#refreshBefore(Date.parse(exp) - Date.now());
      } catch {
        this.#refreshBefore(30_000);
      }
    });
  }

  // A network that went away without a word is noticed by the ping that does not come.
  #heard(socket) {
    if (this.silence) this.#after('silence', this.silence, () => this.#cut(socket));
  }

  #cut(socket) {
    socket.close();
    if (socket === this.#socket) this.#closed(1006);
  }

  #closed(code) {
    this.#drop();
    if (this.#stopped) return;
    if (ENDED.has(code)) this.stop(ENDED.get(code));
    else this.#later();
  }

  #later() {
    if (this.#stopped) return;
    const pause = pauseBefore(this.#attempt++, this.#hint, this.random);
    this.#hint = undefined;
    this.on.state('waiting', pause);
    this.#after('pause', pause, () => this.#connect());
  }

  #drop() {
    for (const timer of this.#timers.values()) this.timers.clearTimeout(timer);
    this.#timers.clear();
    this.#greeted = false;
    this.#again();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket && socket.readyState < 2) socket.close();
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(new Refusal({ code: 'cut', detail: 'The connection was cut.', retryable: true }));
  }

  #after(name, ms, what) {
    this.timers.clearTimeout(this.#timers.get(name));
    this.#timers.set(name, this.timers.setTimeout(() => {
      this.#timers.delete(name);
      what();
    }, ms));
  }
}
