// What goes out: writes one after the other until each is acknowledged, and read marks, of which the last counts.
import { asFrame, byRest, sentOf } from './entries.js';
import { RelayError, isCut } from './errors.js';
import { newId, pauseBefore } from './waiting.js';

/** @typedef {import('./entries.js').Write} Write */

export class Writing {
  /** @type {Map<string, { seq: number, told: number }>} */
  #reads = new Map();
  #isWriting = false;
  /** @type {Promise<void> | undefined} */
  #loading;

  /** @param {import('./connection.js').Connection} connection @param {import('./outbox.js').Outbox} outbox @param {() => string} user */
  constructor(connection, outbox, user) {
    this.connection = connection;
    this.outbox = outbox;
    this.user = user;
  }

  /** It waits for a connection and for its answer, over any number of cuts. @param {Write} write @param {string} [id] @returns {Promise<any>} */
  write(write, id = newId()) {
    const written = this.outbox.add(id, write, write.op !== 'ack', this.connection.tokens.now());
    this.#flush();
    return written;
  }

  welcome() {
    for (const room of this.#reads.keys()) this.#tellRead(room);
    this.#flush();
  }

  // What was written first has the lower number.
  async #flush() {
    const { connection, outbox } = this;
    if (this.#isWriting || !connection.isGreeted) return;
    this.#isWriting = true;
    await (this.#loading ??= outbox.load()); // what an earlier page left goes first
    for (let one = outbox.first, attempt = 0; one && connection.isGreeted; one = outbox.first) {
      try {
        const ok = await this.#send(one.write, one.id);
        outbox.drop(one);
        one.resolve(sentOf(ok));
        attempt = 0;
      } catch (fault) {
        const again = one.isTried;
        one.isTried ||= isCut(fault) || (fault instanceof RelayError && fault.status === 0); // perhaps it was done, perhaps not: it goes out again, and the relay knows it by its name
        if (isCut(fault)) break;
        if (again && isDone(one.write, fault)) {
          outbox.drop(one);
          one.resolve(undefined);
        } else if (fault instanceof RelayError && (fault.retryable || fault.status === 401)) await connection.pause(Math.max(fault.retryAfterMs ?? 0, pauseBefore(attempt++, connection.random)));
        else {
          outbox.drop(one);
          one.reject(fault);
        }
      }
    }
    this.#isWriting = false;
    if (connection.isGreeted && outbox.first) this.#flush();
  }

  /** @param {Write} write @param {string} [id] */
  async #send(write, id) {
    const { connection } = this;
    return connection.isSocket ? connection.say(write.op, asFrame(write)) : byRest(write, connection.rest, this.user(), { idempotencyKey: id, retries: 0 });
  }

  /** @param {string} room @param {number} seq */
  read(room, seq) {
    const known = this.#reads.get(room);
    this.#reads.set(room, { seq: Math.max(seq, known?.seq ?? 0), told: known?.told ?? 0 });
    this.#tellRead(room);
  }

  /** Its numbers begin anew. @param {string} room */
  reset(room) { this.#reads.delete(room); }

  /** @param {string} room */
  async #tellRead(room) {
    const mark = this.#reads.get(room);
    if (!mark || mark.seq <= mark.told || !this.connection.isGreeted) return;
    const { seq, told } = mark;
    mark.told = seq;
    try {
      await this.#send({ op: 'read', room, seq });
    } catch {
      const now = this.#reads.get(room);
      if (now?.told === seq) now.told = told; // it is said again after the next hello
    }
  }
}

// What takes something away finds nothing the second time.
/** @param {Write} write @param {unknown} fault */
const isDone = ({ op }, fault) => ['delete', 'unreact', 'unpin'].includes(op) && fault instanceof RelayError && fault.code === 'not_found';
