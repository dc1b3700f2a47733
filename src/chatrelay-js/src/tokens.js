/** A user's token, and when the next one is needed. */
export class Tokens {
  /** @type {string | undefined} */
  #token;
  #end = Infinity;
  /** @type {string | undefined} */
  #timed;
  /** @type {Promise<string> | undefined} */
  #renewing;

  /** @param {() => string | Promise<string>} source @param {() => number} now */
  constructor(source, now) {
    this.source = source;
    this.now = now;
  }

  get current() { return this.#token; }

  /** There is none, or it ends as it is used. */
  get isNeeded() { return !this.#token || this.now() > this.#end - 5_000; }

  /** Nobody has said yet how long it lives. */
  get isNew() { return this.#timed !== this.#token; }

  /** @param {boolean} [refused] */
  async get(refused = false) { return refused || !this.#token ? this.renew() : this.#token; }

  /** A new one from the source; who asks at the same time gets the same. */
  renew() {
    this.#renewing ??= Promise.resolve().then(() => this.source()).then((token) => {
      this.#end = Infinity;
      return (this.#token = token);
    }).finally(() => { this.#renewing = undefined; });
    return this.#renewing;
  }

  /** It was refused. */
  forget() { this.#token = undefined; }

  /** The relay says how long this one lives; answered is when to get the next. @param {number} ms */
  lives(ms) {
    this.#timed = this.#token;
    if (!(ms > 0)) return undefined;
    this.#end = this.now() + ms;
    return Math.max(1_000, ms * 0.8);
  }
}
