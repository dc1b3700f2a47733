// What this page knows, folded from the relay's numbered entries. It knows nothing of sockets and screens.
//
// A room's position (`e`, `s`) moves only by the next number. Whatever an entry is about (an edit, a reaction) is kept by the number it has, so entries may be folded
// in any order: pages of history, a replay and live entries come to the same.

const RANK = { new: 0, acked: 1, read: 2, archived: 3 };

const emptyMessage = (id) => ({ id, entry: null, edit: null, deleted: false, pin: null, reactions: new Map(), text: undefined });

export class Room {
  messages = new Map(); reads = new Map(); typing = new Map(); present = new Map(); pending = []; count = null;
  s = null; oldest = null; more = true; ahead = 0;

  constructor(id, me) { Object.assign(this, { id, me }); }

  /** What the list of rooms says. */
  describe({ room, epoch, head, read, unread, role }) {
    Object.assign(this, { name: room.name ?? room.external_id ?? 'Room', type: room.type, encrypted: room.encrypted, role, activeHead: head, read: Math.max(read, this.read ?? 0), unread });
    this.e ??= epoch;
  }

  /** Begins at a head: everything that follows comes by itself, what lies before is history. */
  begin(e, head) {
    Object.assign(this, { e, s: head, oldest: head + 1, more: head > 0, ahead: 0 });
    this.messages.clear();
    this.reads.clear();
  }

  get position() { return this.s === null ? undefined : { e: this.e, s: this.s }; }

  /** `applied`, `known` (had already), or `behind`: something lies between, ask for it by `sync`. */
  take(frame) {
    if (frame.ev === 'msg' && frame.s === undefined) return 'applied'; // ephemeral: this page shows none
    const [from, to] = frame.ev === 'skip' ? [frame.from, frame.to] : [frame.s, frame.s];
    if (this.s === null || frame.e !== this.e) return 'behind';
    if (to <= this.s) return 'known';
    if (from > this.s + 1) {
      this.ahead = Math.max(this.ahead, to); // it came, and was not taken: there is more than the position says
      return 'behind';
    }
    this.s = to;
    this.#live(frame);
    return 'applied';
  }

  /** A page of the past: it moves no position. */
  takeOlder(frames, more) {
    for (const frame of frames) this.fold(frame);
    if (frames.length > 0) this.oldest = Math.min(this.oldest ?? Infinity, frames[0].s ?? frames[0].from);
    this.more = more;
  }

  #live(frame) {
    if (frame.ev !== 'msg') return;
    this.fold(frame);
    if (frame.kind === 'message' && frame.type !== 'key' && frame.from.user !== this.me) this.unread = (this.unread ?? 0) + 1;
    if (frame.from.user === this.me) this.#readByMe(frame.s, frame.kind === 'message');
    else if (frame.kind === 'message') this.typing.delete(frame.from.user);
  }

  #readByMe(s, message) {
    if (!message) return;
    this.read = Math.max(this.read ?? 0, s);
    this.unread = 0;
  }

  fold(frame) {
    if (frame.ev !== 'msg') return;
    const s = frame.s;
    if (frame.kind === 'message') {
      const message = this.#of(frame.id);
      message.entry ??= frame;
      if (frame.deleted) message.deleted = true;
      if (frame.from.user !== this.me) this.takeRead({ user: frame.from.user, s }); // who writes has read
      if (frame.from.user === this.me && frame.cid) this.pending = this.pending.filter((p) => p.cid !== frame.cid);
      if (frame.reply_to) this.#of(frame.reply_to);
      return;
    }
    if (!frame.ref) {
      if (frame.kind === 'room' && frame.body?.name) this.name = frame.body.name;
      return;
    }
    const message = this.#of(frame.ref);
    if (frame.kind === 'edit' && !frame.deleted && s > (message.edit?.s ?? 0)) Object.assign(message, { edit: frame, text: undefined });
    else if (frame.kind === 'delete') message.deleted = true;
    else if (frame.kind === 'pin' || frame.kind === 'unpin') {
      if (s > (message.pin?.s ?? 0)) message.pin = { s, on: frame.kind === 'pin' };
    } else if (frame.kind === 'react' || frame.kind === 'unreact') this.#react(message, frame);
  }

  #react(message, frame) {
    const key = reactionKey(frame);
    if (key === undefined) return;
    const users = message.reactions.get(key) ?? new Map();
    message.reactions.set(key, users);
    if (frame.s > (users.get(frame.from.user)?.s ?? 0)) users.set(frame.from.user, { s: frame.s, on: frame.kind === 'react', frame });
  }

  /** A message that REST told of, with how it reads now; it moves no position. */
  takeAside(view) {
    this.fold(asFrame(view));
    if (view.marks?.edit) this.fold({ ev: 'msg', kind: 'edit', ref: view.id, from: view.from, s: view.marks.edit.seq, body: view.marks.edit.body ?? undefined, encrypted: view.marks.edit.encrypted ?? undefined });
    return this.messages.get(view.id);
  }

  #of(id) {
    if (!this.messages.has(id)) this.messages.set(id, emptyMessage(id));
    return this.messages.get(id);
  }

  /** Messages that can be shown, the oldest first; replies stand in their thread. */
  get shown() {
    return [...this.messages.values()].filter((m) => m.entry && m.entry.type !== 'key' && (!m.entry.reply_to || !this.messages.get(m.entry.reply_to)?.entry)).sort((a, b) => a.entry.s - b.entry.s);
  }

  replies(id) {
    return [...this.messages.values()].filter((m) => m.entry?.reply_to === id).sort((a, b) => a.entry.s - b.entry.s);
  }

  get keys() {
    return [...this.messages.values()].filter((m) => m.entry?.type === 'key').map((m) => m.entry).sort((a, b) => a.s - b.s);
  }

  get pins() { return this.shown.filter((m) => m.pin?.on && !m.deleted).concat([...this.messages.values()].filter((m) => m.pin?.on && !m.deleted && m.entry?.reply_to)); }

  get latest() { return [...this.messages.values()].filter((m) => m.entry && m.entry.type !== 'key').reduce((last, m) => (m.entry.s > (last?.entry.s ?? 0) ? m : last), null); }

  takeRead({ user, s }) {
    this.reads.set(user, Math.max(s, this.reads.get(user) ?? 0));
    if (user === this.me) this.read = Math.max(this.read ?? 0, s);
  }

  /** Up to where the others have read. */
  get readByOthers() { return Math.max(0, ...[...this.reads].filter(([user]) => user !== this.me).map(([, s]) => s)); }

  takePresence({ all, join = [], leave = [], update = [], count }) {
    if (all) this.present.clear();
    for (const { user, status, text } of [...join, ...update]) this.present.set(user, { status, text });
    for (const { user, seen_at } of leave) this.present.set(user, { status: 'offline', seenAt: seen_at });
    if (count !== undefined) this.count = count;
  }

  takeTyping(user, until) { this.typing.set(user, until); }

  typers(now) { return [...this.typing].filter(([user, until]) => user !== this.me && until > now).map(([user]) => user); }
}

