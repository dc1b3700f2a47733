// The far end of the tests: time, chance, sockets and answers are theirs.

export const settled = async () => { for (let i = 0; i < 30; i++) await new Promise((go) => setImmediate(go)); };

export class FakeTimers {
  now = Date.parse('2026-01-31T12:00:00Z'); #all = new Map(); #next = 1;
  setTimeout(what, ms) { this.#all.set(this.#next, { at: this.now + ms, what }); return this.#next++; }
  clearTimeout(id) { this.#all.delete(id); }
  async pass(ms) {
    const end = this.now + ms;
    await settled();
    for (;;) {
      const due = [...this.#all].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#all.delete(due[0]);
      this.now = due[1].at;
      due[1].what();
      await settled();
    }
    this.now = end;
  }
}

/** A refusal that a fake answers with. */
export class Refused {
  constructor(code, more = {}) { Object.assign(this, { code, ...more }); }
}

export const HELLO = { user: 'ann', time: '2026-01-31T12:00:00Z', exp: '2026-01-31T13:00:00Z', ping_ms: 25_000, pong_ms: 8_000, rooms: {}, blocked: [], inbox: { e: 'i', head: 0, unread: 0, state: 'current' } };

/** What stands on the other side of each WebSocket: it keeps what was sent, and answers as it is told. `opens` says whether the next one does. */
export class FakeRelay {
  sockets = []; opens = () => true;
  constructor(answers = {}) {
    this.answers = { hello: () => HELLO, ...answers };
    const relay = this;
    this.WebSocket = class {
      readyState = 0; sent = [];
      constructor(url) {
        this.url = url;
        relay.sockets.push(this);
        queueMicrotask(() => {
          if (this.readyState !== 0) return;
          if (!relay.opens(url)) return this.cut();
          this.readyState = 1;
          this.onopen();
        });
      }
      send(text) {
        const frame = JSON.parse(text);
        this.sent.push(frame);
        const answer = relay.answers[frame.op]?.(frame, this);
        if (answer instanceof Refused) this.push({ id: frame.id, error: answer });
        else if (answer) this.push({ id: frame.id, ok: answer });
      }
      push(...frames) { for (const frame of frames) queueMicrotask(() => this.readyState === 1 && this.onmessage({ data: JSON.stringify(frame) })); }
      close() { this.cut(1000); }
      cut(code = 1006) {
        if (this.readyState === 3) return;
        this.readyState = 3;
        queueMicrotask(() => this.onclose({ code }));
      }
    };
  }
  get last() { return this.sockets.at(-1); }
  sent(op) { return this.sockets.flatMap((s) => s.sent).filter((f) => f.op === op); }
}

/** Answers requests from a list, or by a function; keeps what was asked. */
export class FakeHttp {
  asked = [];
  constructor(answer) { this.answer = answer; }
  fetch = async (url, init) => {
    const asked = { url, path: new URL(url).pathname, method: init.method, headers: init.headers, body: init.body && JSON.parse(init.body), signal: init.signal };
    this.asked.push(asked);
    const said = await (typeof this.answer === 'function' ? this.answer(asked, this.asked.length - 1) : this.answer.shift());
    if (said instanceof Error) throw said;
    return said instanceof Response ? said : Response.json(said ?? {});
  };
}

export const problem = (status, code, more = {}, headers = {}) => Response.json({ code, detail: `It is ${code}.`, status, retryable: [409, 429, 503].includes(status), request_id: 'req_1', ...more }, { status, headers: { 'content-type': 'application/problem+json', ...headers } });

/** A stream of events that the test writes; it ends when the request is given up. */
export function eventStream(signal) {
  let out;
  const body = new ReadableStream({ start: (controller) => { out = controller; } });
  const stream = { answer: new Response(body), say: (...frames) => out.enqueue(new TextEncoder().encode(frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join(''))), end: () => { try { out.close(); } catch { /* gone */ } } };
  signal?.addEventListener('abort', () => { try { out.error(signal.reason); } catch { /* gone */ } });
  return stream;
}

/** A message of Bob's, as a frame. */
export const said = (s, id = `m${s}`, more = {}) => ({ ev: 'msg', r: 'room_1', e: 'x', s, id, from: { user: 'bob' }, kind: 'message', type: 'text', ts: `2026-01-31T12:00:${String(s).padStart(2, '0')}Z`, body: { text: id }, ...more });

/** The same as REST tells it. */
export const entry = (seq, id = `m${seq}`) => ({ seq, id, kind: 'message', to: null, from: { user: 'bob', device: null, via: null }, type: 'text', body: { text: id }, encrypted: null, about: null, reply_to: null, mentions: null, metadata: null, client_id: null, created_at: null, expires_at: null, deleted: false, marks: null });

/** A hello's answer in which the room stands so. */
export const standing = (more = {}) => ({ ...HELLO, rooms: { room_1: { e: 'x', head: 2, first: 1, read: 0, unread: 2, state: 'current', ...more } } });
