// One connection after the other: opened, greeted, listened to, ended, and come back to. It knows no rooms.
import { RelayError, cut, isCut } from './errors.js';
import { Relay } from './relay.js';
import { pauseBefore } from './waiting.js';
import { Choice, PollWay, SocketWay, StreamWay } from './ways.js';

/** @typedef {import('./entries.js').Frame} Frame */
/** @typedef {import('./ways.js').Way} Way */
/** @typedef {import('./ways.js').Ending} Ending */
/** @typedef {'connecting' | 'open' | 'waiting' | 'closed'} State */

/**
 * @typedef {object} Owner who speaks over it
 * @property {() => Record<string, any>} hello what to say first, but for the token
 * @property {(ok: Frame, first: boolean) => void} welcome polls are welcomed each time
 * @property {(frame: Frame) => void} frame
 * @property {() => void} dropped
 * @property {() => void} closed
 * @property {() => Promise<void> | undefined} busy what polls wait for
 */

const HELLO_TIME = 10_000, POLL_TIME = 35_000, SLACK = 4_000, REFUSALS = 5, LONGEST_FRAME = 128 * 1024;
const ENDED = new Map([[4000, 'The relay does not understand this client.'], [4003, 'The tenant is suspended.'], [4007, 'This client is too old for the relay.'], [4011, 'Signed out.'], [4013, 'Replaced by a newer connection.']]);
const WAYS = { websocket: SocketWay, sse: StreamWay, poll: PollWay };

export class Connection {
  /** @type {State} */
  state = 'closed';
  /** Counts connections: who waited looks whether it is still the same one. */
  turn = 0;
  /** The relay has answered the hello. */
  isGreeted = false;
  #attempt = 0; #refusals = 0; #next = 1; #resting = false; #place; #silence = HELLO_TIME;
  /** @type {SocketWay | StreamWay | PollWay | undefined} */
  #link;
  /** @type {[number, number] | undefined} */
  #hint;
  /** @type {number | undefined} */
  #byeCode;
  /** @type {Map<string, any>} */
  #timers = new Map();
  /** @type {Map<number, { resolve: (ok: any) => void, reject: (fault: any) => void }>} */
  #asked = new Map();
  /** @type {Set<() => void>} */
  #pausing = new Set();
  /** @type {Map<string, import('./relay.js').Relay>} */
  #relays = new Map();

  /**
   * @param {{ urls: string[], ways: Way[], tokens: import('./tokens.js').Tokens, fetch: typeof globalThis.fetch, WebSocket: any, timers: import('./waiting.js').Timers, random: () => number }} parts
   * @param {import('./application.js').Application<any>} application
   * @param {Owner} owner
   */
  constructor({ urls, ways, tokens, fetch, WebSocket, timers, random }, application, owner) {
    this.urls = urls;
    this.choice = new Choice(ways, urls.length);
    this.tokens = tokens;
    this.fetch = fetch;
    this.WebSocket = WebSocket;
    this.timers = timers;
    this.random = random;
    this.application = application;
    this.owner = owner;
    this.#place = Math.floor(random() * urls.length);
  }

