// What is on the screen. It draws what the client knows, and says to the client what the user does.
import { fill, h, icon } from './dom.js';
import { Messages, faceOf } from './messages.js';
import { Panel } from './panel.js';
import { nameOf, plural, whenShort } from './words.js';

const $ = (id) => document.getElementById(id);
const STATUS = { online: 'online', away: 'away', dnd: 'do not disturb', offline: 'offline' };
const NEAR_END = 80;

export class View {
  #room = null; #panel; #messages; #drafts = new Map(); #editing = null; #drawing = false; #atEnd = true;

  constructor(client) {
    this.client = client;
    this.#messages = new Messages(client, this);
    this.#panel = new Panel(client, this, this.#messages);
    $('chat').hidden = false;
    document.title = `${nameOf(client.me)} · Web chat`;
    $('my-name').textContent = nameOf(client.me);
    faceOf($('my-face'), client.me);
    for (const [id, name] of Object.entries({ 'back': 'back', 'pins-button': 'pin', 'search-button': 'search', 'nudge-button': 'bolt', 'panel-close': 'close' })) $(id).append(icon(name));
    for (const form of ['composer', 'panel-composer']) $(form).querySelector('button').append(icon('send'));
    $('new-room').querySelector('button').append(icon('plus'));
    this.#listen();
    client.addEventListener('changed', () => this.soon());
    client.addEventListener('notified', ({ detail }) => this.#toast(detail.notification.content?.subject ?? 'A notification', () => this.open('inbox')));
    client.addEventListener('fault', ({ detail }) => this.#toast(detail.message));
    this.soon();
  }

  /** The room on the screen. */
  get room() { return this.#room; }

  // --- what the user does ---

  #listen() {
    const on = (id, event, what) => $(id).addEventListener(event, what);
    on('status', 'change', ({ target }) => this.client.setStatus(target.value));
    on('inbox-button', 'click', () => this.open('inbox'));
    on('pins-button', 'click', () => this.open('pins'));
    on('search-button', 'click', () => this.open('search'));
    on('keys-button', 'click', () => this.open('keys'));
    on('nudge-button', 'click', () => this.#nudge());
    on('panel-close', 'click', () => this.open(null));
    on('back', 'click', () => { $('chat').dataset.view = 'rooms'; this.#leave(); });
    on('new-room', 'submit', (event) => this.#newRoom(event));
    on('to-end', 'click', () => this.#toEnd(true));
    on('scroller', 'scroll', () => this.#scrolled());
    this.#composer($('composer'), $('text'), (text) => this.#say(text));
    this.#composer($('panel-composer'), $('panel-text'), (text) => this.client.send(this.#room, text, { replyTo: this.#panel.thread, mentions: this.#mentionsIn(text) }));
    on('text', 'input', () => $('text').value && this.client.typing(this.#room));
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      if (this.#editing) this.#stopEditing();
      else if (this.#panel.isOpen) this.open(null);
    });
  }

  #composer(form, text, say) {
    const grow = () => {
      text.style.height = 'auto';
      text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
    };
    text.addEventListener('input', grow);
    text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const said = text.value.trim();
      if (!said || text.disabled) return;
      text.value = '';
      grow();
      say(said);
      text.focus();
    });
  }

  #say(text) {
    this.#drafts.delete(this.#room.id);
    if (this.#editing) {
      this.attempt(this.client.edit(this.#room, this.#editing, text));
      return this.#stopEditing();
    }
    this.#atEnd = true;
    this.client.send(this.#room, text, { mentions: this.#mentionsIn(text) });
  }

  // In a sealed room the relay is not told who is spoken to.
  #mentionsIn(text) {
    return this.#room.encrypted ? [] : [...new Set([...text.matchAll(/@(ann|bob)\b/gi)].map(([, user]) => user.toLowerCase()))];
  }

  edit(message) {
    this.#editing = message;
    $('text').value = this.#messages.textOf(message);
    $('text').focus();
    this.soon();
  }

  #stopEditing() {
    this.#editing = null;
    $('text').value = '';
    this.soon();
  }

  async #newRoom(event) {
    event.preventDefault();
    const name = event.target.elements.name.value.trim();
    if (!name) return;
    event.target.reset();
    await this.attempt(this.client.backend.newRoom(name)); // the relay tells both of us: `room joined`
  }

  open(kind, message) { this.#panel.open(kind, message); }

  async #nudge() {
    const peer = await this.client.peerOf(this.#room);
    if (await this.attempt(this.client.backend.nudge(peer))) this.#toast(`${nameOf(peer)} has been nudged.`);
  }

  /** What may be refused: said to the user then. */
  async attempt(promise) {
    try {
      return (await promise) ?? true;
    } catch (fault) {
      this.#toast(fault.message);
      return undefined;
    }
  }

  async #choose(room) {
    if (this.#room && this.#room !== room) this.#drafts.set(this.#room.id, $('text').value);
    this.#editing = null;
    this.#panel.forget();
    this.#room = room;
    this.#atEnd = true;
    room.firstUnread = room.unread > 0 ? room.read ?? 0 : null;
    $('chat').dataset.view = 'room';
    $('text').value = this.#drafts.get(room.id) ?? '';
    this.soon();
    await this.attempt(this.client.open(room));
    if (!matchMedia('(pointer: coarse)').matches) $('text').focus();
  }

  // On a phone the list stands alone, and what comes meanwhile is unread.
  #leave() {
    if (!matchMedia('(max-width: 46rem)').matches) return;
    this.#room.isOpen = false;
    this.#room = null;
    this.soon();
  }

  // --- drawing ---

  // However much came, once a frame.
  soon() {
    if (this.#drawing) return;
    this.#drawing = true;
    setTimeout(() => {
      this.#drawing = false;
      this.#draw();
    }, 16);
  }

  #draw() {
    const { client } = this;
    if (this.#room && !client.rooms.has(this.#room.id)) this.#room = null;
    if (!this.#room && client.list.length > 0 && !matchMedia('(max-width: 46rem)').matches) return void this.#choose(client.list.find((r) => !r.encrypted) ?? client.list[0]);
    this.#drawRooms();
    this.#drawConnection();
    this.#drawInboxButton();
    $('room').hidden = !this.#room;
    if (this.#room) this.#drawRoom(this.#room);
    this.#panel.draw();
    this.look();
  }

  /** Whoever has the end of an open room before their eyes has read it. */
  look() {
    if (this.#room?.isOpen && this.#atEnd && document.visibilityState === 'visible' && document.hasFocus()) this.client.readUpTo(this.#room);
  }

  #drawRooms() {
    fill($('rooms'), this.client.list, (room) => room.id,
      (room) => [room.name, room.unread, room === this.#room, this.#preview(room), room.latest?.entry.created_at, this.#peerStatus(room)],
      (room) => h('li', {}, h('button.room', { type: 'button', 'aria-current': room === this.#room ? 'true' : null, onclick: () => this.#choose(room) },
        this.#roomFace(room),
        h('span.about', {}, h('span.line', {}, h('span.name', {}, room.name), room.latest && h('time.quiet', { datetime: room.latest.entry.created_at }, whenShort(room.latest.entry.created_at))),
          h('span.line', {}, h('span.quiet.preview', {}, this.#preview(room)), room.unread > 0 && room !== this.#room && h('span.badge', {}, String(room.unread), h('span.unseen', {}, ' unread')))))));
  }

  #preview(room) {
    const typers = room.typers(Date.now());
    if (typers.length > 0) return `${nameOf(typers[0])} is typing…`;
    const last = room.latest;
    if (!last) return room.encrypted ? 'Sealed from end to end' : 'Nothing yet';
    return `${last.entry.from.user === this.client.me ? 'You' : nameOf(last.entry.from.user)}: ${last.deleted ? 'deleted' : this.#messages.textOf(last) || 'sealed'}`;
  }

  #roomFace(room) {
    const face = h('span.face', { 'aria-hidden': 'true' });
    this.#roomFaceInto(face, room);
    return face;
  }

  #roomFaceInto(face, room) {
    face.dataset.tone = room.encrypted ? 'sealed' : 'room';
    face.replaceChildren(room.encrypted ? icon('lock') : room.name.trim()[0].toUpperCase());
  }

  #peerStatus(room) {
    return [...room.present].filter(([user]) => user !== this.client.me).map(([user, { status, text, seenAt }]) => [user, status, text, seenAt]);
  }

  #drawConnection() {
    const { state, detail, unsent } = this.client;
    const waits = unsent > 0 ? ` ${plural(unsent, 'message')} will be sent then.` : '';
    const text = state === 'open' ? '' : state === 'connecting' ? 'Connecting…' : state === 'waiting' ? `No connection. Trying again by itself.${waits}` : `Ended: ${detail}`;
    if ($('connection').textContent !== text) $('connection').textContent = text;
    $('connection').dataset.state = state;
    $('chat').dataset.state = state;
    if (document.activeElement !== $('status')) $('status').value = this.client.status;
    $('my-face').dataset.status = state === 'open' ? this.client.status : 'offline';
  }

  #drawInboxButton() {
    const unread = this.client.inbox.unread, button = $('inbox-button');
    if (button.dataset.unread === String(unread)) return;
    button.dataset.unread = unread;
    button.replaceChildren(icon('bell'), ...(unread > 0 ? [h('span.badge', { 'aria-hidden': 'true' }, String(unread))] : []));
    button.setAttribute('aria-label', unread > 0 ? `Notifications, ${unread} unread` : 'Notifications');
  }

  #drawRoom(room) {
    this.#roomFaceInto($('room-face'), room);
    $('room').dataset.sealed = String(Boolean(room.encrypted));
    $('room-name').textContent = room.name;
    $('room-people').textContent = this.#people(room);
    $('keys-button').hidden = !room.encrypted;
    $('search-button').hidden = room.encrypted;
    if (room.encrypted && $('keys-button').dataset.compared !== String(room.trust?.compared)) {
      $('keys-button').dataset.compared = room.trust?.compared;
      $('keys-button').replaceChildren(icon(room.trust?.compared ? 'checked' : 'shield'));
      $('keys-button').setAttribute('aria-label', room.trust?.compared ? 'Safety number, compared' : 'Safety number, not compared yet');
    }
    this.#drawWarning(room);
    this.#drawMessages(room);
    const typers = room.typers(Date.now());
    $('typing').textContent = typers.length > 0 ? `${typers.map(nameOf).join(' and ')} ${typers.length > 1 ? 'are' : 'is'} typing…` : '';
    const mute = room.encrypted && (!room.trust?.key || room.trust.next);
    $('text').disabled = Boolean(mute);
    $('text').placeholder = !mute ? (this.#editing ? 'Change your message' : `Message to ${room.name}`) : room.trust?.next ? 'Look at the changed key first' : 'Waiting for the other one’s key';
    $('composer').dataset.editing = String(Boolean(this.#editing));
  }

  #people(room) {
    if (this.client.state !== 'open') return 'Not connected';
    const there = [...room.present].filter(([, p]) => p.status !== 'offline');
    const others = this.#peerStatus(room);
    if (others.length === 1) {
      const [[user, status, text, seenAt]] = others;
      return `${nameOf(user)} is ${STATUS[status]}${text ? ` · ${text}` : ''}${status === 'offline' && seenAt ? ` · seen ${whenShort(seenAt)}` : ''}`;
    }
    if (there.length > 0) return `${plural(there.length, 'person', 'people')} here`;
    return room.encrypted ? 'Sealed from end to end' : room.type === 'direct' ? 'Just the two of you' : 'Ann, Bob';
  }

  #drawWarning(room) {
    const changed = room.encrypted && room.trust?.next;
    $('warning').hidden = !changed;
    if (!changed || $('warning').childElementCount > 0) return;
    $('warning').replaceChildren(h('p', {}, 'The other one’s key has changed: another browser, or somebody between you. Ask over another way before you go on.'),
      h('button.plain', { type: 'button', onclick: () => { $('warning').replaceChildren(); this.client.acceptKey(room); } }, 'Take the new key'));
  }

  #drawMessages(room) {
    const list = $('messages');
    const changedRoom = list.dataset.room !== room.id;
    if (changedRoom) {
      list.replaceChildren();
      list.dataset.room = room.id;
    }
    const height = $('scroller').scrollHeight, first = list.querySelector('.message')?.dataset.key;
    fill(list, this.#messages.rows(room), (row) => row.key, (row) => row.shows, (row) => row.make());
    const above = first && first !== list.querySelector('.message')?.dataset.key;
    if (changedRoom || this.#atEnd) this.#toEnd();
    else if (above) $('scroller').scrollTop += $('scroller').scrollHeight - height; // what came above does not move what is read
    $('to-end').hidden = this.#atEnd;
  }

  /** To a message that may lie many pages back. */
  async jump(room, { seq, id }) {
    if (matchMedia('(max-width: 46rem)').matches) this.open(null);
    this.#atEnd = false;
    while (room.more && room.oldest > seq) await this.client.older(room);
    this.#draw();
    const element = $('messages').querySelector(`[data-key="${CSS.escape(id)}"]`);
    element?.scrollIntoView({ block: 'center' });
    element?.classList.add('found');
    setTimeout(() => element?.classList.remove('found'), 2_000);
  }

  // --- small things ---

  #toEnd(gently = false) {
    this.#atEnd = true;
    $('scroller').scrollTo({ top: $('scroller').scrollHeight, behavior: gently ? 'smooth' : 'instant' });
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = $('scroller');
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    $('to-end').hidden = this.#atEnd;
    if (scrollTop < 60 && scrollHeight > clientHeight && this.#room?.more && this.client.state === 'open') this.attempt(this.client.older(this.#room));
    this.look();
  }

  #toast(text, onclick) {
    const toast = h(onclick ? 'button.toast' : 'p.toast', { ...(onclick && { type: 'button', onclick: () => { toast.remove(); onclick(); } }) }, text);
    $('toasts').append(toast);
    setTimeout(() => toast.remove(), 6_000);
  }
}