/** How a reaction is told from others: its key, or the ciphertext that stands for it. */
export const reactionKey = (frame) => frame.body?.key ?? (frame.encrypted && `sealed:${frame.encrypted.ciphertext}`);

/** A message as REST tells it, as the frame that a socket would have brought. */
export const asFrame = ({ seq, id, kind, from, client_id, type, reply_to, created_at, mentions, body, encrypted, deleted }) => ({
  ev: 'msg', s: seq, id, kind, from, cid: client_id, type, reply_to, ts: created_at, mentions, deleted, ...(body !== null && { body }), ...(encrypted !== null && { encrypted }),
});

export class Inbox {
  items = new Map(); e = null; s = null; ahead = 0;

  get position() { return this.s === null ? undefined : { e: this.e, s: this.s }; }
  get unread() { return [...this.items.values()].filter((i) => RANK[i.state] < RANK.read).length; }
  get active() { return [...this.items.values()].filter((i) => i.state !== 'archived').sort((a, b) => b.s - a.s); }

  begin(e) { Object.assign(this, { e, s: null, ahead: 0 }); this.items.clear(); }

  /** As Room.take. A page without a position is given first what still waits for a device, from whatever number on. */
  take(frame) {
    if (frame.e !== this.e) return 'behind';
    const [from, to] = frame.ev === 'inbox.skip' ? [frame.from, frame.to] : [frame.s, frame.s];
    if (this.s !== null && from > this.s + 1) {
      this.ahead = Math.max(this.ahead, to);
      return 'behind';
    }
    const known = this.s !== null && to <= this.s;
    this.s = Math.max(to, this.s ?? 0);
    this.fold(frame);
    return known ? 'known' : 'applied';
  }

  fold(frame) {
    if (frame.ev === 'inbox') this.#put({ id: frame.id, s: frame.s, state: frame.state, at: frame.ts, notification: frame.notification });
    else if (frame.ev === 'inbox.state') {
      for (const item of this.items.values())
        if (item.id === frame.id || item.s <= (frame.up_to ?? 0)) this.#move(item, frame.state);
    }
  }

  /** A list that was asked for. */
  takeList({ e, head, entries }) {
    if (e !== null && e !== this.e) return;
    for (const entry of entries) this.#put({ id: entry.id, s: entry.seq, state: entry.state, at: entry.created_at, notification: entry.notification });
    this.s ??= head;
  }

  #put(item) {
    if (!item.notification) return void this.items.delete(item.id); // erased
    const known = this.items.get(item.id);
    if (known && known.s === item.s) this.#move(known, item.state);
    else if (!known || item.s > known.s) this.items.set(item.id, item);
  }

  #move(item, to) { if (RANK[to] > RANK[item.state]) item.state = to; }
}
