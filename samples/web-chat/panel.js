// What opens beside a room: a thread, pins, search, the safety number, and the notifications.
import { fill, h, icon } from './dom.js';
import { nameOf, whenShort } from './words.js';

const $ = (id) => document.getElementById(id);
const TITLES = { thread: 'Thread', search: 'Search', inbox: 'Notifications', pins: 'Pinned', keys: 'Safety number' };

export class Panel {
  #shown = null;

  /** `view` has the `room` that is open, and says what follows: `attempt(promise)`, `soon()`, `jump(room, hit)`. */
  constructor(client, view, messages) { Object.assign(this, { client, view, messages }); }

  get isOpen() { return this.#shown !== null; }

  /** The message whose thread is open. */
  get thread() { return this.#shown?.message; }

  /** Again what is open already, or nothing, closes it. */
  open(kind, message) {
    this.#shown = kind && !(this.#shown?.kind === kind && this.#shown.message === message) ? { kind, message } : null;
    $('panel-body').replaceChildren();
    if (kind === 'thread' && this.#shown) this.view.attempt(this.client.thread(this.view.room, message));
    if (kind === 'pins' && this.#shown) this.client.pins(this.view.room).catch(() => {}); // those on the screen are known anyway
    if (kind === 'keys' && this.#shown) this.client.safetyNumber(this.view.room).then((number) => { if (this.#shown) this.#shown.number = number; this.view.soon(); });
    this.view.soon();
    if (this.#shown) (kind === 'thread' ? $('panel-text') : $('panel-close')).focus();
  }

  /** Without a word: another room is on the screen. */
  forget() { this.#shown = null; }

  draw() {
    const panel = this.#shown;
    $('panel').hidden = !panel;
    $('chat').dataset.panel = String(Boolean(panel));
    $('panel-composer').hidden = panel?.kind !== 'thread';
    if (!panel) return;
    const body = $('panel-body'), room = this.view.room;
    $('panel-title').textContent = TITLES[panel.kind];
    if (panel.kind === 'inbox') this.#drawInbox(body);
    else if (panel.kind === 'search') this.#drawSearch(body, room);
    else if (panel.kind === 'keys') this.#drawKeys(body, room);
    else if (panel.kind === 'pins') this.#drawList(body, room, room.pins, 'Nothing is pinned here.');
    else this.#drawList(body, room, [room.messages.get(panel.message), ...room.replies(panel.message)].filter((m) => m?.entry), 'Reading…', room.pending.filter((p) => p.replyTo === panel.message));
  }

  #drawList(body, room, messages, empty, pending = []) {
    if (body.firstElementChild?.tagName !== 'OL') body.replaceChildren(h('ol.messages'));
    const rows = messages.map((message) => ({ key: message.id, shows: [this.messages.signOf(message)], make: () => this.messages.message(room, message, { inPanel: true }) }))
      .concat(pending.map((p) => ({ key: p.id, shows: [p.failed], make: () => this.messages.pending(room, p) })));
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
    const found = this.#shown.found;
    if (!found) return;
    fill(body.lastElementChild, found.length > 0 ? found : [null], (hit) => hit?.id ?? 'none', (hit) => [hit?.text, hit?.edit],
      (hit) => hit === null ? h('li.note', {}, 'Nothing found.') : h('li', {}, h('button.hit', { type: 'button', onclick: () => this.view.jump(room, hit) },
        h('span.line', {}, h('strong', {}, nameOf(hit.from)), h('time.quiet', { datetime: hit.at }, whenShort(hit.at))), h('span', {}, hit.text))));
  }

  async #search(room, text) {
    const found = await this.view.attempt(this.client.search(room, text));
    if (!found || !this.#shown) return;
    this.#shown.found = found;
    this.view.soon();
  }

  #drawKeys(body, room) {
    const { trust } = room, number = this.#shown.number;
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
}
