// The sample's own small backend: it knows who somebody is, and does with an API key what a page may not.

export class Backend {
  /** `at` is where it is. */
  constructor({ user, device, at = '.', fetch = (...args) => globalThis.fetch(...args) }) {
    Object.assign(this, { user, device, at, fetch });
  }

  /** A user's token. It is kept in memory only, and goes into frames and headers, never into a URL. */
  async token() { return (await this.#post('session', { user: this.user, device: this.device })).token; }
  newRoom(name) { return this.#post('rooms', { name }); }
  nudge(to) { return this.#post('nudge', { from: this.user, to }); }

  async #post(what, body) {
    const answer = await this.fetch(`${this.at}/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), cache: 'no-store' });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.detail ?? `The answer was ${answer.status}.`);
    return said;
  }
}
