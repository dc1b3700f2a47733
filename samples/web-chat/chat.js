// What is on the screen. It draws what the client knows, and says to the client what the user does.
import { fill, h, icon } from './dom.js';

const $ = (id) => document.getElementById(id);
const REACTIONS = [['👍', 'thumbs up'], ['❤️', 'heart'], ['😂', 'laughing'], ['🎉', 'party'], ['👀', 'eyes']];
const STATUS = { online: 'online', away: 'away', dnd: 'do not disturb', offline: 'offline' };
const NEAR_END = 80, GROUP_WITHIN = 5 * 60_000;

const nameOf = (user) => (user ? user[0].toUpperCase() + user.slice(1) : 'The relay');
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
const day = (at) => new Date(at).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });
const dayKey = (at) => new Date(at).toDateString();
const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
const whenShort = (at) => (dayKey(at) === dayKey(Date.now()) ? clock(at) : new Date(at).toLocaleDateString([], { day: 'numeric', month: 'short' }));

export class View {
  #room = null; #panel = null; #drafts = new Map(); #editing = null; #drawing = false; #atEnd = true; #chosen = null;

  constructor(client) {
    this.client = client;
    $('chat').hidden = false;
    document.title = `${nameOf(client.me)} · Web chat`;
    $('my-name').textContent = nameOf(client.me);
    this.#face($('my-face'), client.me);
    for (const [id, name] of Object.entries({ 'back': 'back', 'pins-button': 'pin', 'search-button': 'search', 'nudge-button': 'bolt', 'panel-close': 'close' })) $(id).append(icon(name));
    for (const form of ['composer', 'panel-composer']) $(form).querySelector('button').append(icon('send'));
    $('new-room').querySelector('button').append(icon('plus'));
    this.#listen();
    client.addEventListener('changed', () => this.#soon());
    client.addEventListener('notified', ({ detail }) => this.#toast(detail.notification.content?.subject ?? 'A notification', () => this.#open('inbox')));
    client.addEventListener('fault', ({ detail }) => this.#toast(detail.message));
    this.#soon();
  }

  // --- what the user does ---

  #listen() {
    const on = (id, event, what) => $(id).addEventListener(event, what);
    on('status', 'change', ({ target }) => this.client.setStatus(target.value));
    on('inbox-button', 'click', () => this.#open('inbox'));
    on('pins-button', 'click', () => this.#open('pins'));
    on('search-button', 'click', () => this.#open('search'));
    on('keys-button', 'click', () => this.#open('keys'));
    on('nudge-button', 'click', () => this.#nudge());
    on('panel-close', 'click', () => this.#open(null));
    on('back', 'click', () => { $('chat').dataset.view = 'rooms'; this.#leave(); });
    on('new-room', 'submit', (event) => this.#newRoom(event));
    on('to-end', 'click', () => this.#toEnd(true));
    on('scroller', 'scroll', () => this.#scrolled());
    this.#composer($('composer'), $('text'), (text) => this.#say(text));
    this.#composer($('panel-composer'), $('panel-text'), (text) => this.client.send(this.#room, text, { replyTo: this.#panel.message, mentions: this.#mentionsIn(text) }));
    on('text', 'input', () => $('text').value && this.client.typing(this.#room));
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      if (this.#editing) this.#stopEditing();
      else if (this.#panel) this.#open(null);
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
      this.#try(this.client.edit(this.#room, this.#editing, text));
      return this.#stopEditing();
    }
    this.#atEnd = true;
    this.client.send(this.#room, text, { mentions: this.#mentionsIn(text) });
  }

  // In a sealed room the relay is not told who is spoken to.
  #mentionsIn(text) {
    return this.#room.encrypted ? [] : [...new Set([...text.matchAll(/@(ann|bob)\b/gi)].map(([, user]) => user.toLowerCase()))];
  }

  #edit(message) {
    this.#editing = message;
    $('text').value = this.#textOf(message);
    $('text').focus();
    this.#soon();
  }

  #stopEditing() {
    this.#editing = null;
    $('text').value = '';
    this.#soon();
  }

  async #newRoom(event) {
    event.preventDefault();
    const name = event.target.elements.name.value.trim();
    if (!name) return;
    event.target.reset();
    await this.#try(this.client.api.newRoom(name)); // the relay tells both of us: `room joined`
  }

  async #nudge() {
    const peer = await this.client.peerOf(this.#room);
    if (await this.#try(this.client.api.nudge(peer))) this.#toast(`${nameOf(peer)} has been nudged.`);
  }

  async #try(promise) {
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
    this.#panel = null;
    this.#room = room;
    this.#atEnd = true;
    room.firstUnread = room.unread > 0 ? room.read ?? 0 : null;
    $('chat').dataset.view = 'room';
    $('text').value = this.#drafts.get(room.id) ?? '';
    this.#soon();
    await this.#try(this.client.open(room));
    if (!matchMedia('(pointer: coarse)').matches) $('text').focus();
  }

  // On a phone the list stands alone, and what comes meanwhile is unread.
  #leave() {
    if (!matchMedia('(max-width: 46rem)').matches) return;
    this.#room.isOpen = false;
    this.#room = null;
    this.#soon();
  }

  #open(kind, message) {
    this.#panel = kind && !(this.#panel?.kind === kind && this.#panel.message === message) ? { kind, message } : null;
    $('panel-body').replaceChildren();
    if (kind === 'thread' && this.#panel) this.#try(this.client.thread(this.#room, message));
    if (kind === 'pins' && this.#panel) this.client.pins(this.#room).catch(() => {}); // those on the screen are known anyway
    if (kind === 'keys' && this.#panel) this.client.safetyNumber(this.#room).then((number) => { if (this.#panel) this.#panel.number = number; this.#soon(); });
    this.#soon();
    if (this.#panel) (kind === 'thread' ? $('panel-text') : $('panel-close')).focus();
  }

  // --- drawing ---

  // However much came, once a frame.
  #soon() {
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
    this.#drawPanel();
    this.look();
  }

  /** Whoever has the end of an open room before their eyes has read it. */
  look() {
    if (this.#room?.isOpen && this.#atEnd && document.visibilityState === 'visible' && document.hasFocus()) this.client.readUpTo(this.#room);
  }

  #drawRooms() {
    fill($('rooms'), this.client.list, (room) => room.id,
      (room) => [room.name, room.unread, room === this.#room, this.#preview(room), room.latest?.entry.ts, this.#peerStatus(room)],
      (room) => h('li', {}, h('button.room', { type: 'button', 'aria-current': room === this.#room ? 'true' : null, onclick: () => this.#choose(room) },
        this.#roomFace(room),
        h('span.about', {}, h('span.line', {}, h('span.name', {}, room.name), room.latest && h('time.quiet', { datetime: room.latest.entry.ts }, whenShort(room.latest.entry.ts))),
          h('span.line', {}, h('span.quiet.preview', {}, this.#preview(room)), room.unread > 0 && room !== this.#room && h('span.badge', {}, String(room.unread), h('span.unseen', {}, ' unread')))))));
  }

  #preview(room) {
    const typers = room.typers(Date.now());
    if (typers.length > 0) return `${nameOf(typers[0])} is typing…`;
    const last = room.latest;
    if (!last) return room.encrypted ? 'Sealed from end to end' : 'Nothing yet';
    return `${last.entry.from.user === this.client.me ? 'You' : nameOf(last.entry.from.user)}: ${last.deleted ? 'deleted' : this.#textOf(last) || 'sealed'}`;
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

  #face(face, user) {
    face.dataset.tone = user;
    face.textContent = nameOf(user)[0];
    return face;
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

  #textOf(message) { return message.text ?? (message.edit ?? message.entry).body?.text ?? ''; }

  #drawMessages(room) {
    const list = $('messages');
    const changedRoom = list.dataset.room !== room.id;
    if (changedRoom) {
      list.replaceChildren();
      list.dataset.room = room.id;
    }
    const height = $('scroller').scrollHeight, first = list.querySelector('.message')?.dataset.key;
    fill(list, this.#rows(room), (row) => row.key, (row) => row.shows, (row) => row.make());
    const above = first && first !== list.querySelector('.message')?.dataset.key;
    if (changedRoom || this.#atEnd) this.#toEnd();
    else if (above) $('scroller').scrollTop += $('scroller').scrollHeight - height; // what came above does not move what is read
    $('to-end').hidden = this.#atEnd;
  }

  #rows(room) {
    const rows = [], shown = room.shown, read = room.readByOthers;
    const lastMine = shown.findLast((m) => m.entry.from.user === this.client.me);
    let before = null, marked = room.firstUnread === null || room.firstUnread === undefined;
    if (room.more) rows.push({ key: 'more', shows: 0, make: () => h('li.note', {}, h('button.plain', { type: 'button', onclick: () => this.#try(this.client.older(room)) }, 'Earlier messages')) });
    else rows.push({ key: 'start', shows: room.name, make: () => h('li.note', {}, room.encrypted ? 'Everything here is sealed in your browser. The relay keeps what it cannot read.' : `This is where ${room.name} begins.`) });
    for (const message of shown) {
      const { entry } = message;
      if (!before || dayKey(before.entry.ts) !== dayKey(entry.ts)) rows.push({ key: `day ${dayKey(entry.ts)}`, shows: 0, make: () => h('li.note.day', {}, day(entry.ts)) });
      if (!marked && entry.s > room.firstUnread && entry.from.user !== this.client.me) {
        marked = true;
        rows.push({ key: 'unread', shows: 0, make: () => h('li.note.unread', {}, h('span', {}, 'New')) });
      }
      const joined = before && before.entry.from.user === entry.from.user && dayKey(before.entry.ts) === dayKey(entry.ts) && Date.parse(entry.ts) - Date.parse(before.entry.ts) < GROUP_WITHIN;
      const state = message === lastMine ? (entry.s <= read ? 'Read' : 'Sent') : '';
      rows.push({ key: message.id, shows: [this.#signOf(message), joined, state, room.replies(message.id).length, this.#chosen === message.id], make: () => this.#message(room, message, { joined, state }) });
      before = message;
    }
    for (const pending of room.pending.filter((p) => !p.replyTo))
      rows.push({ key: `pending ${pending.cid}`, shows: [pending.failed], make: () => this.#pending(room, pending) });
    return rows;
  }

  #signOf(message) {
    return [this.#textOf(message), message.edit?.s, message.deleted, message.unreadable, message.pin?.on, this.#reactionsOf(message)];
  }

  #reactionsOf(message) {
    const labels = new Map();
    for (const [key, users] of message.reactions)
      for (const [user, reaction] of users) {
        const label = reaction.frame.encrypted ? reaction.label : key;
        if (reaction.on && label) labels.set(label, [...(labels.get(label) ?? []), user]);
      }
    return [...labels];
  }

  #message(room, message, { joined = false, state = '', inPanel = false } = {}) {
    const { entry } = message, mine = entry.from.user === this.client.me, replies = inPanel ? [] : room.replies(message.id);
    const body = message.deleted ? h('p.gone', {}, 'This message was deleted.')
      : message.unreadable ? h('p.gone', {}, message.unreadable) : h('p.text', {}, ...this.#words(this.#textOf(message)));
    return h(`li.message${mine ? '.mine' : ''}${joined ? '.joined' : ''}${this.#chosen === message.id ? '.chosen' : ''}`, { 'data-s': entry.s },
      !mine && (joined ? h('span.face.empty', { 'aria-hidden': 'true' }) : this.#face(h('span.face', { 'aria-hidden': 'true' }), entry.from.user ?? 'relay')),
      h('div.stack', {},
        !joined && h('div.meta', {}, h('strong', {}, mine ? 'You' : nameOf(entry.from.user)), h('time', { datetime: entry.ts }, clock(entry.ts))),
        h('div.bubble', { onclick: () => this.#touch(message) }, message.pin?.on && !message.deleted && h('span.pinned', { title: 'Pinned' }, icon('pin'), h('span.unseen', {}, 'Pinned')), body),
        !message.deleted && this.#reactionRow(room, message),
        h('div.under', {},
          replies.length > 0 && h('button.link', { type: 'button', onclick: () => this.#open('thread', message.id) }, plural(replies.length, 'reply', 'replies')),
          entry.reply_to && !inPanel && h('button.link', { type: 'button', onclick: () => this.#open('thread', entry.reply_to) }, 'In a thread'),
          message.edit && !message.deleted && h('span', {}, 'edited'), state && h('span.state', { 'data-state': state }, state)),
        !message.deleted && this.#tools(room, message, mine, inPanel)));
  }

  // On a phone there is no pointer to hover with.
  #touch(message) {
    if (!matchMedia('(hover: none)').matches) return;
    this.#chosen = this.#chosen === message.id ? null : message.id;
    this.#soon();
  }

  // Links and mentions, as elements of their own; everything else is text.
  #words(text) {
    return text.split(/(https?:\/\/[^\s<>"]+|@(?:ann|bob)\b)/i).map((part) => {
      if (/^https?:/i.test(part)) return h('a', { href: part, target: '_blank', rel: 'noopener noreferrer' }, part);
      return part.startsWith('@') && part.length > 1 ? h('span.mention', {}, part) : part;
    });
  }

  #reactionRow(room, message) {
    const reactions = this.#reactionsOf(message);
    return reactions.length > 0 && h('div.reactions', {}, reactions.map(([key, users]) => h('button.reaction', {
      type: 'button', 'aria-pressed': String(users.includes(this.client.me)), title: users.map(nameOf).join(', '),
      'aria-label': `${key} ${users.length}, ${REACTIONS.find(([k]) => k === key)?.[1] ?? 'reaction'}: ${users.map(nameOf).join(', ')}`, onclick: () => this.#try(this.client.react(room, message, key)),
    }, h('span', { 'aria-hidden': 'true' }, key), ` ${users.length}`)));
  }

  #tools(room, message, mine, inPanel) {
    const tool = (name, label, onclick) => h('button', { type: 'button', 'aria-label': label, title: label, onclick }, icon(name));
    const act = (promise) => { this.#chosen = null; this.#try(promise); };
    return h('div.tools', { role: 'group', 'aria-label': 'With this message' },
      REACTIONS.slice(0, 3).map(([key, label]) => h('button', { type: 'button', 'aria-label': `React with ${label}`, onclick: () => act(this.client.react(room, message, key)) }, h('span', { 'aria-hidden': 'true' }, key))),
      !inPanel && tool('reply', 'Reply in a thread', () => this.#open('thread', message.id)),
      (room.type === 'direct' || room.role === 'admin' || room.role === 'owner') && tool('pin', message.pin?.on ? 'Unpin' : 'Pin', () => act(this.client.pin(room, message))),
      mine && !inPanel && tool('edit', 'Edit', () => this.#edit(message)),
      mine && tool('trash', 'Delete', () => act(this.client.remove(room, message))));
  }

  #pending(room, pending) {
    return h('li.message.mine.pending', {}, h('div.stack', {}, h('div.bubble', {}, h('p.text', {}, ...this.#words(pending.text))),
      h('div.under', {}, pending.failed ? h('span.state', { 'data-state': 'failed' }, `Not sent: ${pending.failed}`) : h('span.state', {}, 'Sending…'),
        pending.failed && h('button.link', { type: 'button', onclick: () => this.client.giveUp(room, pending) }, 'Remove'))));
  }

  // --- the panel ---

  #drawPanel() {
    const panel = this.#panel;
    $('panel').hidden = !panel;
    $('chat').dataset.panel = String(Boolean(panel));
    $('panel-composer').hidden = panel?.kind !== 'thread';
    if (!panel) return;
    const body = $('panel-body'), room = this.#room;
    $('panel-title').textContent = { thread: 'Thread', search: 'Search', inbox: 'Notifications', pins: 'Pinned', keys: 'Safety number' }[panel.kind];
    if (panel.kind === 'inbox') this.#drawInbox(body);
    else if (panel.kind === 'search') this.#drawSearch(body, room);
    else if (panel.kind === 'keys') this.#drawKeys(body, room);
    else if (panel.kind === 'pins') this.#drawList(body, room, room.pins, 'Nothing is pinned here.');
    else this.#drawList(body, room, [room.messages.get(panel.message), ...room.replies(panel.message)].filter((m) => m?.entry), 'Reading…', room.pending.filter((p) => p.replyTo === panel.message));
  }

  #drawList(body, room, messages, empty, pending = []) {
    if (body.firstElementChild?.tagName !== 'OL') body.replaceChildren(h('ol.messages'));
    const rows = messages.map((message) => ({ key: message.id, shows: [this.#signOf(message)], make: () => this.#message(room, message, { inPanel: true }) }))
      .concat(pending.map((p) => ({ key: p.cid, shows: [p.failed], make: () => this.#pending(room, p) })));
    if (rows.length === 0) rows.push({ key: 'none', shows: 0, make: () => h('li.note', {}, empty) });
    fill(body.firstElementChild, rows, (row) => row.key, (row) => row.shows, (row) => row.make());
  }

  #drawInbox(body) {
    if (body.childElementCount !== 2) body.replaceChildren(h('p.acts', {}, h('button.plain', { type: 'button', onclick: () => this.client.readInbox() }, 'Mark all as read')), h('ul.notices'));
    const rows = this.client.inbox.active;
    fill(body.lastElementChild, rows.length > 0 ? rows : [null], (item) => item?.id ?? 'none', (item) => [item?.state],
      (item) => item === null ? h('li.note', {}, 'No notifications.') : h('li.notice', { 'data-state': item.state },
        h('strong', {}, item.notification.content?.subject ?? 'A notification'), item.notification.content?.text && h('p', {}, item.notification.content.text),
        h('div.under', {}, h('time', { datetime: item.at }, whenShort(item.at)),
          item.state !== 'read' && h('button.link', { type: 'button', onclick: () => this.client.moveInbox(item, 'read') }, 'Read'),
          h('button.link', { type: 'button', onclick: () => this.client.moveInbox(item, 'archive') }, 'Put away'))));
  }

  #drawSearch(body, room) {
    if (body.firstElementChild?.tagName !== 'FORM') {
      const field = h('input', { name: 'q', type: 'search', placeholder: `Search in ${room.name}`, 'aria-label': 'Words to look for', autocomplete: 'off', maxlength: 100, required: true });
      body.replaceChildren(h('form.inline', { onsubmit: (event) => { event.preventDefault(); this.#search(room, field.value); } }, field, h('button.round', { type: 'submit', 'aria-label': 'Search' }, icon('search'))), h('ol.messages', { 'aria-live': 'polite' }));
      field.focus();
    }
    const found = this.#panel.found;
    if (!found) return;
    fill(body.lastElementChild, found.length > 0 ? found : [null], (hit) => hit?.id ?? 'none', (hit) => [hit?.text, hit?.edit],
      (hit) => hit === null ? h('li.note', {}, 'Nothing found.') : h('li', {}, h('button.hit', { type: 'button', onclick: () => this.#jump(room, hit) },
        h('span.line', {}, h('strong', {}, nameOf(hit.from)), h('time.quiet', { datetime: hit.at }, whenShort(hit.at))), h('span', {}, hit.text))));
  }

  async #search(room, text) {
    const found = await this.#try(this.client.search(room, text));
    if (!found || !this.#panel) return;
    this.#panel.found = found;
    this.#soon();
  }

  /** To a message that may lie many pages back. */
  async #jump(room, { s, id }) {
    if (matchMedia('(max-width: 46rem)').matches) this.#open(null);
    this.#atEnd = false;
    while (room.more && room.oldest > s) await this.client.older(room);
    this.#draw();
    const element = $('messages').querySelector(`[data-key="${CSS.escape(id)}"]`);
    element?.scrollIntoView({ block: 'center' });
    element?.classList.add('found');
    setTimeout(() => element?.classList.remove('found'), 2_000);
  }

  #drawKeys(body, room) {
    const { trust } = room, number = this.#panel.number;
    const sign = JSON.stringify([number, trust?.compared, trust?.next?.s]);
    if (body.dataset.sign === sign && body.childElementCount > 0) return;
    body.dataset.sign = sign;
    if (!number) return body.replaceChildren(h('p.explain', {}, 'The other one has not been here yet: there is no key to compare.'));
    body.replaceChildren(
      h('p.explain', {}, 'Messages here are sealed in this browser, for the two keys behind this number. Compare it with the other one, over the phone or side by side. If it is the same for both, nobody stands between you.'),
      h('p.number', {}, ...number.split(' ').map((group) => h('span', {}, group))),
      h('p.acts', {}, h(trust.compared ? 'button.plain' : 'button.strong', { type: 'button', onclick: () => this.client.setCompared(room, !trust.compared) }, trust.compared ? 'Compared. Take it back' : 'It is the same for both')),
    );
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
    if (scrollTop < 60 && scrollHeight > clientHeight && this.#room?.more && this.client.state === 'open') this.#try(this.client.older(this.#room));
    this.look();
  }

  #toast(text, onclick) {
    const toast = h(onclick ? 'button.toast' : 'p.toast', { ...(onclick && { type: 'button', onclick: () => { toast.remove(); onclick(); } }) }, text);
    $('toasts').append(toast);
    setTimeout(() => toast.remove(), 6_000);
  }
}
