export type RestEntry = import('../types/api.d.ts').Entry;
export type Frame = Record<string, any>;
export type Entry = {
    room: string;
    epoch: string;
    /**
     * null for what is ephemeral
     */
    seq: number | null;
    id: string;
    kind: string;
    from: {
        user?: string | null;
        device?: string | null;
        via?: string | null;
    };
    client_id: string | null;
    type: string | null;
    body: any;
    encrypted: any;
    about: string | null;
    reply_to: string | null;
    mentions: string[] | null;
    metadata: any;
    created_at: string | null;
    expires_at: string | null;
    deleted: boolean;
};
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
export declare const entryOf: (f: Frame) => Entry;
/**
 * What REST tells of a room's log, as the frame that a socket would have brought.
 * @param {string} room @param {string} epoch @param {RestEntry} v
 * @returns {Frame}
 */
export declare const frameOf: (room: string, epoch: string, v: RestEntry) => Frame;
export type Sent = {
    id: string;
    seq: number | null;
    epoch: string;
    created_at: string;
    duplicate: boolean;
};
/** @typedef {{ id: string, seq: number | null, epoch: string, created_at: string, duplicate: boolean }} Sent The relay has it: `seq` is the acknowledgement. */
/** @param {any} ok @returns {any} */
export declare const sentOf: (ok: any) => any;
export type Write = Record<string, any>;
/** @param {Write} write @returns {Record<string, any>} */
export declare const asFrame: ({ op, ...members }: Write) => Record<string, any>;
/** @param {Write} write @param {import('./relay.js').Relay} api @param {string} user @param {import('./relay.js').CallOptions} options */
export declare const byRest: ({ op, ...members }: Write, api: import('./relay.js').Relay, user: string, options: import('./relay.js').CallOptions) => PromiseLike<any>;
