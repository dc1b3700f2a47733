// One conversation with the relay over as many connections as it takes: a WebSocket, and where none opens a stream or polls.
//
// It remembers one position for each room and one for the inbox. Numbers are handed over one after the other, whatever they came by; what is missing is asked for.
// What is written waits in the outbox until the relay has acknowledged it, and goes out again under the same name: neither lost nor doubled.
import { entryOf, frameOf, asFrame, byRest, sentOf } from './entries.js';
import { RelayError } from './errors.js';
import { Outbox } from './outbox.js';
import { Position } from './position.js';
import { Relay } from './relay.js';
import { newId, pauseBefore } from './waiting.js';
import { Choice, PollWay, SocketWay, StreamWay } from './ways.js';

/** @typedef {import('./entries.js').Entry} Entry */
/** @typedef {import('./entries.js').Frame} Frame */
/** @typedef {import('./entries.js').Sent} Sent */
/** @typedef {import('./position.js').At} At */
/** @typedef {import('./ways.js').Way} Way */
/** @typedef {import('./ways.js').Ending} Ending */
/** @typedef {{ body?: unknown, encrypted?: import('../types/api.d.ts').SealedInputInput }} Content one of the two */

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
 * @property {Frame} signal
 * @property {{ id: string, seq: number, epoch: string, state: string, created_at: string, expires_at: string | null, notification: any }} notification one for this user; it is acknowledged when the handler is done
 * @property {{ id: string | null, up_to?: number, about?: number, state: string }} inbox what became of one, on whatever device
 * @property {{}} inbox_reset the inbox has to be loaded anew
 * @property {Frame} welcome the relay's answer to a hello: how each room and the inbox stand
 * @property {{ state: State, way?: Way, wait?: number, reason?: string }} state
 * @property {unknown} error what went wrong and has no other place
 */
/** @typedef {'connecting' | 'open' | 'waiting' | 'closed'} State */

/** @typedef {{ position: Position, filling: boolean, again: boolean, left: boolean }} Room */
/** @typedef {{ promise: Promise<void>, resolve: () => void, reject: (fault: any) => void }} Wish */

const HELLO_TIME = 10_000, POLL_TIME = 45_000, SLACK = 4_000, TYPING_EVERY = 3_000, PAGE = 200, REFUSALS = 5;
const ENDED = new Map([[4000, 'The relay does not understand this client.'], [4003, 'The tenant is suspended.'], [4007, 'This client is too old for the relay.'], [4011, 'Signed out.'], [4013, 'Replaced by a newer connection.']]);
const CUT = () => new RelayError({ code: 'cut', detail: 'The connection ended before the answer.', retryable: true });

export class RelaySocket {
  /** @type {State} */
  #state = 'closed';
  /** @type {Map<string, Set<(value: any) => unknown>>} */
  #handlers = new Map();
  /** @type {SocketWay | StreamWay | PollWay | undefined} */
  #link;
  #turn = 0; #greeted = false; #attempt = 0; #refusals = 0; #next = 1; #place; #writing = false; #resting = false; #pumping = false; #loaded = false;
  /** @type {[number, number] | undefined} */
  #hint;
  /** @type {number | undefined} */
  #byeCode;
  /** @type {string | undefined} */
  #token;
  #tokenEnd = Infinity;
  /** The token whose end is being waited for. @type {string | undefined} */
  #timed;
  /** @type {Promise<string> | undefined} */
  #renewing;
  /** @type {Map<string, any>} */
  #timers = new Map();
  /** @type {Map<number, { resolve: (ok: any) => void, reject: (fault: any) => void }>} */
  #asked = new Map();
  /** @type {Map<string, Room>} */
  #rooms = new Map();
  /** @type {Map<string, At>} */
  #handed = new Map();
  /** @type {Map<string, Wish>} */
  #wanted = new Map();
  /** @type {Set<string>} */
  #seeking = new Set();
  /** @type {Position | undefined} */
  #inbox;
  /** @type {At | undefined} */
  #inboxHanded;
  /** @type {Map<string, number>} */
  #signals = new Map();
  /** @type {Map<string, { seq: number, told: number }>} */
  #reads = new Map();
  /** @type {Map<string, number>} */
  #typed = new Map();
  /** @type {{ status: string, text?: string | null } | undefined} */
  #status;
  /** @type {Array<{ event: keyof Events, value: any, done?: () => void }>} */
  #queue = [];
  /** @type {Array<() => void>} */
  #whenRoom = [];
  /** @type {() => void} */
  #wakeRest = () => {};
  #online = () => this.wake();

  /** The user whose token it is, after the first hello. @type {string | undefined} */
  user;

