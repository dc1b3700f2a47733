// What this page knows, folded from the relay's numbered entries. It knows nothing of sockets and screens.
//
// Entries come from the client one number after the other. Whatever an entry is about (an edit, a reaction) is kept by the number it has, so pages of history
// may be folded in any order: it comes to the same.

const RANK = { new: 0, acked: 1, read: 2, archived: 3 };

const emptyMessage = (id) => ({ id, entry: null, edit: null, deleted: false, pin: null, reactions: new Map(), text: undefined });

export class Room {
  messages = new Map(); reads = new Map(); typing = new Map(); present = new Map(); pending = []; count = null;
  seq = null; oldest = null; more = true;

  constructor(id, me) { Object.assign(this, { id, me }); }

  /** What the list of rooms says. */
  describe({ room, head, read, unread, role }) {
    Object.assign(this, { name: room.name ?? room.external_id ?? 'Room', type: room.type, encrypted: room.encrypted, role, activeHead: head, read: Math.max(read, this.read ?? 0), unread });
  }

  /** Begins at a head: everything that follows comes by itself, what lies before is history. */
  begin(epoch, head) {
    Object.assign(this, { epoch, seq: head, oldest: head + 1, more: head > 0 });
    this.messages.clear();
    this.reads.clear();
  }

  /** The next entry, as the client hands it over. */
  take(entry) {
    if (entry.seq === null) return; // ephemeral: this page shows none
    this.seq = entry.seq;
    this.#live(entry);
  }

  /** A page of the past. */
  takeOlder({ entries, before, more }) {
    for (const entry of entries) this.fold(entry);
    this.oldest = Math.min(this.oldest, before ?? this.oldest);
    this.more = more;
  }

  #live(entry) {
    this.fold(entry);
    const isMine = entry.from.user === this.me;
    if (entry.kind !== 'message') return;
    if (isMine) Object.assign(this, { read: Math.max(this.read ?? 0, entry.seq), unread: 0 });
    else {
      this.typing.delete(entry.from.user);
      if (entry.type !== 'key') this.unread = (this.unread ?? 0) + 1;
    }
  }

  fold(entry) {
    const { kind, seq, from } = entry;
    if (kind === 'message') {
      const message = this.#of(entry.id);
      message.entry ??= entry;
      if (entry.deleted) message.deleted = true;
      if (from.user !== this.me) this.takeRead({ user: from.user, seq }); // who writes has read
      if (from.user === this.me && entry.client_id) this.pending = this.pending.filter((p) => p.id !== entry.client_id);
      if (entry.reply_to) this.#of(entry.reply_to);
      return;
    }
    if (!entry.about) {
      if (kind === 'room' && entry.body?.name) this.name = entry.body.name;
      return;
    }
    const message = this.#of(entry.about);
    if (kind === 'edit' && !entry.deleted && seq > (message.edit?.seq ?? 0)) Object.assign(message, { edit: entry, text: undefined });
    else if (kind === 'delete') message.deleted = true;
    else if (kind === 'pin' || kind === 'unpin') {
      if (seq > (message.pin?.seq ?? 0)) message.pin = { seq, on: kind === 'pin' };
    } else if (kind === 'react' || kind === 'unreact') this.#react(message, entry);
  }

  #react(message, entry) {
    const key = reactionKey(entry);
    if (!key) return;
    const users = message.reactions.get(key) ?? new Map();
    message.reactions.set(key, users);
    if (entry.seq > (users.get(entry.from.user)?.seq ?? 0)) users.set(entry.from.user, { seq: entry.seq, on: entry.kind === 'react', entry });
  }

  /** A message from a thread or the pins, with how it reads now. */
  takeAside(entry) {
    this.fold(entry);
    if (entry.marks?.edit) this.fold({ ...entry.marks.edit, kind: 'edit', about: entry.id, from: entry.from });
    return this.messages.get(entry.id);
  }

  #of(id) {
    if (!this.messages.has(id)) this.messages.set(id, emptyMessage(id));
    return this.messages.get(id);
  }

  /** Messages that can be shown, the oldest first; replies stand in their thread. */
  get shown() {
    return [...this.messages.values()].filter((m) => m.entry && m.entry.type !== 'key' && (!m.entry.reply_to || !this.messages.get(m.entry.reply_to)?.entry)).sort((a, b) => a.entry.seq - b.entry.seq);
  }

  replies(id) {
    return [...this.messages.values()].filter((m) => m.entry?.reply_to === id).sort((a, b) => a.entry.seq - b.entry.seq);
  }

  get keys() {
    return [...this.messages.values()].filter((m) => m.entry?.type === 'key').map((m) => m.entry).sort((a, b) => a.seq - b.seq);
  }

  get pins() { return this.shown.filter((m) => m.pin?.on && !m.deleted).concat([...this.messages.values()].filter((m) => m.pin?.on && !m.deleted && m.entry?.reply_to)); }

  get latest() { return [...this.messages.values()].filter((m) => m.entry && m.entry.type !== 'key').reduce((last, m) => (m.entry.seq > (last?.entry.seq ?? 0) ? m : last), null); }

  takeRead({ user, seq }) {
    this.reads.set(user, Math.max(seq, this.reads.get(user) ?? 0));
    if (user === this.me) this.read = Math.max(this.read ?? 0, seq);
  }

  /** Up to where the others have read. */
  get readByOthers() { return Math.max(0, ...[...this.reads].filter(([user]) => user !== this.me).map(([, seq]) => seq)); }

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
export const reactionKey = (entry) => entry.body?.key ?? (entry.encrypted && `sealed:${entry.encrypted.ciphertext}`);

export class Inbox {
  items = new Map();

  get unread() { return [...this.items.values()].filter((i) => RANK[i.state] < RANK.read).length; }
  get active() { return [...this.items.values()].filter((i) => i.state !== 'archived').sort((a, b) => b.seq - a.seq); }

  clear() { this.items.clear(); }

  /** One that came, or stands in a list. */
  take({ id, seq, state, created_at: at, notification }) {
    if (!notification) return void this.items.delete(id); // erased
    const known = this.items.get(id);
    if (known && known.seq === seq) this.#move(known, state);
    else if (!known || seq > known.seq) this.items.set(id, { id, seq, state, at, notification });
  }

  /** What became of one, or of all up to a number. */
  move({ id, up_to, state }) {
    for (const item of this.items.values()) if (item.id === id || item.seq <= (up_to ?? 0)) this.#move(item, state);
  }

  #move(item, to) { if (RANK[to] > RANK[item.state]) item.state = to; }
}
