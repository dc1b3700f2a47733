// Between the relay's client, what is known, and the keys: what an event means, and everything that a user can do.
import { RelayError, RelaySocket } from './chatrelay.js';
import { Inbox, Room } from './store.js';
import { KEY_ALG } from './crypto.js';

const PAGE = 50;

export class Client extends EventTarget {
  rooms = new Map(); inbox = new Inbox(); state = 'connecting'; status = 'online';
  #socket; #opening = new Map(); #others = new Map(); #welcomed = new Set();

  constructor({ backend, vault, url, now = Date.now, newId = () => crypto.randomUUID(), ...parts }) {
    super();
    Object.assign(this, { backend, vault, now, newId, me: backend.user });
    this.#socket = new RelaySocket({ url, token: () => backend.token(), device: backend.device, presence: 'list', client: 'web-chat', now, ...parts });
    const on = (event, what) => this.#socket.on(event, what);
    on('state', ({ state, reason }) => this.#stateIs(state, reason));
    on('welcome', (ok) => this.#welcome(ok));
    on('room', (told) => this.#place(told));
    on('reset', ({ room, epoch, head }) => this.#begin(this.#room(room), epoch, head));
    on('message', (entry) => this.#arrived(entry));
    on('read', ({ room, ...mark }) => this.#in(room, (known) => known.takeRead(mark)));
    on('presence', ({ room, ...who }) => this.#in(room, (known) => this.#presence(known, who)));
    on('signal', ({ room, ...signal }) => this.#in(room, (known) => this.#signal(known, signal)));
    on('notification', (notification) => this.#notified(notification));
    on('inbox', (moved) => { this.inbox.move(moved); this.#changed(); });
    on('inbox_reset', () => { this.inbox.clear(); this.#run(() => this.#readInboxList()); });
  }

  start() { return this.#socket.start(); }
  stop() { this.#socket.close(); }
  wake() { this.#socket.wake(); }

  /** Messages that the relay has not acknowledged yet. */
  get unsent() { return this.#socket.unsent.filter(({ op }) => op === 'send').length; }

  /** The rooms of the list, the liveliest first. */
  get list() { return [...this.rooms.values()].filter((r) => r.name).sort((a, b) => (b.latest?.entry.created_at ?? b.activeAt ?? '').localeCompare(a.latest?.entry.created_at ?? a.activeAt ?? '')); }

  // --- what comes in ---

  // How things stand is said at each hello; what was missed follows by itself.
  #welcome(ok) {
    this.#welcomed = new Set(Object.keys(ok.rooms));
    for (const [id, { state, read, unread }] of Object.entries(ok.rooms)) {
      const room = state !== 'denied' && this.#room(id);
      if (room) Object.assign(room, { unread, read: Math.max(read ?? 0, state === 'reset' ? 0 : room.read ?? 0) });
    }
    this.#run(async () => {
      await this.#describe();
      await this.#readInboxList();
    });
    this.#changed();
  }

  #place({ room: id, state, epoch, head }) {
    if (state !== 'joined') return this.#forget(id);
    this.#begin(this.#room(id), epoch, head);
    if (!this.#welcomed.has(id)) this.#run(() => this.#describe());
  }

  #begin(room, epoch, head) {
    room.begin(epoch, head);
    if (room.isOpen) this.#run(() => this.older(room));
    this.#changed(room);
  }

  async #describe() {
    for await (const row of this.#socket.rest.users.rooms(this.me, { limit: 100 })) Object.assign(this.#room(row.room.id), { activeAt: row.active_at }).describe(row);
    // The last words of each, for the list.
    for (const room of this.rooms.values()) if (room.seq !== null && room.messages.size === 0 && room.more) await this.older(room, 20);
    this.#changed();
  }

  #arrived(entry) {
    this.#in(entry.room, (room) => {
      room.take(entry);
      this.#run(() => this.#readKeys(room).then(() => this.#unseal(room)));
      if (room.isOpen) this.dispatchEvent(new CustomEvent('arrived', { detail: { room, entry } }));
    });
  }

  // What this user had said elsewhere, or before a reload, still holds.
  #presence(room, who) {
    room.takePresence(who);
    const mine = who.all && room.present.get(this.me);
    if (mine) this.status = mine.status;
  }

  #signal(room, { from, kind, show_ms }) {
    if (kind !== 'typing' || from.user === this.me) return;
    room.takeTyping(from.user, this.now() + show_ms);
    setTimeout(() => this.#changed(room), show_ms);
  }

  #notified(notification) {
    this.inbox.take(notification);
    if (notification.state === 'new') this.dispatchEvent(new CustomEvent('notified', { detail: notification }));
    this.#changed();
  }

  async #readInboxList() {
    for (const item of (await this.#socket.rest.users.inbox(this.me, { limit: 50 })).data) this.inbox.take(item);
    this.#changed();
  }

  /** A page of history above what is shown. */
  async older(room, limit = PAGE) {
    if (!room.more || this.#opening.has(room)) return this.#opening.get(room);
    const asking = this.#socket.history(room.id, { before: room.oldest, limit }).then(async (page) => {
      if (page.epoch !== room.epoch) return;
      room.takeOlder(page);
      await this.#readKeys(room);
      await this.#unseal(room);
      this.#changed(room);
    }).finally(() => this.#opening.delete(room));
    this.#opening.set(room, asking);
    return asking;
  }

  // --- what a user does ---

  /** This room is on the screen; in a sealed one the keys are exchanged. */
  async open(room) {
    for (const other of this.rooms.values()) other.isOpen = other === room;
    if (room.seq !== null && room.messages.size === 0) await this.older(room).catch(() => {});
    if (room.encrypted) await this.#exchangeKeys(room);
    this.#changed(room);
  }

  /** Shown at once as under way; it is in the log when it comes back with its number. */
  async send(room, text, { replyTo, mentions = [] } = {}) {
    const id = this.newId(), pending = { id, text, replyTo, at: this.now() };
    room.pending.push(pending);
    this.#changed(room);
    try {
      const content = await this.#content(room, id, { text });
      await this.#socket.send(room.id, { client_id: id, type: 'text', ...content, ...(replyTo && { reply_to: replyTo }), ...(mentions.length > 0 && { mentions }) });
    } catch (refused) {
      pending.failed = refused.message;
      this.#changed(room);
    }
  }

  /** Throws away what could not be sent. */
  giveUp(room, pending) {
    room.pending = room.pending.filter((p) => p !== pending);
    this.#changed(room);
  }

  async edit(room, message, text) { return this.#socket.edit(room.id, message.id, await this.#content(room, `edit:${message.id}`, { text })); }

  remove(room, message) { return this.#socket.delete(room.id, message.id); }

  /** A second time takes it back. In a sealed room the relay gets a ciphertext, and the same one again to take it back. */
  async react(room, message, key) {
    const mine = [...message.reactions.values()].map((users) => users.get(this.me)).find((r) => r?.on && (r.label ?? r.entry.body?.key) === key);
    if (mine) return this.#socket.unreact(room.id, message.id, mine.entry.encrypted ? { encrypted: mine.entry.encrypted } : { key });
    return this.#socket.react(room.id, message.id, room.encrypted ? await this.#content(room, `react:${message.id}`, { key }) : { key });
  }

  pin(room, message) { return message.pin?.on ? this.#socket.unpin(room.id, message.id) : this.#socket.pin(room.id, message.id); }

  /** Everything up to the room's last number is on the screen. */
  readUpTo(room) {
    if (room.seq === null || (room.seq <= (room.read ?? 0) && !room.unread)) return;
    Object.assign(room, { read: room.seq, unread: 0 });
    this.#socket.read(room.id, room.seq);
    this.#changed(room);
  }

  typing(room) { this.#socket.typing(room.id); }

  setStatus(status, text) {
    this.status = status;
    this.#socket.setStatus(status, text);
    this.#changed();
  }

  async search(room, text) {
    const { data } = await this.#socket.rest.messages.search(room.id, { q: text });
    return data.map(({ id, seq, from, created_at: at, marks, body }) => ({ id, seq, from: from.user, at, text: (marks?.edit?.body ?? body)?.text ?? '' }));
  }

  /** Who has the log from a message on has its whole thread: only one that lies before it is asked for. */
  async thread(room, id) {
    if (room.messages.get(id)?.entry) return;
    const { message, data } = await this.#socket.rest.messages.thread(room.id, id, { limit: 100 });
    for (const entry of [message, ...data]) room.takeAside(entry);
    await this.#unseal(room);
    this.#changed(room);
  }

  async pins(room) {
    for (const { message, seq } of (await this.#socket.rest.pins.list(room.id)).data) {
      const pinned = room.takeAside(message);
      if (seq > (pinned.pin?.seq ?? 0)) pinned.pin = { seq, on: true };
    }
    await this.#unseal(room);
    this.#changed(room);
  }

  moveInbox(item, to) { this.#run(() => (to === 'read' ? this.#socket.readNotification(item.id) : this.#socket.archiveNotification(item.id))); }

  readInbox() { this.#run(() => this.#socket.readAllNotifications()); }

  // --- keys ---

  async #content(room, about, plain) {
    if (!room.encrypted) return { body: plain };
    return { encrypted: await this.vault.seal({ room: room.id, peer: await this.peerOf(room), about, plain }) };
  }

  async peerOf(room) {
    if (!this.#others.has(room.id)) this.#others.set(room.id, (await this.#socket.rest.rooms.members.list(room.id, { limit: 100 })).data.map(({ user }) => user).find((user) => user !== this.me));
    return this.#others.get(room.id);
  }

  async #exchangeKeys(room) {
    const peer = await this.peerOf(room);
    await this.#readKeys(room);
    room.trust = await this.vault.of(peer);
    // Announcements may lie far back: pages until both are found, or there are no more.
    while (room.more && !(room.trust.key && this.#announced(room))) {
      await this.older(room);
      room.trust = await this.vault.of(peer);
    }
    if (!this.#announced(room) && !room.announcing) {
      room.announcing = true;
      await this.#socket.send(room.id, { client_id: `key-${this.vault.id}`, type: 'key', encrypted: this.vault.announcement });
    }
    await this.#unseal(room);
  }

  #announced(room) { return room.keys.some((k) => k.from.user === this.me && k.encrypted?.ciphertext === this.vault.publicKey); }

  async #readKeys(room) {
    if (!room.encrypted) return;
    const peer = await this.peerOf(room);
    for (const entry of room.keys) {
      if (entry.learned || entry.from.user !== peer || entry.encrypted?.alg !== KEY_ALG) continue;
      entry.learned = true;
      await this.vault.learn(peer, entry.encrypted.ciphertext, entry.seq).catch(() => {});
    }
    room.trust = await this.vault.of(peer);
  }

  async acceptKey(room) {
    room.trust = await this.vault.accept(await this.peerOf(room));
    await this.#unseal(room, true);
    this.#changed(room);
  }

  async setCompared(room, yes) {
    room.trust = await this.vault.compared(await this.peerOf(room), yes);
    this.#changed(room);
  }

  async safetyNumber(room) { return this.vault.safetyNumber(await this.peerOf(room)); }

  // In a sealed room only what was sealed is shown: a plain body there would be the relay's own words.
  async #unseal(room, again = false) {
    if (!room.encrypted) return;
    const peer = await this.peerOf(room);
    const open = (entry, about) => this.vault.open({ room: room.id, peer, sender: entry.from.user, about, encrypted: entry.encrypted });
    for (const message of room.messages.values()) {
      if (!message.entry || message.entry.type === 'key' || message.deleted) continue;
      if (message.text === undefined || (again && message.unreadable)) {
        const [entry, about] = message.edit ? [message.edit, `edit:${message.id}`] : [message.entry, message.entry.client_id];
        try {
          message.text = entry.encrypted && message.entry.from.user === entry.from.user ? String((await open(entry, about)).text) : '';
          message.unreadable = entry.encrypted ? undefined : 'This was not sealed.';
        } catch (fault) {
          Object.assign(message, { text: '', unreadable: fault.name === 'OperationError' ? 'This was changed on its way, or is not from whom it says.' : fault.message });
        }
      }
      for (const users of message.reactions.values())
        for (const reaction of users.values())
          if (reaction.entry.encrypted && reaction.label === undefined) reaction.label = await open(reaction.entry, `react:${message.id}`).then((r) => String(r.key), () => null);
    }
    this.#changed(room);
  }

  // --- small things ---

  #room(id) {
    if (!this.rooms.has(id)) this.rooms.set(id, new Room(id, this.me));
    return this.rooms.get(id);
  }

  #in(id, what) {
    const room = this.rooms.get(id);
    if (!room) return;
    what(room);
    this.#changed(room);
  }

  #forget(id) {
    this.rooms.delete(id);
    this.#changed();
  }

  #stateIs(state, reason) {
    this.state = state;
    this.detail = reason;
    this.#changed();
  }

  #changed(room) { this.dispatchEvent(new CustomEvent('changed', { detail: room })); }

  // What fails for want of a connection is asked again after the next hello.
  #run(work) {
    return Promise.resolve().then(work).catch((fault) => {
      if (!(fault instanceof RelayError && ['cut', 'network', 'timeout'].includes(fault.code))) this.dispatchEvent(new CustomEvent('fault', { detail: fault }));
    });
  }
}
