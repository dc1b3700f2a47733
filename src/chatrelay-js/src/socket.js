// One conversation with the relay over as many connections as it takes: a WebSocket, and where none opens a stream or polls.
//
// It remembers one position for each room and one for the inbox. Numbers are handed over one after the other, whatever they came by; what is missing is asked for.
// What is written waits in the outbox until the relay has acknowledged it, and goes out again under the same name: neither lost nor doubled.
import { Application } from './application.js';
import { Connection } from './connection.js';
import { entryOf, frameOf } from './entries.js';
import { RelayError, cut } from './errors.js';
import { Inbox } from './inbox.js';
import { Outbox } from './outbox.js';
import { Rooms } from './rooms.js';
import { Tokens } from './tokens.js';
import { newId } from './waiting.js';
import { Writing } from './writing.js';

/** @typedef {import('./entries.js').Entry} Entry */
/** @typedef {import('./entries.js').Frame} Frame */
/** @typedef {import('./entries.js').Sent} Sent */
/** @typedef {import('./position.js').At} At */
/** @typedef {import('./ways.js').Way} Way */
/** @typedef {import('./connection.js').State} State */
/** @typedef {import('../types/api.d.ts').SealedInputInput} Encrypted */
/** @typedef {{ body?: unknown, encrypted?: Encrypted }} Content one of the two */
/** @typedef {{ rooms: Record<string, At>, inbox?: At }} Positions how far the application has everything */

/**
 * @typedef {object} RelaySocketOptions
 * @property {string | string[]} url where the relay is, or several places of it
 * @property {() => string | Promise<string>} token gives a user's token: at the start, before it ends, and when it was refused
 * @property {string} [device] this device's name; the same after a reload
 * @property {string[]} [rooms] rooms to follow besides those that the relay joins by itself (the 200 liveliest)
 * @property {'none' | 'count' | 'list'} [presence] what to be told of who else is there
 * @property {Positions} [resume] where an earlier run stood: its `positions`
 * @property {'any' | Way} [transport] `any`: a WebSocket, and where none opens a stream, then polls
 * @property {any} [WebSocket] where there is no global one
 * @property {import('./outbox.js').OutboxStore} [outbox] keeps what is unsent over a reload: `storedOutbox(…)`
 * @property {number} [outboxLimit] how many writes may wait (1,000)
 * @property {number} [buffer] how much may wait for the application before nothing more is taken (10,000 events)
 * @property {string} [client] what the relay's log shows
 * @property {typeof globalThis.fetch} [fetch]
 * @property {import('./waiting.js').Timers} [timers]
 * @property {() => number} [random]
 * @property {() => number} [now]
 */

/**
 * What `on` can be asked for. A handler that gives a promise is waited for before the next event is handed over.
 * @typedef {object} Events
 * @property {Entry} message the next entry of a room, or one without a number (ephemeral)
 * @property {{ room: string, epoch: string, head: number }} reset forget what you have of the room, and load it anew; what follows `head` comes by itself
 * @property {{ room: string, state: 'joined' | 'left' | 'denied' | 'deleted', epoch?: string, head?: number, first?: number, read?: number, unread?: number }} room
 * @property {{ room: string, user: string, seq: number }} read
 * @property {{ room: string, count: number, all?: boolean, join?: any[], leave?: any[], update?: any[] }} presence
 * @property {Frame} signal `room` instead of `r`
 * @property {{ id: string, seq: number, epoch: string, state: string, created_at: string, expires_at: string | null, notification: any }} notification one for this user; it is acknowledged when the handler is done
 * @property {{ id: string | null, up_to?: number, about?: number, state: string }} inbox what became of one, on whatever device
 * @property {{}} inbox_reset the inbox has to be loaded anew
 * @property {Frame} welcome the relay's answer to a hello: how each room and the inbox stand
 * @property {{ state: State, way?: Way, wait?: number, reason?: string }} state
 * @property {unknown} error what went wrong and has no other place
 */

const TYPING_EVERY = 3_000;

export class RelaySocket {
  /** @type {Application<Events>} */
  #application;
  #connection; #rooms; #inbox; #writing; #outbox;
  /** @type {Map<string, number>} signals to this device, until when each is kept */
  #signals = new Map();
  /** @type {Map<string, number>} */
  #typed = new Map();
  /** @type {{ status: string, text?: string | null } | undefined} */
  #status;
  #online = () => this.wake();

  /** The user whose token it is, after the first hello. @type {string | undefined} */
  user;

