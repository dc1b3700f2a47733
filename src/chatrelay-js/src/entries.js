// The same things have two spellings: short in frames, long by REST. An application sees the long one, whatever it came by.

/** @typedef {import('../types/api.d.ts').Entry} RestEntry */
/** @typedef {Record<string, any>} Frame what comes over a connection */

/**
 * One entry of a room's log: a message (`kind` is `message`), or what was done to one (`edit`, `delete`, `react`, …; `about` names it).
 * @typedef {object} Entry
 * @property {string} room
 * @property {string} epoch
 * @property {number | null} seq null for what is ephemeral
 * @property {string} id
 * @property {string} kind
 * @property {{ user?: string | null, device?: string | null, via?: string | null }} from
 * @property {string | null} client_id
 * @property {string | null} type
 * @property {any} body
 * @property {any} encrypted
 * @property {string | null} about
 * @property {string | null} reply_to
 * @property {string[] | null} mentions
 * @property {any} metadata
 * @property {string | null} created_at
 * @property {string | null} expires_at
 * @property {boolean} deleted
 */

/** @param {Frame} f @returns {Entry} */
export const entryOf = (f) => ({
  room: f.r, epoch: f.e, seq: f.s ?? null, id: f.id, kind: f.kind, from: f.from ?? {}, client_id: f.cid ?? null, type: f.type ?? null, body: f.body ?? null, encrypted: f.encrypted ?? null,
  about: f.ref ?? null, reply_to: f.reply_to ?? null, mentions: f.mentions ?? null, metadata: f.metadata ?? null, created_at: f.ts ?? null, expires_at: f.exp ?? null, deleted: f.deleted ?? false,
});

/**
 * What REST tells of a room's log, as the frame that a socket would have brought.
 * @param {string} room @param {string} epoch @param {RestEntry} v
 * @returns {Frame}
 */
export const frameOf = (room, epoch, v) => (v.kind === 'skip' ? { ev: 'skip', r: room, e: epoch, from: v.seq, to: v.to } : {
  ev: 'msg', r: room, e: epoch, s: v.seq, id: v.id, kind: v.kind, from: v.from, cid: v.client_id, type: v.type, body: v.body, encrypted: v.encrypted,
  ref: v.about, reply_to: v.reply_to, mentions: v.mentions, metadata: v.metadata, ts: v.created_at, exp: v.expires_at, deleted: v.deleted,
});

/** @typedef {{ id: string, seq: number | null, epoch: string, created_at: string, duplicate: boolean }} Sent The relay has it: `seq` is the acknowledgement. */

/** @param {any} ok @returns {any} */
export const sentOf = (ok) => (ok && 'dup' in ok ? { id: ok.id, seq: ok.s ?? null, epoch: ok.e, created_at: ok.ts, duplicate: ok.dup } : ok);

/** @param {Record<string, any>} members */
const given = (members) => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/**
 * What is written, by both ways: as members of its op, and as a REST call with the user's token.
 * @typedef {Record<string, any>} Write `op`, and its members in the long spelling
 */
/** @type {Record<string, { frame: (w: Write) => Record<string, any>, rest: (api: import('./relay.js').Relay, w: Write, user: string, options: import('./relay.js').CallOptions) => PromiseLike<any> }>} */
const WRITES = {
  send: {
    frame: ({ room, client_id, expect_seq, ...m }) => ({ r: room, cid: client_id, expect_s: expect_seq, ...m }),
    rest: (api, { room, ...m }, _, o) => api.messages.send(room, m, o),
  },
  edit: { frame: ({ room, message, ...m }) => ({ r: room, msg: message, ...m }), rest: (api, { room, message, ...m }, _, o) => api.messages.edit(room, message, m, o) },
  delete: { frame: ({ room, message }) => ({ r: room, msg: message }), rest: (api, { room, message }, _, o) => api.messages.delete(room, message, o) },
  react: { frame: ({ room, message, ...m }) => ({ r: room, msg: message, ...m }), rest: (api, { room, message, ...m }, _, o) => api.messages.react(room, message, m, o) },
  unreact: { frame: ({ room, message, ...m }) => ({ r: room, msg: message, ...m }), rest: (api, { room, message, ...m }, _, o) => api.messages.unreact(room, message, m, o) },
  pin: { frame: ({ room, message }) => ({ r: room, msg: message }), rest: (api, { room, message }, _, o) => api.pins.put(room, message, o) },
  unpin: { frame: ({ room, message }) => ({ r: room, msg: message }), rest: (api, { room, message }, _, o) => api.pins.remove(room, message, o) },
  read: { frame: ({ room, seq }) => ({ r: room, s: seq }), rest: (api, { room, seq }, _, o) => api.rooms.read(room, { seq }, o) },
  ack: { frame: ({ seq, epoch }) => ({ s: seq, e: epoch }), rest: (api, { notification }, user, o) => api.users.inbox.ack(user, notification, o) },
  'inbox.read': { frame: ({ notification }) => ({ ntf: notification }), rest: (api, { notification }, user, o) => api.users.inbox.read(user, notification, o) },
  'inbox.archive': { frame: ({ notification }) => ({ ntf: notification }), rest: (api, { notification }, user, o) => api.users.inbox.archive(user, notification, o) },
  'inbox.read_all': { frame: () => ({}), rest: (api, _, user, o) => api.users.inbox.readAll(user, o) },
};

/** @param {Write} write @returns {Record<string, any>} */
export const asFrame = ({ op, ...members }) => given(WRITES[op].frame(members));

/** @param {Write} write @param {import('./relay.js').Relay} api @param {string} user @param {import('./relay.js').CallOptions} options */
export const byRest = ({ op, ...members }, api, user, options) => WRITES[op].rest(api, given(members), user, options);
