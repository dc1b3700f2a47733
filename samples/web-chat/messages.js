// Messages as they are drawn, in a room and in the panel beside it: text, reactions, and what one can do with them.
import { h, icon } from './dom.js';
import { clock, day, dayKey, nameOf, plural } from './words.js';

const REACTIONS = [['👍', 'thumbs up'], ['❤️', 'heart'], ['😂', 'laughing'], ['🎉', 'party'], ['👀', 'eyes']];
const GROUP_WITHIN = 5 * 60_000;

export const faceOf = (face, user) => {
  face.dataset.tone = user;
  face.textContent = nameOf(user)[0];
  return face;
};

export class Messages {
  #chosen = null;

  /** `view` says what a touch leads to: `open(kind, message)`, `edit(message)`, `attempt(promise)`, `soon()`. */
  constructor(client, view) { Object.assign(this, { client, view }); }

  textOf(message) { return message.text ?? (message.edit ?? message.entry).body?.text ?? ''; }

  rows(room) {
    const rows = [], shown = room.shown, read = room.readByOthers;
    const lastMine = shown.findLast((m) => m.entry.from.user === this.client.me);
    let before = null, marked = room.firstUnread === null || room.firstUnread === undefined;
    if (room.more) rows.push({ key: 'more', shows: 0, make: () => h('li.note', {}, h('button.plain', { type: 'button', onclick: () => this.view.attempt(this.client.older(room)) }, 'Earlier messages')) });
    else rows.push({ key: 'start', shows: room.name, make: () => h('li.note', {}, room.encrypted ? 'Everything here is sealed in your browser. The relay keeps what it cannot read.' : `This is where ${room.name} begins.`) });
    for (const message of shown) {
      const { entry } = message;
      if (!before || dayKey(before.entry.created_at) !== dayKey(entry.created_at)) rows.push({ key: `day ${dayKey(entry.created_at)}`, shows: 0, make: () => h('li.note.day', {}, day(entry.created_at)) });
      if (!marked && entry.seq > room.firstUnread && entry.from.user !== this.client.me) {
        marked = true;
        rows.push({ key: 'unread', shows: 0, make: () => h('li.note.unread', {}, h('span', {}, 'New')) });
      }
      const joined = before && before.entry.from.user === entry.from.user && dayKey(before.entry.created_at) === dayKey(entry.created_at) && Date.parse(entry.created_at) - Date.parse(before.entry.created_at) < GROUP_WITHIN;
      const state = message === lastMine ? (entry.seq <= read ? 'Read' : 'Sent') : '';
      rows.push({ key: message.id, shows: [this.signOf(message), joined, state, room.replies(message.id).length, this.#chosen === message.id], make: () => this.message(room, message, { joined, state }) });
      before = message;
    }
    for (const pending of room.pending.filter((p) => !p.replyTo))
      rows.push({ key: `pending ${pending.id}`, shows: [pending.failed], make: () => this.pending(room, pending) });
    return rows;
  }

  signOf(message) {
    return [this.textOf(message), message.edit?.seq, message.deleted, message.unreadable, message.pin?.on, this.#reactionsOf(message)];
  }

  #reactionsOf(message) {
    const labels = new Map();
    for (const [key, users] of message.reactions)
      for (const [user, reaction] of users) {
        const label = reaction.entry.encrypted ? reaction.label : key;
        if (reaction.on && label) labels.set(label, [...(labels.get(label) ?? []), user]);
      }
    return [...labels];
  }

  message(room, message, { joined = false, state = '', inPanel = false } = {}) {
    const { entry } = message, mine = entry.from.user === this.client.me, replies = inPanel ? [] : room.replies(message.id);
    const body = message.deleted ? h('p.gone', {}, 'This message was deleted.')
      : message.unreadable ? h('p.gone', {}, message.unreadable) : h('p.text', {}, ...this.#words(this.textOf(message)));
    return h(`li.message${mine ? '.mine' : ''}${joined ? '.joined' : ''}${this.#chosen === message.id ? '.chosen' : ''}`, { 'data-s': entry.seq },
      !mine && (joined ? h('span.face.empty', { 'aria-hidden': 'true' }) : faceOf(h('span.face', { 'aria-hidden': 'true' }), entry.from.user ?? 'relay')),
      h('div.stack', {},
        !joined && h('div.meta', {}, h('strong', {}, mine ? 'You' : nameOf(entry.from.user)), h('time', { datetime: entry.created_at }, clock(entry.created_at))),
        h('div.bubble', { onclick: () => this.#touch(message) }, message.pin?.on && !message.deleted && h('span.pinned', { title: 'Pinned' }, icon('pin'), h('span.unseen', {}, 'Pinned')), body),
        !message.deleted && this.#reactionRow(room, message),
        h('div.under', {},
          replies.length > 0 && h('button.link', { type: 'button', onclick: () => this.view.open('thread', message.id) }, plural(replies.length, 'reply', 'replies')),
          entry.reply_to && !inPanel && h('button.link', { type: 'button', onclick: () => this.view.open('thread', entry.reply_to) }, 'In a thread'),
          message.edit && !message.deleted && h('span', {}, 'edited'), state && h('span.state', { 'data-state': state }, state)),
        !message.deleted && this.#tools(room, message, mine, inPanel)));
  }

  // On a phone there is no pointer to hover with.
  #touch(message) {
    if (!matchMedia('(hover: none)').matches) return;
    this.#chosen = this.#chosen === message.id ? null : message.id;
    this.view.soon();
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
      'aria-label': `${key} ${users.length}, ${REACTIONS.find(([k]) => k === key)?.[1] ?? 'reaction'}: ${users.map(nameOf).join(', ')}`, onclick: () => this.view.attempt(this.client.react(room, message, key)),
    }, h('span', { 'aria-hidden': 'true' }, key), ` ${users.length}`)));
  }

  #tools(room, message, mine, inPanel) {
    const tool = (name, label, onclick) => h('button', { type: 'button', 'aria-label': label, title: label, onclick }, icon(name));
    const act = (promise) => { this.#chosen = null; this.view.attempt(promise); };
    return h('div.tools', { role: 'group', 'aria-label': 'With this message' },
      REACTIONS.slice(0, 3).map(([key, label]) => h('button', { type: 'button', 'aria-label': `React with ${label}`, onclick: () => act(this.client.react(room, message, key)) }, h('span', { 'aria-hidden': 'true' }, key))),
      !inPanel && tool('reply', 'Reply in a thread', () => this.view.open('thread', message.id)),
      (room.type === 'direct' || room.role === 'admin' || room.role === 'owner') && tool('pin', message.pin?.on ? 'Unpin' : 'Pin', () => act(this.client.pin(room, message))),
      mine && !inPanel && tool('edit', 'Edit', () => this.view.edit(message)),
      mine && tool('trash', 'Delete', () => act(this.client.remove(room, message))));
  }

  pending(room, pending) {
    return h('li.message.mine.pending', {}, h('div.stack', {}, h('div.bubble', {}, h('p.text', {}, ...this.#words(pending.text))),
      h('div.under', {}, pending.failed ? h('span.state', { 'data-state': 'failed' }, `Not sent: ${pending.failed}`) : h('span.state', {}, 'Sending…'),
        pending.failed && h('button.link', { type: 'button', onclick: () => this.client.giveUp(room, pending) }, 'Remove'))));
  }
}