  /** @param {RelaySocketOptions} options */
  constructor({
    url, token, device, rooms = [], presence, resume, transport = 'any', WebSocket = globalThis.WebSocket, outbox, outboxLimit = 1_000, buffer = 10_000, client = 'chatrelay-js',
    fetch = (...args) => globalThis.fetch(...args), timers = globalThis, random = Math.random, now = Date.now,
  }) {
    const ways = /** @type {Way[]} */ (transport === 'any' ? ['websocket', 'sse', 'poll'] : [transport]).filter((way) => way !== 'websocket' || WebSocket);
    if (ways.length === 0) throw new TypeError('There is no WebSocket here: hand one over, or allow another transport.');
    const urls = [url].flat().map((one) => one.replace(/\/+$/, ''));
    const hello = { client, ...(device && { device }), ...(presence && { presence }) };
    this.#application = new Application(buffer, () => this.#connection.taken());
    this.#connection = new Connection({ urls, ways, tokens: new Tokens(token, now), fetch, WebSocket, timers, random }, this.#application, {
      hello: () => ({ ...hello, resume: this.#received() }),
      welcome: (ok, first) => this.#welcome(ok, first),
      frame: (frame) => this.#take(frame),
      dropped: () => [this.#rooms, this.#inbox].forEach((part) => part.dropped()),
      closed: () => this.#closed(),
      busy: () => (this.#rooms.isFilling ? this.#application.untilReleased() : undefined),
    });
    this.#outbox = new Outbox(outboxLimit, outbox, (fault) => this.#application.tell('error', fault));
    this.#writing = new Writing(this.#connection, this.#outbox, () => /** @type {string} */ (this.user));
    this.#rooms = new Rooms(this.#connection, this.#application, presence);
    this.#inbox = new Inbox(this.#connection, this.#application, (about) => void this.#writing.write({ op: 'ack', ...about }).catch(() => {}));
    this.on('reset', ({ room }) => this.#writing.reset(room));
    this.#rooms.resume(resume?.rooms ?? {});
    this.#inbox.resume(resume?.inbox);
    for (const room of rooms) this.#rooms.join(room);
  }

  /** @returns {State} */
  get state() { return this.#connection.state; }

  /** How far the application has everything: to be kept, and given as `resume` to the next run. @returns {Positions} */
  get positions() { return { rooms: this.#rooms.handed, ...(this.#inbox.handed && { inbox: this.#inbox.handed }) }; }

  /** What the relay has not acknowledged yet, in the order in which it was written. */
  get unsent() { return this.#outbox.writes; }

  /** The routes that take a user's token, with this one's. */
  get rest() { return this.#connection.rest; }

  /**
   * @template {keyof Events} K
   * @param {K} event @param {(value: Events[K]) => unknown} handler
   * @returns {() => void} takes it away again
   */
  on(event, handler) { return this.#application.on(event, handler); }

  /** Begins, or begins again. */
  start() {
    globalThis.addEventListener?.('online', this.#online);
    this.#connection.start();
    return this;
  }

  /** Ends; what was not handed over is asked for again by the next start. @param {string} [reason] */
  close(reason) { this.#connection.close(reason); }

  /** The network is back, or somebody looks at the page again: no reason to wait any longer. */
  wake() { this.#connection.wake(); }

  /** Takes a new token from its source now. */
  refresh() { return this.#connection.refresh(); }

  // --- rooms ---

  /** Follows one more room; what it was told before lies in `history`. Resolves when it is followed. @param {string} room */
  join(room) { return this.#rooms.join(room); }

  /** Follows it no longer. @param {string} room */
  leave(room) { this.#rooms.leave(room); }

  /**
   * What was said before a number (or at the end, if left out), ascending. It moves no position.
   * @param {string} room
   * @param {{ before?: number, limit?: number, signal?: AbortSignal }} [of]
   */
  async history(room, { before, limit = 50, signal } = {}) {
    const page = await this.rest.messages.list(room, { before_seq: before, limit }, { signal });
    const entries = page.data.map((entry) => frameOf(room, page.epoch, entry)).filter(({ ev }) => ev === 'msg').map(entryOf);
    return { entries, epoch: page.epoch, more: page.has_more, before: page.data[0]?.seq };
  }

  /**
   * A message. It resolves when the relay has it, over any number of cuts; it is refused only for good.
   * @param {string} room
   * @param {Content & { client_id?: string, type?: string, reply_to?: string, mentions?: string[], metadata?: unknown, expires_in_s?: number, expect_seq?: number, ephemeral?: boolean }} message
   * @returns {Promise<Sent>}
   */
  send(room, { client_id = newId(), ...message }) { return this.#writing.write({ op: 'send', room, client_id, ...message }, client_id); }

  /** @param {string} room @param {string} message @param {Content} content @returns {Promise<Sent>} */
  edit(room, message, content) { return this.#writing.write({ op: 'edit', room, message, ...content }); }

  /** @param {string} room @param {string} message @returns {Promise<Sent | undefined>} */
  delete(room, message) { return this.#writing.write({ op: 'delete', room, message }); }

  /** @param {string} room @param {string} message @param {{ key: string } | { encrypted: Encrypted }} what @returns {Promise<Sent>} */
  react(room, message, what) { return this.#writing.write({ op: 'react', room, message, ...what }); }

  /** @param {string} room @param {string} message @param {{ key: string } | { encrypted: Encrypted }} what @returns {Promise<Sent | undefined>} */
  unreact(room, message, what) { return this.#writing.write({ op: 'unreact', room, message, ...what }); }

  /** @param {string} room @param {string} message @returns {Promise<Sent>} */
  pin(room, message) { return this.#writing.write({ op: 'pin', room, message }); }

  /** @param {string} room @param {string} message @returns {Promise<Sent | undefined>} */
  unpin(room, message) { return this.#writing.write({ op: 'unpin', room, message }); }

  /** Everything up to this number was read. It only moves on, and the last one counts. @param {string} room @param {number} seq */
  read(room, seq) { this.#writing.read(room, seq); }

  // --- the inbox ---

  /** @param {string} notification */
  readNotification(notification) { return this.#writing.write({ op: 'inbox.read', notification }); }

  /** @param {string} notification */
  archiveNotification(notification) { return this.#writing.write({ op: 'inbox.archive', notification }); }

  readAllNotifications() { return this.#writing.write({ op: 'inbox.read_all' }); }

  // --- now or never: only a WebSocket can say it ---

  /**
   * To whoever follows the room, or to a user's devices.
   * @param {{ room?: string, to?: { user: string, device?: string }, kind: string, data?: unknown, encrypted?: Encrypted, ttl_ms?: number, call?: string }} what
   * @returns {Promise<{ told?: boolean, sid?: string, exp?: string }>}
   */
  signal({ room, ...what }) {
    const { isSocket, isGreeted } = this.#connection;
    if (isSocket) return this.#connection.say('signal', { ...(room !== undefined && { r: room }), ...what });
    return Promise.reject(isGreeted ? new RelayError({ code: 'needs_websocket', detail: 'Only a WebSocket can say this.' }) : cut());
  }

  /** Somebody types: to be called at every key, it is said every few seconds. @param {string} room */
  typing(room) {
    const now = this.#connection.tokens.now();
    if (now - (this.#typed.get(room) ?? -Infinity) < TYPING_EVERY) return;
    this.#typed.set(room, now);
    this.signal({ room, kind: 'typing' }).catch(() => {});
  }

  /** How this user is shown; it is said again after a cut. @param {'online' | 'away' | 'dnd' | 'invisible'} status @param {string | null} [text] */
  setStatus(status, text) {
    this.#status = { status, ...(text !== undefined && { text }) };
    this.#tellStatus();
  }

  #tellStatus() {
    if (this.#status && this.#connection.isSocket) this.#connection.say('presence', this.#status).catch(() => {});
  }

  // --- what comes ---

  #received() {
    for (const [sid, end] of this.#signals) if (end < this.#connection.tokens.now()) this.#signals.delete(sid);
    const inbox = this.#inbox.received, signals = [...this.#signals.keys()].slice(-200);
    return { rooms: this.#rooms.received, ...(inbox && { inbox }), ...(signals.length > 0 && { signals }) };
  }

  /** @param {Frame} ok @param {boolean} first */
  #welcome(ok, first) {
    this.user = ok.user;
    if (first) this.#application.hand('welcome', ok);
    this.#rooms.welcome(ok.rooms, first);
    if (ok.inbox) this.#inbox.welcome(ok.inbox);
    if (!first) return;
    this.#tellStatus();
    this.#writing.welcome();
  }

  /** @param {Frame} frame */
  #take(frame) {
    const { ev, r: room } = frame;
    if (ev === 'msg' || ev === 'skip') this.#rooms.take(frame);
    else if (ev === 'head') this.#rooms.fill(room);
    else if (ev === 'room') this.#rooms.moved(frame);
    else if (ev === 'read') this.#application.offer('read', { room, user: frame.user, seq: frame.s });
    else if (ev === 'presence') this.#application.offer('presence', { room, count: frame.count, all: frame.all, join: frame.join, leave: frame.leave, update: frame.update });
    else if (ev === 'signal') this.#signalled(frame);
    else if (ev.startsWith('inbox')) this.#inbox.take(frame);
  }

  /** @param {Frame} frame */
  #signalled({ ev, r, ...signal }) {
    if (signal.sid && this.#signals.has(signal.sid)) return;
    const told = r === undefined ? signal : { room: r, ...signal };
    if (!signal.sid) return this.#application.offer('signal', told);
    this.#signals.set(signal.sid, Date.parse(signal.exp));
    this.#application.hand('signal', told);
  }

  #closed() {
    globalThis.removeEventListener?.('online', this.#online);
    this.#application.clear();
    this.#application.release();
    this.#rooms.rewind();
    this.#inbox.rewind();
  }
}
