// What goes by HTTP. A token travels in headers and in the socket's first frame, never in a URL, and is kept in memory only.

export class Refusal extends Error {
  constructor(error) {
    super(error.detail ?? error.title ?? error.code ?? 'refused');
    Object.assign(this, { code: error.code, retryable: error.retryable ?? false, retryMs: error.retry_ms });
  }
}

export class Api {
  #token = '';

  /** `base` is where the relay is, `backend` where the sample's own small backend is. */
  constructor({ user, device, base = '', backend = '.', fetch = (...args) => globalThis.fetch(...args) }) {
    Object.assign(this, { user, device, base, backend, fetch });
  }

  /** A new token; the old one goes on until its end. */
  async token() {
    this.#token = (await this.#call('POST', `${this.backend}/session`, { user: this.user, device: this.device })).token;
    return this.#token;
  }

  async rooms() {
    const all = [];
    let after = '';
    do {
      const page = await this.#call('GET', `${this.base}/v1/users/${this.user}/rooms?limit=100${after}`);
      all.push(...page.data);
      after = page.has_more ? `&after=${encodeURIComponent(page.next_cursor)}` : '';
    } while (after);
    return all;
  }

  room(id) { return this.#call('GET', `${this.base}/v1/rooms/${id}`); }
  async members(id) { return (await this.#call('GET', `${this.base}/v1/rooms/${id}/members?limit=100`)).data.map((m) => m.user); }
  newRoom(name) { return this.#call('POST', `${this.backend}/rooms`, { name }); }
  nudge(to) { return this.#call('POST', `${this.backend}/nudge`, { from: this.user, to }); }
  search(room, text) { return this.#call('GET', `${this.base}/v1/rooms/${room}/messages/search?q=${encodeURIComponent(text)}`); }
  thread(room, message) { return this.#call('GET', `${this.base}/v1/rooms/${room}/messages/${message}/thread?limit=100`); }
  pins(room) { return this.#call('GET', `${this.base}/v1/rooms/${room}/pins`); }

  async #call(method, url, body) {
    const answer = await this.fetch(url, {
      method,
      headers: { ...(this.#token && !url.startsWith(this.backend) && { Authorization: `Bearer ${this.#token}` }), ...(body && { 'Content-Type': 'application/json' }) },
      body: body && JSON.stringify(body),
      cache: 'no-store',
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refusal({ code: `http_${answer.status}`, ...said });
    return said;
  }
}
