export type Write = import('./entries.js').Write;
export type OutboxStore = {
    all: () => Array<{
        id: string;
        at: number;
        write: Write;
    }> | Promise<Array<{
        id: string;
        at: number;
        write: Write;
    }>>;
    put: (kept: {
        id: string;
        at: number;
        write: Write;
    }) => void | Promise<void>;
    remove: (id: string) => void | Promise<void>;
};
export type Waiting = {
    id: string;
    at: number;
    write: Write;
    kept: boolean;
    isTried?: boolean;
    resolve: (ok: any) => void;
    reject: (fault: any) => void;
};
/** @typedef {import('./entries.js').Write} Write */
/**
 * Where the outbox is kept over reloads. What it holds is what was written: keep it where that may stand.
 * @typedef {object} OutboxStore
 * @property {() => Array<{ id: string, at: number, write: Write }> | Promise<Array<{ id: string, at: number, write: Write }>>} all
 * @property {(kept: { id: string, at: number, write: Write }) => void | Promise<void>} put
 * @property {(id: string) => void | Promise<void>} remove
 */
/** @typedef {{ id: string, at: number, write: Write, kept: boolean, isTried?: boolean, resolve: (ok: any) => void, reject: (fault: any) => void }} Waiting */
/** What was written and is not acknowledged yet, in its order. */
export declare class Outbox {
    #private;
    limit: number;
    store: OutboxStore | undefined;
    complain: (fault: unknown) => void;
    /** @param {number} limit @param {OutboxStore | undefined} store @param {(fault: unknown) => void} complain */
    constructor(limit: number, store: OutboxStore | undefined, complain: (fault: unknown) => void);
    get writes(): import("./entries.js").Write[];
    get first(): Waiting;
    /** What an earlier page left; it goes first. */
    load(): Promise<void>;
    /** @param {string} id @param {Write} write @param {boolean} keep @param {number} now */
    add(id: string, write: Write, keep: boolean, now: number): Promise<any>;
    /** @param {Waiting} one */
    drop(one: Waiting): void;
}
/**
 * An outbox in localStorage, or in what looks like it: one item for each write, so that two windows do not write over each other.
 * @param {string} prefix one for each user and device
 * @param {{ length: number, key: (at: number) => string | null, getItem: (name: string) => string | null, setItem: (name: string, value: string) => void, removeItem: (name: string) => void }} [storage]
 * @returns {OutboxStore}
 */
export declare function storedOutbox(prefix: string, storage?: {
    length: number;
    key: (at: number) => string | null;
    getItem: (name: string) => string | null;
    setItem: (name: string, value: string) => void;
    removeItem: (name: string) => void;
}): OutboxStore;
