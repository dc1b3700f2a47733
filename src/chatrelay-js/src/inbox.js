// The user's inbox: a position of its own, and what is missing asked for.
import { RelayError, cut } from './errors.js';
import { Position } from './position.js';

/** @typedef {import('./entries.js').Frame} Frame */
/** @typedef {import('./position.js').At} At */

const PAGE = 200;

export class Inbox {
  /** @type {Position | undefined} */
  #position;
  /** @type {At | undefined} what the application has */
  handed;
  #isFilling = false;

  /**
   * @param {import('./connection.js').Connection} connection
   * @param {import('./application.js').Application<import('./socket.js').Events>} application
   * @param {(notification: { seq: number, epoch: string, notification: string }) => void} acknowledge
   */
  constructor(connection, application, acknowledge) {
    this.connection = connection;
    this.application = application;
    this.acknowledge = acknowledge;
  }

  /** What was received: for the next hello. */
  get received() { return this.#position?.at; }

  /** @param {At | undefined} at */
  resume(at) {
    this.#position = at && new Position(at.e, at.s);
    this.handed = at;
  }

  rewind() { this.resume(this.handed); }

  dropped() { this.#isFilling = false; }

  /** @param {any} standing without a position, what still waits for a device comes first, from whatever number on */
  welcome({ e, head, state }) {
    if (!this.#position || this.#position.e !== e || state === 'reset') {
      const known = this.#position !== undefined;
      this.#position = new Position(e, state === 'replaying' ? null : state === 'gap' ? 0 : head);
      this.handed = this.#position.at;
      if (known) this.application.hand('inbox_reset', {});
    }
    if (state === 'gap') this.#fill();
  }

  /** @param {Frame} frame */
  take(frame) {
    if (frame.ev === 'inbox.gone') return this.#gone();
    if (!this.#position) return;
    if (frame.ev === 'inbox.head') return void this.#fill();
    const position = this.#position, took = position.take(/** @type {any} */ (frame)), { at } = position;
    if (took === 'behind' || took === 'foreign') this.#fill();
    if (took !== 'next') return;
    const moved = () => { if (this.#position === position) this.handed = at; };
    const { id, s: seq, e: epoch, state, notification } = frame;
    if (frame.ev === 'inbox' && notification) {
      this.application.hand('notification', { id, seq, epoch, state, created_at: frame.ts, expires_at: frame.exp ?? null, notification }, () => {
        moved();
        if (state === 'new' && this.application.listensTo('notification')) this.acknowledge({ seq, epoch, notification: id }); // it is on this device now
      });
    } else this.application.hand('inbox', frame.ev === 'inbox.state' ? { id, up_to: frame.up_to, about: frame.about, state } : undefined, moved);
  }

  // Erased: what comes next stands in another one.
  #gone() {
    this.resume(undefined);
    this.application.hand('inbox_reset', {});
    this.connection.connect();
  }

  async #fill() {
    const { connection } = this, { turn } = connection, inbox = this.#position;
    if (!inbox || this.#isFilling) return;
    if (!connection.isSocket) return this.#gone(); // there is no paging but by a socket: it is listed by REST
    this.#isFilling = true;
    try {
      for (let more = true; more || inbox.lacks;) {
        for (let wait = this.application.untilRoom(); wait; wait = this.application.untilRoom()) await wait;
        if (turn !== connection.turn) return;
        const before = inbox.s, page = await connection.sayPatiently('inbox.sync', { e: inbox.e, after: before ?? 0, limit: PAGE });
        if (turn !== connection.turn) return;
        for (const frame of page.entries) this.take(frame);
        more = page.more;
        if ((more || inbox.lacks) && inbox.s === before) throw cut();
      }
    } catch (fault) {
      if (turn !== connection.turn) return;
      if (fault instanceof RelayError && fault.code === 'epoch_changed') this.#gone();
      else connection.giveUp();
    } finally {
      if (turn === connection.turn) this.#isFilling = false;
    }
  }
}
