// Between the socket, what is known, and the keys: what a hello means, how holes are filled, and everything that a user can do.
import { Connection } from './socket.js';
import { Inbox, Room } from './store.js';
import { KEY_ALG } from './crypto.js';

const PAGE = 50, TYPING_EVERY = 3_000;

export class Client extends EventTarget {
  rooms = new Map(); inbox = new Inbox(); state = 'connecting'; status = 'online';
  #connection; #typed = new Map(); #syncing = new Set(); #toldRead = new Map(); #opening = new Map(); #others = new Map();

  constructor({ api, vault, url, now = Date.now, newId = () => crypto.randomUUID(), ...parts }) {
    super();
    Object.assign(this, { api, vault, now, newId, me: api.user });
    this.#connection = new Connection({
      url, token: () => api.token(), device: api.device, presence: 'list', ...parts,
      positions: () => this.#positions(),
      on: { state: (state, detail) => this.#stateIs(state, detail), hello: (ok) => this.#hello(ok), frame: (frame) => this.#frame(frame) },
    });
  }

  start() { return this.#connection.start(); }
  stop() { this.#connection.stop(); }
  wake() { this.#connection.wake(); }

  /** Messages that the relay has not acknowledged yet. */
  get unsent() { return this.#connection.waiting.filter((frame) => frame.op === 'send').length; }

  /** The rooms of the list, the liveliest first. */
  get list() { return [...this.rooms.values()].filter((r) => r.name).sort((a, b) => (b.latest?.entry.ts ?? b.activeAt ?? '').localeCompare(a.latest?.entry.ts ?? a.activeAt ?? '')); }

  // --- what comes in ---

  #positions() {
    const rooms = Object.fromEntries([...this.rooms].map(([id, room]) => [id, room.position]).filter(([, at]) => at));
    return { rooms, ...(this.inbox.position && { inbox: this.inbox.position }) };
  }

  #hello(ok) {
    this.blocked = ok.blocked;
    for (const [id, standing] of Object.entries(ok.rooms)) {
      if (standing.state === 'denied') this.#forget(id);
      else this.#stand(this.#room(id), standing);
    }
    if (this.inbox.e !== ok.inbox.e || ok.inbox.state === 'reset') this.inbox.begin(ok.inbox.e);
    this.#run(async () => {
      await this.#describe();
      if (ok.inbox.state === 'gap') await this.#syncInbox();
      this.inbox.takeList(await this.#connection.ask('inbox.list', { limit: 50 }));
      this.#changed();
    });
    if (this.status !== 'online') this.setStatus(this.status);
    for (const room of this.rooms.values()) this.#tellRead(room);
    this.#changed();
  }

  #stand(room, { e, head, read, unread, state }) {
    Object.assign(room, { unread, read: Math.max(read ?? 0, room.e === e ? room.read ?? 0 : 0) });
    if (room.s === null || state === 'reset') {
      this.#toldRead.delete(room.id);
      room.begin(e, head);
      if (room.isOpen) this.#run(() => this.older(room));
    } else if (state === 'gap') this.#sync(room);
  }

  async #describe() {
    for (const row of await this.api.rooms()) Object.assign(this.#room(row.room.id), { activeAt: row.active_at }).describe(row);
    // The last words of each, for the list.
    for (const room of this.rooms.values()) if (room.s !== null && room.messages.size === 0 && room.more) await this.older(room, 20);
  }

  #frame(frame) {
    if (frame.ev.startsWith('inbox')) return this.#inboxFrame(frame);
    if (frame.ev === 'room') return this.#place(frame);
    const room = this.rooms.get(frame.r);
    if (!room) return;
    if (frame.ev === 'read') room.takeRead(frame);
    else if (frame.ev === 'presence') this.#presence(room, frame);
    else if (frame.ev === 'signal') this.#signal(room, frame);
    else if (frame.ev === 'head' || room.take(frame) === 'behind') this.#sync(room);
    else if (frame.ev === 'msg') this.#arrived(room, frame);
    this.#changed(room);
  }

  #arrived(room, frame) {
    this.#run(() => this.#readKeys(room).then(() => this.#unseal(room)));
    if (room.isOpen) this.dispatchEvent(new CustomEvent('arrived', { detail: { room, frame } }));
  }

  // What this user had said elsewhere, or before a reload, still holds.
  #presence(room, frame) {
    room.takePresence(frame);
    const mine = frame.all && room.present.get(this.me);
    if (mine) this.status = mine.status;
  }

  #signal(room, { from, kind, show_ms }) {
    if (kind !== 'typing' || from.user === this.me) return;
    room.takeTyping(from.user, this.now() + show_ms);
    setTimeout(() => this.#changed(room), show_ms);
  }

  #place({ r, state }) {
    if (state !== 'joined') this.#forget(r);
    else this.#run(() => this.#join(this.#room(r)));
    this.#changed();
  }

  async #join(room) {
    const ok = await this.#connection.ask('join', { r: room.id, presence: 'list', ...(room.position && { since: room.position }) });
    this.#stand(room, ok);
    for (const frame of ok.messages) room.take(frame);
    if (ok.more) this.#sync(room);
    await this.#describe();
    this.#changed(room);
  }

  #inboxFrame(frame) {
    if (frame.ev === 'inbox.gone') { // erased: what comes next stands in another one
      this.inbox.begin(null);
      return this.#connection.start();
    }
    if (frame.ev === 'inbox.head' || this.inbox.take(frame) === 'behind') return this.#run(() => this.#syncInbox());
    if (frame.ev === 'inbox') {
      if (frame.state === 'new') {
        this.#run(() => this.#connection.ask('ack', { s: frame.s, e: frame.e })); // it is on this device now
        this.dispatchEvent(new CustomEvent('notified', { detail: frame }));
      }
    }
    this.#changed();
  }

  // --- filling holes ---

  /** Pages from the position to the head; nothing of it is applied twice, whatever comes in between. */
  #sync(room) {
    if (room.s === null || this.#syncing.has(room)) return;
    this.#syncing.add(room);
    this.#run(async () => {
      try {
        for (let more = true; more;) {
          const ok = await this.#connection.ask('sync', { r: room.id, e: room.e, after: room.s });
          for (const frame of ok.messages) room.take(frame);
          more = ok.more || room.ahead > room.s;
        }
        await this.#readKeys(room);
        await this.#unseal(room);
      } catch (refused) {
        if (refused.code !== 'epoch_changed') throw refused;
        room.s = null;
        await this.#join(room);
        await this.older(room);
      } finally {
        this.#syncing.delete(room);
      }
      this.#changed(room);
    });
  }

  async #syncInbox() {
    try {
      for (let more = true; more;) {
        const ok = await this.#connection.ask('inbox.sync', { e: this.inbox.e, after: this.inbox.s ?? 0 });
        for (const frame of ok.entries) this.#inboxFrame(frame);
        more = ok.more || this.inbox.ahead > this.inbox.s;
      }
    } catch (refused) {
      if (refused.code !== 'epoch_changed') throw refused;
      this.inbox.begin(null);
      this.#connection.start();
    }
    this.#changed();
  }

  /** A page of history above what is shown. */
  async older(room, limit = PAGE) {
    if (!room.more || this.#opening.has(room)) return this.#opening.get(room);
    const asking = this.#connection.ask('history', { r: room.id, before: room.oldest, limit }).then(async (ok) => {
      if (ok.e !== room.e) return;
      room.takeOlder(ok.messages, ok.more);
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
    if (room.s !== null && room.messages.size === 0) await this.older(room).catch(() => {});
    if (room.encrypted) await this.#exchangeKeys(room);
    this.#changed(room);
  }

  /** Shown at once as under way; it is in the log when it comes back with its number. */
  async send(room, text, { replyTo, mentions = [] } = {}) {
    const cid = this.newId();
    const pending = { cid, text, replyTo, at: this.now() };
    room.pending.push(pending);
    this.#changed(room);
    try {
      const content = await this.#content(room, cid, { text });
      await this.#connection.write('send', { r: room.id, cid, type: 'text', ...content, ...(replyTo && { reply_to: replyTo }), ...(mentions.length > 0 && { mentions }) });
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

  async edit(room, message, text) {
    return this.#connection.write('edit', { r: room.id, msg: message.id, ...(await this.#content(room, `edit:${message.id}`, { text })) });
  }

  remove(room, message) { return this.#connection.write('delete', { r: room.id, msg: message.id }); }

  /** A second time takes it back. In a sealed room the relay gets a ciphertext, and the same one again to take it back. */
  async react(room, message, key) {
    const mine = [...message.reactions.values()].map((users) => users.get(this.me)).find((r) => r?.on && (r.label ?? r.frame.body?.key) === key);
    const what = mine ? (mine.frame.encrypted ? { encrypted: mine.frame.encrypted } : { key })
      : room.encrypted ? await this.#content(room, `react:${message.id}`, { key }) : { key };
    return this.#connection.write(mine ? 'unreact' : 'react', { r: room.id, msg: message.id, ...what });
  }

  pin(room, message) { return this.#connection.write(message.pin?.on ? 'unpin' : 'pin', { r: room.id, msg: message.id }); }

  /** Everything up to the room's position is on the screen. */
  readUpTo(room) {
    if (room.s === null || room.s <= (room.read ?? 0) && !room.unread) return;
    Object.assign(room, { read: room.s, unread: 0 });
    this.#tellRead(room);
    this.#changed(room);
  }

  #tellRead(room) {
    const s = room.read ?? 0;
    if (!room.isOpen || s <= (this.#toldRead.get(room.id) ?? 0)) return;
    this.#run(async () => {
      await this.#connection.ask('read', { r: room.id, s });
      this.#toldRead.set(room.id, s);
    });
  }

  typing(room) {
    if (this.now() - (this.#typed.get(room.id) ?? 0) < TYPING_EVERY) return;
    this.#typed.set(room.id, this.now());
    this.#courtesy('signal', { r: room.id, kind: 'typing' });
  }

  setStatus(status, text) {
    this.status = status;
    this.#courtesy('presence', { status, ...(text !== undefined && { text }) });
    this.#changed();
  }

  async search(room, text) {
    const { data } = await this.api.search(room.id, text);
    return data.map((view) => ({ id: view.id, s: view.seq, from: view.from.user, at: view.created_at, text: (view.marks?.edit?.body ?? view.body)?.text ?? '' }));
  }

  /** Who has the log from a message on has its whole thread: only one that lies before it is asked for. */
  async thread(room, id) {
    if (room.messages.get(id)?.entry) return;
    const { message, data } = await this.api.thread(room.id, id);
    for (const view of [message, ...data]) room.takeAside(view);
    await this.#unseal(room);
    this.#changed(room);
  }

  async pins(room) {
    for (const { message, seq } of (await this.api.pins(room.id)).data) {
      const pinned = room.takeAside(message);
      if (seq > (pinned.pin?.s ?? 0)) pinned.pin = { s: seq, on: true };
    }
    await this.#unseal(room);
    this.#changed(room);
  }

  moveInbox(item, to) {
    this.#run(() => this.#connection.write(`inbox.${to}`, { ntf: item.id }));
  }

  readInbox() { this.#run(() => this.#connection.write('inbox.read_all')); }

  // --- keys ---

  async #content(room, about, plain) {
    if (!room.encrypted) return { body: plain };
    return { encrypted: await this.vault.seal({ room: room.id, peer: await this.peerOf(room), about, plain }) };
  }

  async peerOf(room) {
    if (!this.#others.has(room.id)) this.#others.set(room.id, (await this.api.members(room.id)).find((user) => user !== this.me));
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
      await this.#connection.write('send', { r: room.id, cid: `key-${this.vault.id}`, type: 'key', encrypted: this.vault.announcement });
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
      await this.vault.learn(peer, entry.encrypted.ciphertext, entry.s).catch(() => {});
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
    const open = (frame, about) => this.vault.open({ room: room.id, peer, sender: frame.from.user, about, encrypted: frame.encrypted });
    for (const message of room.messages.values()) {
      if (!message.entry || message.entry.type === 'key' || message.deleted) continue;
      if (message.text === undefined || (again && message.unreadable)) {
        const [frame, about] = message.edit ? [message.edit, `edit:${message.id}`] : [message.entry, message.entry.cid];
        try {
          message.text = frame.encrypted && message.entry.from.user === frame.from.user ? String((await open(frame, about)).text) : '';
          message.unreadable = frame.encrypted ? undefined : 'This was not sealed.';
        } catch (fault) {
          Object.assign(message, { text: '', unreadable: fault.name === 'OperationError' ? 'This was changed on its way, or is not from whom it says.' : fault.message });
        }
      }
      for (const users of message.reactions.values())
        for (const reaction of users.values())
          if (reaction.frame.encrypted && reaction.label === undefined) reaction.label = await open(reaction.frame, `react:${message.id}`).then((r) => String(r.key), () => null);
    }
    this.#changed(room);
  }

  // --- small things ---

  #room(id) {
    if (!this.rooms.has(id)) this.rooms.set(id, new Room(id, this.me));
    return this.rooms.get(id);
  }

  #forget(id) {
    this.rooms.delete(id);
    this.#changed();
  }

  #stateIs(state, detail) {
    this.state = state;
    this.detail = detail;
    this.#changed();
  }

  #changed(room) { this.dispatchEvent(new CustomEvent('changed', { detail: room })); }

  // Nobody needs to know that it was not told.
  #courtesy(op, members) { this.#connection.ask(op, members).catch(() => {}); }

  // What fails for want of a connection is asked again after the next hello.
  #run(work) {
    return Promise.resolve().then(work).catch((fault) => {
      if (fault.code !== 'cut') this.dispatchEvent(new CustomEvent('fault', { detail: fault }));
    });
  }
}
