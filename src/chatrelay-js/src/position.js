// How far everything of one room, or of the inbox, is here. Pure: it knows no connection.

/** @typedef {{ e: string, s: number }} At */

export class Position {
  /** @type {number | null} the last number that is here; null takes whatever comes first */
  s;
  /** The highest number that came too early to be taken. */
  ahead = 0;

  /** @param {string} e @param {number | null} s */
  constructor(e, s) {
    this.e = e;
    this.s = s;
  }

  /** @returns {At | undefined} */
  get at() { return this.s === null ? undefined : { e: this.e, s: this.s }; }

  /** Something came that lies beyond: there is more than what is here. */
  get lacks() { return this.s !== null && this.ahead > this.s; }

  /**
   * `next` moves the position; `known` was here already; `behind`: numbers are missing before it, ask for them; `foreign`: another epoch.
   * @param {{ e: string, s?: number, from?: any, to?: number, ev: string }} frame numbered
   */
  take({ ev, e, s, from, to }) {
    const [first, last] = ev.endsWith('skip') ? [/** @type {number} */ (from), /** @type {number} */ (to)] : [/** @type {number} */ (s), /** @type {number} */ (s)];
    if (e !== this.e) return 'foreign';
    if (this.s !== null && last <= this.s) return 'known';
    if (this.s !== null && first > this.s + 1) {
      this.ahead = Math.max(this.ahead, last);
      return 'behind';
    }
    this.s = last;
    return 'next';
  }
}