  /** A WebSocket is open: there are ops. */
  get isSocket() { return this.isGreeted && this.#link instanceof SocketWay; }

  start() {
    if (this.state !== 'closed') return;
    this.#refusals = this.#attempt = 0;
    this.connect();
  }

  /** @param {string} [reason] */
  close(reason) {
    this.#drop();
    this.#resting = false;
    this.owner.closed();
    this.#stateIs('closed', { reason });
  }

  wake() {
    if (this.#timers.has('pause')) this.connect();
  }

  /** The application has room again. */
  taken() {
    if (!this.#resting) return;
    this.#resting = false;
    this.connect();
  }

  /** Anew and at once: what was missed in between comes by positions. */
  async connect() {
    this.#drop();
    const turn = this.turn;
    if (this.application.isFull) { // there is time until it has taken what came
      this.#resting = true;
      return this.#stateIs('waiting', { reason: 'The application is slow.' });
    }
    this.#stateIs('connecting', {});
    try {
      if (this.tokens.isNeeded) await this.tokens.renew();
    } catch (fault) {
      if (turn !== this.turn) return;
      this.application.tell('error', fault);
      return this.#later();
    }
    if (turn === this.turn) this.#open(turn);
  }

  /** A stream follows what its hello named: it is begun anew. A poll says hello all the time. */
  again() {
    if (this.#link instanceof StreamWay) this.after('again', 0, () => this.connect());
  }

  /** There is no way on here: come back. */
  giveUp() { this.#ended({}); }

  /** @param {number} turn */
  #open(turn) {
    const mine = (/** @type {(...args: any[]) => any} */ what) => (/** @type {any[]} */ ...args) => (turn === this.turn ? what(...args) : undefined);
    const { way } = this.choice;
    this.#listen(way === 'poll' ? POLL_TIME : HELLO_TIME);
    try {
      this.#link = new WAYS[way]({
        url: this.urls[this.#place], hello: () => ({ v: 1, token: this.tokens.current, ...this.owner.hello() }), frame: mine((frame) => this.#take(frame)), ended: mine((ending) => this.#ended(ending)),
        room: mine(() => this.application.untilRoom() ?? this.owner.busy()), fetch: this.fetch, WebSocket: this.WebSocket,
      });
    } catch (fault) { // an address that is none, or a page that may not
      this.application.tell('error', fault);
      this.#ended({});
    }
  }

  /** @param {Frame} frame */
  #take(frame) {
    this.#listen(this.#silence);
    if (frame.ev === undefined) this.#answer(frame);
    else if (frame.ev === 'bye') [this.#hint, this.#byeCode] = [frame.retry_ms, frame.code];
    else if (frame.ev !== 'ping') this.owner.frame(frame);
    else if (this.#link instanceof SocketWay) this.#link.send('{"op":"pong"}');
    if (this.application.isFull && this.#link instanceof SocketWay) this.connect(); // a WebSocket cannot be read slower: it is let go, and come back to
  }

  /** @param {Frame} frame */
  #answer(frame) {
    if (!(this.#link instanceof SocketWay) || frame.id === 0) return frame.ok ? this.#welcome(frame.ok) : undefined; // a refused hello is closed
    const asked = this.#asked.get(frame.id);
    this.#asked.delete(frame.id);
    if (!frame.error) return asked?.resolve(frame.ok);
    const { code, detail, retryable, retry_ms: retryAfterMs, pointer } = frame.error;
    asked?.reject(new RelayError({ code, detail, retryable, retryAfterMs, pointer }));
  }

  /** @param {Frame} ok */
  #welcome(ok) {
    const first = !this.isGreeted;
    if (first) {
      this.isGreeted = true;
      this.choice.opened();
      this.#refusals = 0;
      this.#attempt = Math.min(this.#attempt, 1);
      this.#hint = undefined;
      this.after('settled', 5_000, () => { this.#attempt = 0; });
      if (!this.choice.isBest) this.after('better', (this.choice.bestWorks ? 30_000 : 600_000) * (0.5 + this.random()), () => this.#tryBest());
      this.#silence = this.#link instanceof PollWay ? POLL_TIME : ok.ping_ms + ok.pong_ms + SLACK;
      this.#listen(this.#silence);
      this.#stateIs('open', { way: this.choice.way });
    }
    if (first || this.tokens.isNew) this.#refreshBefore(Date.parse(ok.exp) - Date.parse(ok.time));
    this.owner.welcome(ok, first);
  }

  /** @param {Ending} ending */
  #ended({ code = this.#byeCode, hint, detail }) {
    if (this.isGreeted) this.choice.ended();
    else if (code === undefined || code < 4000) this.choice.missed();
    this.#hint = hint ?? this.#hint;
    if (code === 4009 || code === 4010) this.tokens.forget();
    const reason = code === 4009 && ++this.#refusals > REFUSALS ? 'The token is not valid.' : code !== undefined && ENDED.get(code);
    if (reason) {
      this.application.tell('error', new RelayError({ code: 'closed', detail: detail ?? reason }));
      return this.close(detail ?? reason);
    }
    this.#place = (this.#place + 1) % this.urls.length;
    this.#later();
  }

  #later() {
    this.#drop();
    const wait = pauseBefore(this.#attempt++, this.random, this.#hint);
    this.#hint = undefined;
    this.after('pause', wait, () => this.connect());
    this.#stateIs('waiting', { wait });
  }

  #drop() {
    this.turn++;
    for (const timer of this.#timers.values()) this.timers.clearTimeout(timer);
    this.#timers.clear();
    this.isGreeted = false;
    this.#byeCode = undefined;
    this.#silence = HELLO_TIME;
    this.#link?.close();
    this.#link = undefined;
    this.owner.dropped();
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(cut());
    for (const go of this.#pausing) go();
    this.application.release();
  }

  // A network that went away without a word is noticed by the ping that does not come. Who does not read does not hear it either.
  /** @param {number} ms */
  #listen(ms) {
    this.after('silence', ms, () => {
      if (this.application.isFull) this.#listen(ms);
      else this.#ended({});
    });
  }

  #tryBest() {
    if (this.application.isFull) return;
    this.choice.best();
    this.connect();
  }

  // --- tokens ---

  /** A new token now. */
  async refresh() {
    await this.tokens.renew();
    if (this.state === 'closed') this.start();
    else await this.#present();
  }

  /** @param {number} ms */
  #refreshBefore(ms) {
    const due = this.tokens.lives(ms);
    if (due !== undefined) this.after('refresh', due, () => this.#refreshInTime());
  }

  async #refreshInTime() {
    const { turn } = this;
    try {
      await this.tokens.renew();
      if (turn === this.turn) await this.#present();
    } catch (fault) {
      this.application.tell('error', fault);
      if (turn === this.turn) this.after('refresh', 30_000 * (0.5 + this.random()), () => this.#refreshInTime());
    }
  }

  // A poll says the new one by itself; a stream has to be begun anew.
  async #present() {
    if (this.#link instanceof PollWay) return;
    if (!this.isSocket) return void this.connect();
    const { turn } = this;
    try {
      const { exp } = await this.say('refresh', { token: this.tokens.current });
      this.#refreshBefore(Date.parse(exp) - this.tokens.now());
    } catch {
      if (turn === this.turn) this.connect(); // another user's, or for another device: as a newcomer then
    }
  }

  /** The routes that take a user's token. */
  get rest() {
    const url = this.urls[this.#place];
    const relay = this.#relays.get(url) ?? new Relay({ url, key: (refused) => this.tokens.get(refused), fetch: this.fetch, timers: this.timers, random: this.random, now: this.tokens.now });
    this.#relays.set(url, relay);
    return relay;
  }

  // --- asking ---

  /** An op, by WebSocket. It fails with the connection. @param {string} op @param {Record<string, any>} members @returns {Promise<any>} */
  say(op, members) {
    return new Promise((resolve, reject) => {
      if (!(this.#link instanceof SocketWay) || !this.isGreeted) return reject(cut());
      const id = this.#next++, frame = JSON.stringify({ id, op, ...members });
      if (new TextEncoder().encode(frame).length > LONGEST_FRAME) return reject(new RelayError({ code: 'payload_too_large', detail: 'It is longer than a frame may be.' })); // the relay would close the connection, each time
      this.#asked.set(id, { resolve, reject });
      this.#link.send(frame);
    });
  }

  /** The same, for what the relay may do only a little later. @param {string} op @param {Record<string, any>} members @returns {Promise<any>} */
  async sayPatiently(op, members) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.say(op, members);
      } catch (fault) {
        if (isCut(fault) || !(fault instanceof RelayError && fault.retryable)) throw fault;
        await this.pause(fault.retryAfterMs ?? pauseBefore(attempt, this.random));
      }
    }
  }

  /** A cut ends it too. @param {number} ms @returns {Promise<void>} */
  pause(ms) {
    return new Promise((resolve) => {
      const go = () => {
        this.timers.clearTimeout(timer);
        this.#pausing.delete(go);
        resolve();
      };
      const timer = this.timers.setTimeout(go, ms);
      this.#pausing.add(go);
    });
  }

  /** For this connection only. @param {string} name @param {number} ms @param {() => void} what */
  after(name, ms, what) {
    this.timers.clearTimeout(this.#timers.get(name));
    this.#timers.set(name, this.timers.setTimeout(() => {
      this.#timers.delete(name);
      what();
    }, ms));
  }

  /** @param {State} state @param {{ way?: Way, wait?: number, reason?: string }} more */
  #stateIs(state, more) {
    if (this.state === state && state !== 'waiting') return;
    this.state = state;
    this.application.tell('state', { state, ...more });
  }
}