  /** @param {RelaySocketOptions} options */
  constructor(options) {
    const { url, token, device, rooms = [], presence, resume, transport = 'any', WebSocket = /** @type {any} */ (globalThis).WebSocket, outbox, outboxLimit = 1_000, buffer = 10_000, client = 'chatrelay-js' } = options;
    const { fetch = (...args) => globalThis.fetch(...args), timers = globalThis, random = Math.random, now = Date.now } = options;
    this.urls = [url].flat().map((one) => one.replace(/\/+$/, ''));
    this.source = token;
    this.device = device;
    this.presence = presence;
    this.client = client;
    this.WebSocket = WebSocket;
    this.buffer = buffer;
    this.fetch = fetch;
    this.timers = timers;
    this.random = random;
    this.now = now;
    const ways = /** @type {Way[]} */ (transport === 'any' ? ['websocket', 'sse', 'poll'] : [transport]).filter((way) => way !== 'websocket' || WebSocket);
    if (ways.length === 0) throw new TypeError('There is no WebSocket here: hand one over, or allow another transport.');
    this.choice = new Choice(ways, this.urls.length);
    this.outbox = new Outbox(outboxLimit, outbox, (fault) => this.#tell('error', fault));
    this.#place = Math.floor(random() * this.urls.length);
    for (const room of rooms) this.#want(room);
    for (const [id, at] of Object.entries(resume?.rooms ?? {})) this.#begin(id, at.e, at.s);
    if (resume?.inbox) this.#inbox = new Position(resume.inbox.e, resume.inbox.s);
    this.#inboxHanded = resume?.inbox;
  }

  // --- what an application does ---

  /** @returns {State} */
  get state() { return this.#state; }

  /** How far the application has everything: to be kept, and given as `resume` to the next run. @returns {Positions} */
  get positions() { return { rooms: Object.fromEntries(this.#handed), ...(this.#inboxHanded && { inbox: this.#inboxHanded }) }; }

  /** What the relay has not acknowledged yet, in the order in which it was written. */
  get unsent() { return this.outbox.writes; }

  /** The routes that take a user's token, with this one's. */
  get rest() { return this.#restAt(this.urls[this.#place]); }

  /**
   * @template {keyof Events} K
   * @param {K} event @param {(value: Events[K]) => unknown} handler
   * @returns {() => void} takes it away again
   */
  on(event, handler) {
    const all = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, all.add(handler));
    return () => all.delete(handler);
  }

  /** Begins, or begins again. */
  start() {
    if (this.#state !== 'closed') return this;
    globalThis.addEventListener?.('online', this.#online);
    this.#refusals = this.#attempt = 0;
    this.#connect();
    return this;
  }

  /** Ends; what was not handed over is asked for again by the next start. @param {string} [reason] */
  close(reason) {
    globalThis.removeEventListener?.('online', this.#online);
    this.#drop();
    this.#queue = [];
    this.#resting = false;
    this.#release();
    for (const [id, at] of this.#handed) this.#begin(id, at.e, at.s);
    this.#inbox = this.#inboxHanded && new Position(this.#inboxHanded.e, this.#inboxHanded.s);
    this.#stateIs('closed', { reason });
  }

  /** The network is back, or somebody looks at the page again: no reason to wait any longer. */
  wake() {
    if (this.#timers.has('pause')) this.#connect();
  }

  /** Takes a new token from its source now. */
  async refresh() {
    await this.#renew();
    if (this.#state === 'closed') this.start();
    else await this.#presentToken();
  }

  /**
   * Follows one more room; what it was told before lies in `history`. Resolves when it is followed.
   * @param {string} room
   */
  join(room) {
    const known = this.#rooms.get(room);
    if (known && !known.left) return Promise.resolve();
    if (known) this.#forget(room);
    const wish = this.#want(room);
    if (this.#greeted) this.#seek(room);
    return wish.promise;
  }

  /** Follows it no longer. @param {string} room */
  leave(room) {
    this.#wanted.delete(room);
    const known = this.#rooms.get(room);
    if (!known) return;
    known.left = true;
    this.#handed.delete(room);
    if (this.#onSocket) this.#say('leave', { r: room }).catch(() => {});
  }

  /**
   * What was said before a number (before everything that came, if left out), ascending. It moves no position.
   * @param {string} room
   * @param {{ before?: number, limit?: number, signal?: AbortSignal }} [of]
   */
  async history(room, { before, limit = 50, signal } = {}) {
    const page = await this.rest.messages.list(room, { before_seq: before, limit }, { signal });
    const entries = page.data.map((entry) => frameOf(room, page.epoch, entry)).filter(({ ev }) => ev === 'msg').map(entryOf);
    return { entries, epoch: page.epoch, first: page.first, more: page.has_more, before: page.data[0]?.seq };
  }

  /**
   * A message. It resolves when the relay has it, over any number of cuts; it is refused only for good.
   * @param {string} room
   * @param {Content & { client_id?: string, type?: string, reply_to?: string, mentions?: string[], metadata?: unknown, expires_in_s?: number, expect_seq?: number, ephemeral?: boolean }} message
   * @returns {Promise<Sent>}
   */
  send(room, { client_id = newId(), ...message }) { return this.#write({ op: 'send', room, client_id, ...message }, client_id); }

  /** @param {string} room @param {string} message @param {Content} content @returns {Promise<Sent>} */
  edit(room, message, content) { return this.#write({ op: 'edit', room, message, ...content }); }

  /** @param {string} room @param {string} message @returns {Promise<Sent | undefined>} */
  delete(room, message) { return this.#write({ op: 'delete', room, message }); }

  /** @param {string} room @param {string} message @param {{ key: string } | { encrypted: any }} what @returns {Promise<Sent>} */
  react(room, message, what) { return this.#write({ op: 'react', room, message, ...what }); }

  /** @param {string} room @param {string} message @param {{ key: string } | { encrypted: any }} what @returns {Promise<Sent>} */
  unreact(room, message, what) { return this.#write({ op: 'unreact', room, message, ...what }); }

  /** @param {string} room @param {string} message @returns {Promise<Sent>} */
  pin(room, message) { return this.#write({ op: 'pin', room, message }); }

  /** @param {string} room @param {string} message @returns {Promise<Sent | undefined>} */
  unpin(room, message) { return this.#write({ op: 'unpin', room, message }); }

  /** A notification of the inbox was read. @param {string} notification */
  readNotification(notification) { return this.#write({ op: 'inbox.read', notification }); }

  /** @param {string} notification */
  archiveNotification(notification) { return this.#write({ op: 'inbox.archive', notification }); }

  readAllNotifications() { return this.#write({ op: 'inbox.read_all' }); }

  /** Everything up to this number was read. It only moves on, and the last one counts. @param {string} room @param {number} seq */
  read(room, seq) {
    const known = this.#reads.get(room);
    this.#reads.set(room, { seq: Math.max(seq, known?.seq ?? 0), told: known?.told ?? 0 });
    this.#tellRead(room);
  }

  /** Somebody types; to be called at every key, it says it every few seconds. @param {string} room */
  typing(room) {
    if (this.now() - (this.#typed.get(room) ?? -Infinity) < TYPING_EVERY) return;
    this.#typed.set(room, this.now());
    this.signal({ room, kind: 'typing' }).catch(() => {});
  }

  /**
   * Now or never, to whoever follows the room or to a user's devices. Only a WebSocket can say it.
   * @param {{ room?: string, to?: { user: string, device?: string }, kind: string, data?: unknown, encrypted?: unknown, ttl_ms?: number, call?: string }} what
   * @returns {Promise<{ told?: boolean, sid?: string, exp?: string }>}
   */
  signal({ room, ...what }) { return this.#ask('signal', { ...(room !== undefined && { r: room }), ...what }); }

  /** How this user is shown; it is said again after a cut. Only a WebSocket can say it. @param {'online' | 'away' | 'dnd' | 'invisible'} status @param {string | null} [text] */
  setStatus(status, text) {
    this.#status = { status, ...(text !== undefined && { text }) };
    if (this.#greeted) this.#tellStatus();
  }

  // --- a connection, from its beginning to its end ---

  async #connect() {
    this.#drop();
    const turn = this.#turn;
    if (this.#isFull) { // the application has not taken what came: there is time until it has
      this.#resting = true;
      return this.#stateIs('waiting', { reason: 'The application is slow.' });
    }
    this.#stateIs('connecting', {});
    try {
      if (!this.#loaded) {
        this.#loaded = true;
        await this.outbox.load();
      }
      if (!this.#token || this.now() > this.#tokenEnd - 5_000) await this.#renew();
    } catch (fault) {
      if (turn !== this.#turn) return;
      this.#tell('error', fault);
      return this.#later();
    }
    if (turn !== this.#turn) return;
    const way = this.choice.way, Kind = { websocket: SocketWay, sse: StreamWay, poll: PollWay }[way];
    const mine = (/** @type {(...args: any[]) => any} */ what) => (/** @type {any[]} */ ...args) => (turn === this.#turn ? what(...args) : undefined);
    this.#listen(way === 'poll' ? POLL_TIME : HELLO_TIME);
    try {
      this.#link = new Kind({
        url: this.urls[this.#place], hello: () => this.#hello(), frame: mine((frame) => this.#take(frame)), ended: mine((ending) => this.#ended(ending)),
        room: mine(() => this.#untilRoom()), fetch: this.fetch, WebSocket: this.WebSocket,
      });
    } catch (fault) { // an address that is none, or a page that may not
      this.#tell('error', fault);
      this.#ended({});
    }
  }

  get #onSocket() { return this.#greeted && this.#link instanceof SocketWay; }

  #hello() {
    for (const [sid, end] of this.#signals) if (end < this.now()) this.#signals.delete(sid);
    const rooms = Object.fromEntries([...this.#rooms].map(([id, { position }]) => [id, position.at]).filter(([, at]) => at));
    return {
      v: 1, token: this.#token, client: this.client, ...(this.device && { device: this.device }), ...(this.presence && { presence: this.presence }),
      resume: { rooms, ...(this.#inbox?.at && { inbox: this.#inbox.at }), ...(this.#signals.size > 0 && { signals: [...this.#signals.keys()].slice(-200) }) },
    };
  }

  /** @param {Frame} ok */
  #welcome(ok) {
    const first = !this.#greeted;
    this.#greeted = true;
    this.user = ok.user;
    if (first) {
      this.choice.opened();
      this.#refusals = 0;
      this.#attempt = Math.min(this.#attempt, 1);
      this.#hint = undefined;
      this.#after('settled', 5_000, () => { this.#attempt = 0; });
      if (!this.choice.isBest) this.#after('better', (this.choice.bestWorks ? 30_000 : 600_000) * (0.5 + this.random()), () => this.#tryBest());
      this.silence = this.#link instanceof PollWay ? POLL_TIME : ok.ping_ms + ok.pong_ms + SLACK;
      this.#queueUp('welcome', ok);
    }
    this.#listen(/** @type {number} */ (this.silence));
    if (first || this.#timed !== this.#token) this.#lifetime(Date.parse(ok.exp) - Date.parse(ok.time));
    for (const [id, standing] of Object.entries(ok.rooms)) this.#stand(id, standing);
    if (ok.inbox) this.#standInbox(ok.inbox);
    for (const id of this.#wanted.keys()) if (!this.#rooms.has(id)) this.#seek(id);
    if (!first) return;
    this.#stateIs('open', { way: this.choice.way });
    for (const [id, { left }] of this.#rooms) if (left && this.#onSocket) this.#say('leave', { r: id }).catch(() => {});
    for (const room of this.#reads.keys()) this.#tellRead(room);
    if (this.#status) this.#tellStatus();
    this.#flush();
  }

  /** @param {Frame} frame */
  #take(frame) {
    if (this.silence) this.#listen(this.silence);
    if (frame.ev === undefined) return this.#answer(frame);
    switch (frame.ev) {
      case 'ping': return void (this.#link instanceof SocketWay && this.#link.send({ op: 'pong' }));
      case 'bye': return void ([this.#hint, this.#byeCode] = [frame.retry_ms, frame.code]);
      case 'msg': case 'skip': this.#numbered(frame); break;
      case 'head': this.#fill(frame.r); break;
      case 'room': this.#moved(frame); break;
      case 'read': this.#light('read', { room: frame.r, user: frame.user, seq: frame.s }); break;
      case 'presence': this.#light('presence', { room: frame.r, count: frame.count, all: frame.all, join: frame.join, leave: frame.leave, update: frame.update }); break;
      case 'signal': this.#signalled(frame); break;
      case 'inbox.gone': this.#inbox = this.#inboxHanded = undefined; this.#queueUp('inbox_reset', {}); this.#connect(); break;
      default: if (frame.ev.startsWith('inbox')) this.#inboxFrame(frame);
    }
    if (this.#isFull && this.#link instanceof SocketWay) this.#connect(); // a WebSocket brings everything at once: it is let go, and come back to by positions
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

  /** @param {Ending} ending */
  #ended({ code = this.#byeCode, hint, detail }) {
    if (this.#greeted) this.choice.ended();
    else if (code === undefined || code < 4000) this.choice.missed();
    this.#hint = hint ?? this.#hint;
    if (code === 4009 || code === 4010) {
      this.#token = undefined;
      if (code === 4009 && ++this.#refusals > REFUSALS) return this.#end(detail ?? 'The token is not valid.');
    }
    const reason = code !== undefined && ENDED.get(code);
    if (reason) return this.#end(detail ?? reason);
    this.#place = (this.#place + 1) % this.urls.length;
    this.#later();
  }

  /** @param {string} reason */
  #end(reason) {
    this.#tell('error', new RelayError({ code: 'closed', detail: reason }));
    this.close(reason);
  }

  #later() {
    this.#drop();
    const wait = pauseBefore(this.#attempt++, this.random, this.#hint);
    this.#hint = undefined;
    this.#after('pause', wait, () => this.#connect());
    this.#stateIs('waiting', { wait });
  }

  #drop() {
    this.#turn++;
    for (const timer of this.#timers.values()) this.timers.clearTimeout(timer);
    this.#timers.clear();
    this.#greeted = false;
    this.#byeCode = undefined;
    this.silence = undefined;
    this.#link?.close();
    this.#link = undefined;
    this.#seeking.clear();
    for (const room of this.#rooms.values()) room.filling = room.again = false;
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(CUT());
    const wake = this.#wakeRest;
    this.#wakeRest = () => {};
    wake();
    this.#release();
  }

  // A network that went away without a word is noticed by the ping that does not come. Who does not read does not hear it either.
  /** @param {number} ms */
  #listen(ms) {
    this.#after('silence', ms, () => {
      if (this.#isFull) this.#listen(ms);
      else this.#ended({});
    });
  }

  // Lost for a moment and come back by positions: nothing is missed.
  #tryBest() {
    if (this.#isFull) return;
    this.choice.best();
    this.#connect();
  }

  // --- tokens ---

  #renew() {
    this.#renewing ??= Promise.resolve().then(() => this.source()).then((token) => {
      this.#tokenEnd = Infinity;
      return (this.#token = token);
    }).finally(() => { this.#renewing = undefined; });
    return this.#renewing;
  }

  /** @param {number} ms */
  #lifetime(ms) {
    this.#timed = this.#token;
    if (!(ms > 0)) return;
    this.#tokenEnd = this.now() + ms;
    this.#after('refresh', Math.max(1_000, ms * 0.8), () => this.#refreshInTime());
  }

  async #refreshInTime() {
    const turn = this.#turn;
    try {
      await this.#renew();
      if (turn === this.#turn) await this.#presentToken();
    } catch (fault) {
      this.#tell('error', fault);
      if (turn === this.#turn) this.#after('refresh', 30_000 * (0.5 + this.random()), () => this.#refreshInTime());
    }
  }

  async #presentToken() {
    if (this.#onSocket) {
      const turn = this.#turn;
      try {
        const { exp } = await this.#say('refresh', { token: this.#token });
        this.#lifetime(Date.parse(exp) - this.now());
      } catch (fault) {
        if (turn === this.#turn) this.#connect(); // another user's, or for another device: as a newcomer then
      }
    } else if (!(this.#link instanceof PollWay)) this.#connect(); // a poll says the new one by itself
  }

  /** @type {Map<string, import('./relay.js').Relay>} */
  #relays = new Map();

  /** @param {string} url */
  #restAt(url) {
    const known = this.#relays.get(url);
    if (known) return known;
    const relay = new Relay({ url, key: async (refused) => (refused || !this.#token ? this.#renew() : this.#token), fetch: this.fetch, timers: this.timers, random: this.random, now: this.now });
    this.#relays.set(url, relay);
    return relay;
  }

  // --- rooms ---

  /** @param {string} id */
  #want(id) {
    const known = this.#wanted.get(id);
    if (known) return known;
    /** @type {any} */
    const wish = {};
    wish.promise = new Promise((resolve, reject) => Object.assign(wish, { resolve, reject }));
    wish.promise.catch(() => {}); // `room` says it too
    this.#wanted.set(id, wish);
    return /** @type {Wish} */ (wish);
  }

  /** @param {string} id @param {string} e @param {number} s */
  #begin(id, e, s) {
    const room = { position: new Position(e, s), filling: false, again: false, left: this.#rooms.get(id)?.left ?? false };
    this.#rooms.set(id, room);
    if (!room.left) this.#handed.set(id, { e, s });
    return room;
  }

  /** @param {string} id */
  #forget(id) {
    this.#rooms.delete(id);
    this.#handed.delete(id);
  }

  /** How a room stands, by a hello or a join. @param {string} id @param {any} standing */
  #stand(id, { e, head, first, read, unread, state }) {
    if (state === 'denied') return this.#lost(id, 'denied');
    const room = this.#rooms.get(id);
    if (!room) {
      this.#begin(id, e, head);
      this.#queueUp('room', { room: id, state: 'joined', epoch: e, head, first, read, unread });
    } else if (state === 'reset' || room.position.e !== e) this.#reset(id, e, head);
    else if (state === 'gap') this.#fill(id);
    this.#wanted.get(id)?.resolve();
  }

  /** @param {string} id @param {string} e @param {number} head */
  #reset(id, e, head) {
    const { left } = this.#begin(id, e, head);
    this.#reads.delete(id);
    if (!left) this.#queueUp('reset', { room: id, epoch: e, head });
  }

  /** @param {string} id @param {'left' | 'denied' | 'deleted'} state */
  #lost(id, state) {
    this.#forget(id);
    this.#wanted.get(id)?.reject(new RelayError({ code: 'not_found', detail: `The room is ${state}.` }));
    this.#wanted.delete(id);
    this.#queueUp('room', { room: id, state });
  }

  /** @param {Frame} frame */
  #moved({ r, state }) {
    if (state !== 'joined') this.#lost(r, state);
    else if (!this.#rooms.has(r)) this.#seek(r);
  }

  // A room that the hello did not bring: a socket asks for it; elsewhere its position is read, and the next hello names it.
  /** @param {string} id */
  async #seek(id) {
    const turn = this.#turn;
    if (this.#seeking.has(id)) return;
    this.#seeking.add(id);
    try {
      const ok = this.#onSocket ? await this.#patiently(() => this.#say('join', { r: id, ...(this.presence && { presence: this.presence }) })) : await this.#standingByRest(id);
      if (turn !== this.#turn) return;
      this.#stand(id, ok);
      if (!this.#onSocket) this.#again();
    } catch (fault) {
      if (turn !== this.#turn || isCut(fault)) return;
      if (isGone(fault)) this.#lost(id, 'denied');
      else this.#ended({});
    } finally {
      if (turn === this.#turn) this.#seeking.delete(id);
    }
  }

  /** @param {string} id */
  async #standingByRest(id) {
    const { epoch, head, first } = await this.rest.messages.list(id, { limit: 1 });
    return { e: epoch, head, first, state: 'current' };
  }

  // A stream follows what its hello named: it is begun anew. A poll says hello all the time.
  #again() {
    if (this.#link instanceof StreamWay) this.#after('again', 0, () => this.#connect());
  }

  /** @param {Frame} frame */
  #numbered(frame) {
    const room = this.#rooms.get(frame.r);
    if (!room) return;
    if (frame.ev === 'msg' && frame.s === undefined) return this.#light('message', entryOf(frame)); // now or never
    const took = room.position.take(/** @type {any} */ (frame));
    if (took === 'next') this.#hand(room, frame);
    else if (took !== 'known') this.#fill(frame.r);
  }

  /** @param {Room} room @param {Frame} frame */
  #hand(room, frame) {
    const at = { e: frame.e, s: frame.ev === 'skip' ? frame.to : frame.s };
    const done = () => this.#rooms.get(frame.r) === room && !room.left && this.#handed.set(frame.r, at);
    if (room.left) return;
    this.#queue.push({ event: 'message', value: frame.ev === 'skip' ? undefined : entryOf(frame), done });
    this.#pump();
  }

  /** Pages from the position to the head; whatever comes in between, each number is taken once. @param {string} id */
  async #fill(id) {
    const room = this.#rooms.get(id), turn = this.#turn;
    if (!room) return;
    if (room.filling) return void (room.again = true);
    room.filling = true;
    try {
      for (let more = true; more || room.again || room.position.lacks;) {
        room.again = false;
        for (let wait = this.#untilApplication(); wait; wait = this.#untilApplication()) await wait;
        if (turn !== this.#turn) return;
        const before = room.position.s, page = await this.#page(id, room.position);
        if (turn !== this.#turn || this.#rooms.get(id) !== room) return;
        if (page.epoch !== room.position.e) {
          this.#reset(id, page.epoch, page.head);
          break;
        }
        for (const frame of page.frames) if (room.position.take(/** @type {any} */ (frame)) === 'next') this.#hand(room, frame);
        more = page.more;
        if ((more || room.position.lacks) && room.position.s === before) throw CUT(); // no way forward here: come again
      }
      if (!this.#onSocket) this.#again();
    } catch (fault) {
      if (turn !== this.#turn) return;
      if (isGone(fault)) this.#lost(id, 'denied');
      else this.#ended({});
    } finally {
      if (turn === this.#turn) room.filling = false;
      this.#release();
    }
  }

  /** @param {string} id @param {Position} position @returns {Promise<{ epoch: string, head: number, frames: Frame[], more: boolean }>} */
  async #page(id, { e, s }) {
    const after = s ?? 0;
    if (!this.#onSocket) {
      const page = await this.rest.messages.list(id, { after_seq: after, limit: PAGE });
      return { epoch: page.epoch, head: page.head, frames: page.data.map((entry) => frameOf(id, page.epoch, entry)), more: page.has_more };
    }
    try {
      const page = await this.#patiently(() => this.#say('sync', { r: id, e, after, limit: PAGE }));
      return { epoch: page.e, head: page.head, frames: page.messages, more: page.more };
    } catch (fault) {
      if (!(fault instanceof RelayError) || fault.code !== 'epoch_changed') throw fault;
      const ok = await this.#patiently(() => this.#say('join', { r: id, ...(this.presence && { presence: this.presence }) }));
      return { epoch: ok.e, head: ok.head, frames: [], more: false };
    }
  }

  // --- the inbox ---

  /** @param {any} standing */
  #standInbox({ e, head, state }) {
    if (!this.#inbox || this.#inbox.e !== e || state === 'reset') {
      const known = this.#inbox !== undefined;
      this.#inbox = new Position(e, state === 'replaying' ? null : state === 'gap' ? 0 : head);
      this.#inboxHanded = this.#inbox.at;
      if (known) this.#queueUp('inbox_reset', {});
    }
    if (state === 'gap') this.#fillInbox();
  }

  /** @param {Frame} frame */
  #inboxFrame(frame) {
    if (!this.#inbox) return;
    if (frame.ev === 'inbox.head') return this.#fillInbox();
    const took = this.#inbox.take(/** @type {any} */ (frame));
    if (took === 'behind' || took === 'foreign') return this.#fillInbox();
    if (took === 'known') return;
    const at = this.#inbox.at, inbox = this.#inbox, moved = () => { if (this.#inbox === inbox) this.#inboxHanded = at; };
    if (frame.ev === 'inbox' && frame.notification) {
      const { id, s: seq, e: epoch, state, ts: created_at, exp: expires_at = null, notification } = frame;
      const done = () => {
        moved();
        if (state === 'new' && this.#handlers.get('notification')?.size) this.#write({ op: 'ack', seq, epoch, notification: id }).catch(() => {}); // it is on this device now
      };
      this.#queue.push({ event: 'notification', value: { id, seq, epoch, state, created_at, expires_at, notification }, done });
    } else this.#queue.push({ event: 'inbox', value: frame.ev === 'inbox.state' ? { id: frame.id, up_to: frame.up_to, about: frame.about, state: frame.state } : undefined, done: moved });
    this.#pump();
  }

  #fillingInbox = false;
  async #fillInbox() {
    const inbox = this.#inbox, turn = this.#turn;
    if (!inbox || this.#fillingInbox) return;
    this.#fillingInbox = true;
    try {
      for (let more = true; more || inbox.lacks;) {
        for (let wait = this.#untilApplication(); wait; wait = this.#untilApplication()) await wait;
        if (turn !== this.#turn) return;
        const page = this.#onSocket ? await this.#patiently(() => this.#say('inbox.sync', { e: inbox.e, after: inbox.s ?? 0, limit: PAGE })) : undefined;
        if (turn !== this.#turn || inbox !== this.#inbox) return;
        if (!page) { // without a socket there is no paging: what is there is listed by REST
          this.#inbox = this.#inboxHanded = undefined;
          this.#queueUp('inbox_reset', {});
          return this.#again();
        }
        const before = inbox.s;
        for (const frame of page.entries) this.#inboxFrame(frame);
        more = page.more;
        if ((more || inbox.lacks) && inbox.s === before) throw CUT();
      }
    } catch (fault) {
      if (turn !== this.#turn) return;
      if (fault instanceof RelayError && fault.code === 'epoch_changed') this.#inbox = undefined;
      this.#ended({});
    } finally {
      this.#fillingInbox = false;
    }
  }

  // --- what goes out ---

  /** @param {string} op @param {Record<string, any>} members @returns {Promise<any>} */
  #say(op, members) {
    return new Promise((resolve, reject) => {
      if (!(this.#link instanceof SocketWay)) return reject(CUT());
      const id = this.#next++;
      this.#asked.set(id, { resolve, reject });
      this.#link.send({ id, op, ...members });
    });
  }

  /** @param {string} op @param {Record<string, any>} members */
  #ask(op, members) {
    if (this.#onSocket) return this.#say(op, members);
    return Promise.reject(this.#greeted ? new RelayError({ code: 'needs_websocket', detail: 'Only a WebSocket can say this.' }) : CUT());
  }

  // What the relay will do a little later.
  /** @param {() => Promise<any>} work */
  async #patiently(work) {
    for (let attempt = 0, turn = this.#turn; ; attempt++) {
      try {
        return await work();
      } catch (fault) {
        if (!(fault instanceof RelayError) || !fault.retryable || isCut(fault) || turn !== this.#turn) throw fault;
        await this.#pause(fault.retryAfterMs ?? pauseBefore(attempt, this.random), `patience ${this.#next}`);
      }
    }
  }

  /** @param {import('./entries.js').Write} write @param {string} [id] */
  #write(write, id = newId()) {
    const written = this.outbox.add(id, write, write.op !== 'ack', this.now());
    this.#flush();
    return written;
  }

  // One after the other: what was written first has the lower number.
  async #flush() {
    if (this.#writing || !this.#greeted) return;
    this.#writing = true;
    for (let one = this.outbox.first, attempt = 0; one && this.#greeted; one = this.outbox.first) {
      try {
        const ok = this.#onSocket ? await this.#say(one.write.op, asFrame(one.write)) : await byRest(one.write, this.rest, /** @type {string} */ (this.user), { idempotencyKey: one.id, retries: 0 });
        this.outbox.drop(one);
        one.resolve(sentOf(ok));
        attempt = 0;
      } catch (fault) {
        if (isCut(fault)) break; // perhaps it was done, perhaps not: it goes out again, and the relay knows it by its name
        if (fault instanceof RelayError && (fault.retryable || fault.status === 401)) await this.#pause(Math.max(fault.retryAfterMs ?? 0, pauseBefore(attempt++, this.random)), 'retry');
        else {
          this.outbox.drop(one);
          one.reject(fault);
        }
      }
    }
    this.#writing = false;
    if (this.#greeted && this.outbox.first) this.#flush();
  }

  // A cut ends it too.
  /** @param {number} ms @param {string} name @returns {Promise<void>} */
  #pause(ms, name) {
    return new Promise((go) => {
      const others = this.#wakeRest;
      this.#wakeRest = () => { others(); go(); };
      this.#after(name, ms, go);
    });
  }

  /** @param {string} room */
  async #tellRead(room) {
    const mark = this.#reads.get(room);
    if (!mark || mark.seq <= mark.told || !this.#greeted) return;
    const { seq, told } = mark;
    mark.told = seq;
    try {
      const write = { op: 'read', room, seq };
      await (this.#onSocket ? this.#say('read', asFrame(write)) : byRest(write, this.rest, /** @type {string} */ (this.user), {}));
    } catch {
      mark.told = Math.min(mark.told, told); // it is said again after the next hello
    }
  }

  #tellStatus() {
    if (this.#onSocket && this.#status) this.#say('presence', this.#status).catch(() => {});
  }

  // --- what the application is told ---

  get #isFull() { return this.#queue.length >= this.buffer; }

  /** Who takes frames by HTTP waits for this: for the application, and for rooms that are being filled. @returns {Promise<void> | undefined} */
  #untilRoom() {
    return this.#isFull || (this.#link instanceof PollWay && [...this.#rooms.values()].some(({ filling }) => filling)) ? new Promise((go) => this.#whenRoom.push(go)) : undefined;
  }

  /** @returns {Promise<void> | undefined} */
  #untilApplication() { return this.#isFull ? new Promise((go) => this.#whenRoom.push(go)) : undefined; }

  #release() {
    const waiting = this.#whenRoom;
    this.#whenRoom = [];
    for (const go of waiting) go();
  }

  // What may be left out when the application is slow.
  /** @template {keyof Events} K @param {K} event @param {Events[K]} value */
  #light(event, value) {
    if (this.#queue.length < this.buffer / 4) this.#queueUp(event, value);
  }

  /** @param {Frame} frame */
  #signalled(frame) {
    if (frame.sid) {
      if (this.#signals.has(frame.sid)) return;
      this.#signals.set(frame.sid, Date.parse(frame.exp));
    }
    const { ev, r, ...signal } = frame;
    this.#light('signal', r === undefined ? signal : { room: r, ...signal });
  }

  /** @template {keyof Events} K @param {K} event @param {Events[K]} value */
  #queueUp(event, value) {
    this.#queue.push({ event, value });
    this.#pump();
  }

  async #pump() {
    if (this.#pumping) return;
    this.#pumping = true;
    await null; // an application is never called from within
    for (let item = this.#queue.shift(); item; item = this.#queue.shift()) {
      const queue = this.#queue;
      if (item.value !== undefined)
        for (const handler of this.#handlers.get(item.event) ?? []) {
          try {
            const wait = /** @type {any} */ (handler(item.value));
            if (typeof wait?.then === 'function') await wait;
          } catch (fault) {
            this.#tell('error', fault);
          }
        }
      if (queue === this.#queue) item.done?.(); // closed meanwhile: it comes again
      if (this.#queue.length <= this.buffer / 2) this.#taken();
    }
    this.#pumping = false;
  }

  #taken() {
    this.#release();
    if (!this.#resting) return;
    this.#resting = false;
    this.#connect();
  }

  /** @param {State} state @param {Omit<Events['state'], 'state'>} more */
  #stateIs(state, more) {
    if (this.#state === state && state !== 'waiting') return;
    this.#state = state;
    this.#tell('state', { state, ...more });
  }

  // Past the queue.
  /** @template {keyof Events} K @param {K} event @param {Events[K]} value */
  #tell(event, value) {
    for (const handler of this.#handlers.get(event) ?? []) queueMicrotask(() => handler(value));
  }

  // --- small things ---

  /** @param {string} name @param {number} ms @param {() => void} what */
  #after(name, ms, what) {
    this.timers.clearTimeout(this.#timers.get(name));
    this.#timers.set(name, this.timers.setTimeout(() => {
      this.#timers.delete(name);
      what();
    }, ms));
  }
}

/** @param {unknown} fault */
const isCut = (fault) => fault instanceof RelayError && fault.code === 'cut';

/** @param {unknown} fault */
const isGone = (fault) => fault instanceof RelayError && ['not_found', 'forbidden'].includes(fault.code);
