// The rooms that are followed: each with its position, and what is missing asked for.
import { entryOf, frameOf } from './entries.js';
import { RelayError, cut } from './errors.js';
import { Position } from './position.js';

/** @typedef {import('./entries.js').Frame} Frame */
/** @typedef {import('./position.js').At} At */
/** @typedef {{ position: Position, isFilling: boolean, again: boolean, hasLeft: boolean }} Room */
/** @typedef {{ promise: Promise<void>, resolve: () => void, reject: (fault: unknown) => void }} Wish */

const PAGE = 200;

export class Rooms {
  /** @type {Map<string, Room>} */
  #rooms = new Map();
  /** @type {Map<string, At>} */
  #handed = new Map();
  /** @type {Map<string, Wish>} */
  #wanted = new Map();
  /** @type {Set<string>} */
  #seeking = new Set();

  /**
   * @param {import('./connection.js').Connection} connection
   * @param {import('./application.js').Application<import('./socket.js').Events>} application
   * @param {string | undefined} presence
   */
  constructor(connection, application, presence) {
    this.connection = connection;
    this.application = application;
    this.asking = presence ? { presence } : {};
  }

  /** What was received: for the next hello. */
  get received() { return Object.fromEntries([...this.#rooms].map(([id, { position }]) => [id, position.at])); }

  /** What the application has. */
  get handed() { return Object.fromEntries(this.#handed); }

  get isFilling() { return [...this.#rooms.values()].some(({ isFilling }) => isFilling); }

  /** @param {Record<string, At>} positions */
  resume(positions) {
    for (const [id, { e, s }] of Object.entries(positions)) this.#begin(id, e, s);
  }

  /** Back to what the application has. */
  rewind() { this.resume(this.handed); }

  dropped() {
    this.#seeking.clear();
    for (const room of this.#rooms.values()) room.isFilling = room.again = false;
  }

  /** @param {string} id @returns {Promise<void>} */
  join(id) {
    const known = this.#rooms.get(id);
    if (known && !known.hasLeft) return Promise.resolve();
    this.#forget(id);
    const wish = this.#wish(id);
    if (this.connection.isGreeted) this.#seek(id);
    return wish.promise;
  }

  // It is followed on, unseen: a poll whose hello does not name it would be answered at once, each time.
  /** @param {string} id */
  leave(id) {
    this.#wanted.delete(id);
    this.#handed.delete(id);
    const room = this.#rooms.get(id);
    if (!room) return;
    room.hasLeft = true;
    this.#sayLeft(id);
  }

  /** @param {Record<string, any>} standings @param {boolean} first */
  welcome(standings, first) {
    for (const [id, standing] of Object.entries(standings)) this.#stand(id, standing);
    for (const id of this.#wanted.keys()) if (!this.#rooms.has(id)) this.#seek(id);
    if (first) for (const [id, { hasLeft }] of this.#rooms) if (hasLeft) this.#sayLeft(id);
  }

  /** @param {string} id */
  #sayLeft(id) {
    if (this.connection.isSocket) this.connection.say('leave', { r: id }).catch(() => {});
  }

  /** `msg` and `skip`. @param {Frame} frame */
  take(frame) {
    const room = this.#rooms.get(frame.r);
    if (!room) return;
    if (frame.ev === 'msg' && frame.s === undefined) return room.hasLeft ? undefined : this.application.offer('message', entryOf(frame)); // now or never
    const took = room.position.take(/** @type {any} */ (frame));
    if (took === 'next') this.#hand(room, frame);
    else if (took !== 'known') this.fill(frame.r);
  }

  /** `room`. @param {Frame} frame */
  moved({ r, state }) {
    if (state !== 'joined') this.#lost(r, state);
    else if (!this.#rooms.has(r)) this.#seek(r);
  }

  /** Pages from the position to the head; whatever comes in between, each number is taken once. @param {string} id */
  async fill(id) {
    const room = this.#rooms.get(id), { turn } = this.connection;
    if (!room) return;
    if (room.isFilling) return void (room.again = true);
    room.isFilling = true;
    try {
      for (let more = true; more || room.again || room.position.lacks;) {
        room.again = false;
        for (let wait = this.application.untilRoom(); wait; wait = this.application.untilRoom()) await wait;
        if (turn !== this.connection.turn) return;
        const before = room.position.s, page = await this.#page(id, room.position);
        if (turn !== this.connection.turn || this.#rooms.get(id) !== room) return;
        if (page.epoch !== room.position.e) {
          this.#reset(id, page.epoch, page.head);
          break;
        }
        for (const frame of page.frames) if (room.position.take(/** @type {any} */ (frame)) === 'next') this.#hand(room, frame);
        more = page.more;
        if ((more || room.position.lacks) && room.position.s === before) throw cut(); // no way on here
      }
      this.connection.again();
    } catch (fault) {
      if (turn === this.connection.turn) this.#failed(id, fault);
    } finally {
      if (turn === this.connection.turn) room.isFilling = false;
      this.application.release();
    }
  }

  /** @param {string} id @param {Position} position @returns {Promise<{ epoch: string, head: number, frames: Frame[], more: boolean }>} */
  async #page(id, { e, s }) {
    const { connection } = this, after = s ?? 0;
    if (!connection.isSocket) {
      const page = await connection.rest.messages.list(id, { after_seq: after, limit: PAGE });
      return { epoch: page.epoch, head: page.head, frames: page.data.map((entry) => frameOf(id, page.epoch, entry)), more: page.has_more };
    }
    try {
      const page = await connection.sayPatiently('sync', { r: id, e, after, limit: PAGE });
      return { epoch: page.e, head: page.head, frames: page.messages, more: page.more };
    } catch (fault) {
      if (!(fault instanceof RelayError) || fault.code !== 'epoch_changed') throw fault;
      const now = await connection.sayPatiently('join', { r: id, ...this.asking });
      return { epoch: now.e, head: now.head, frames: [], more: false };
    }
  }

  // A room that the hello did not bring: a socket joins it; elsewhere its position is read, and the next hello names it.
  /** @param {string} id */
  async #seek(id) {
    const { connection } = this, { turn } = connection;
    if (this.#seeking.has(id)) return;
    this.#seeking.add(id);
    try {
      const standing = connection.isSocket ? await connection.sayPatiently('join', { r: id, ...this.asking }) : await this.#read(id);
      if (turn !== connection.turn) return;
      this.#stand(id, standing);
      connection.again();
    } catch (fault) {
      if (turn === connection.turn) this.#failed(id, fault);
    } finally {
      if (turn === connection.turn) this.#seeking.delete(id);
    }
  }

  /** @param {string} id */
  async #read(id) {
    const { epoch: e, head, first } = await this.connection.rest.messages.list(id, { limit: 1 });
    return { e, head, first, state: 'current' };
  }

  /** @param {string} id @param {unknown} fault */
  #failed(id, fault) {
    if (fault instanceof RelayError && ['not_found', 'forbidden'].includes(fault.code)) return this.#lost(id, 'denied');
    if (!(fault instanceof RelayError && fault.retryable)) this.application.tell('error', fault); // what passes is told by the state
    this.connection.giveUp();
  }

  /** How a room stands, by a hello or a join. @param {string} id @param {any} standing */
  #stand(id, { e, head, first, read, unread, state }) {
    if (state === 'denied') return this.#lost(id, 'denied');
    const room = this.#rooms.get(id);
    if (!room) {
      this.#begin(id, e, head);
      this.application.hand('room', { room: id, state: 'joined', epoch: e, head, first, read, unread });
    } else if (state === 'reset' || room.position.e !== e) this.#reset(id, e, head);
    else if (state === 'gap') this.fill(id);
    this.#wanted.get(id)?.resolve();
  }

  /** @param {string} id @param {string} e @param {number} s */
  #begin(id, e, s) {
    const room = { position: new Position(e, s), isFilling: false, again: false, hasLeft: this.#rooms.get(id)?.hasLeft ?? false };
    this.#rooms.set(id, room);
    if (!room.hasLeft) this.#handed.set(id, { e, s });
    return room;
  }

  /** @param {string} id @param {string} e @param {number} head */
  #reset(id, e, head) {
    if (!this.#begin(id, e, head).hasLeft) this.application.hand('reset', { room: id, epoch: e, head });
  }

  /** @param {string} id @param {'left' | 'denied' | 'deleted'} state */
  #lost(id, state) {
    this.#forget(id);
    this.#wanted.get(id)?.reject(new RelayError({ code: 'not_found', detail: `The room is ${state}.` }));
    this.#wanted.delete(id);
    this.application.hand('room', { room: id, state });
  }

  /** @param {string} id */
  #forget(id) {
    this.#rooms.delete(id);
    this.#handed.delete(id);
  }

  /** @param {string} id */
  #wish(id) {
    const known = this.#wanted.get(id);
    if (known) return known;
    const wish = /** @type {Wish} */ ({});
    wish.promise = new Promise((resolve, reject) => Object.assign(wish, { resolve, reject }));
    wish.promise.catch(() => {}); // `room` says it too
    this.#wanted.set(id, wish);
    return wish;
  }

  /** @param {Room} room @param {Frame} frame */
  #hand(room, frame) {
    if (room.hasLeft) return;
    const at = { e: frame.e, s: frame.ev === 'skip' ? frame.to : frame.s };
    this.application.hand('message', frame.ev === 'skip' ? undefined : entryOf(frame), () => {
      if (this.#rooms.get(frame.r) === room && !room.hasLeft) this.#handed.set(frame.r, at);
    });
  }
}
