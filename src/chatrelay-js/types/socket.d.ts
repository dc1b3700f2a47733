export type Entry = import('./entries.js').Entry;
export type Frame = import('./entries.js').Frame;
export type Sent = import('./entries.js').Sent;
export type At = import('./position.js').At;
export type Way = import('./ways.js').Way;
export type State = import('./connection.js').State;
export type Encrypted = import('../types/api.d.ts').SealedInputInput;
export type Content = {
    body?: unknown;
    encrypted?: Encrypted;
};
export type Positions = {
    rooms: Record<string, At>;
    inbox?: At;
};
export type RelaySocketOptions = {
    /**
     * where the relay is, or several places of it
     */
    url: string | string[];
    /**
     * gives a user's token: at the start, before it ends, and when it was refused
     */
    token: () => string | Promise<string>;
    /**
     * this device's name; the same after a reload
     */
    device?: string;
    /**
     * rooms to follow besides those that the relay joins by itself (the 200 liveliest)
     */
    rooms?: string[];
    /**
     * what to be told of who else is there
     */
    presence?: 'none' | 'count' | 'list';
    /**
     * where an earlier run stood: its `positions`
     */
    resume?: Positions;
    /**
     * `any`: a WebSocket, and where none opens a stream, then polls
     */
    transport?: 'any' | Way;
    /**
     * where there is no global one
     */
    WebSocket?: any;
    /**
     * keeps what is unsent over a reload: `storedOutbox(…)`
     */
    outbox?: import('./outbox.js').OutboxStore;
    /**
     * how many writes may wait (1,000)
     */
    outboxLimit?: number;
    /**
     * how much may wait for the application before nothing more is taken (10,000 events)
     */
    buffer?: number;
    /**
     * what the relay's log shows
     */
    client?: string;
    fetch?: typeof globalThis.fetch;
    timers?: import('./waiting.js').Timers;
    random?: () => number;
    now?: () => number;
};
export type Events = {
    /**
     * the next entry of a room, or one without a number (ephemeral)
     */
    message: Entry;
    /**
     * forget what you have of the room, and load it anew; what follows `head` comes by itself
     */
    reset: {
        room: string;
        epoch: string;
        head: number;
    };
    room: {
        room: string;
        state: 'joined' | 'left' | 'denied' | 'deleted';
        epoch?: string;
        head?: number;
        first?: number;
        read?: number;
        unread?: number;
    };
    read: {
        room: string;
        user: string;
        seq: number;
    };
    presence: {
        room: string;
        count: number;
        all?: boolean;
        join?: any[];
        leave?: any[];
        update?: any[];
    };
    /**
     * `room` instead of `r`
     */
    signal: Frame;
    /**
     * one for this user; it is acknowledged when the handler is done
     */
    notification: {
        id: string;
        seq: number;
        epoch: string;
        state: string;
        created_at: string;
        expires_at: string | null;
        notification: any;
    };
    /**
     * what became of one, on whatever device
     */
    inbox: {
        id: string | null;
        up_to?: number;
        about?: number;
        state: string;
    };
    /**
     * the inbox has to be loaded anew
     */
    inbox_reset: {};
    /**
     * the relay's answer to a hello: how each room and the inbox stand
     */
    welcome: Frame;
    state: {
        state: State;
        way?: Way;
        wait?: number;
        reason?: string;
    };
    /**
     * what went wrong and has no other place
     */
    error: unknown;
};
export declare class RelaySocket {
    #private;
    /** The user whose token it is, after the first hello. @type {string | undefined} */
    user: string | undefined;
    /** @param {RelaySocketOptions} options */
    constructor({ url, token, device, rooms, presence, resume, transport, WebSocket, outbox, outboxLimit, buffer, client, fetch, timers, random, now, }: RelaySocketOptions);
    /** @returns {State} */
    get state(): State;
    /** How far the application has everything: to be kept, and given as `resume` to the next run. @returns {Positions} */
    get positions(): Positions;
    /** What the relay has not acknowledged yet, in the order in which it was written. */
    get unsent(): import("./entries.js").Write[];
    /** The routes that take a user's token, with this one's. */
    get rest(): import("../types/api.d.ts").Operations;
    /**
     * @template {keyof Events} K
     * @param {K} event @param {(value: Events[K]) => unknown} handler
     * @returns {() => void} takes it away again
     */
    on<K extends keyof Events>(event: K, handler: (value: Events[K]) => unknown): () => void;
    /** Begins, or begins again. */
    start(): this;
    /** Ends; what was not handed over is asked for again by the next start. @param {string} [reason] */
    close(reason?: string): void;
    /** The network is back, or somebody looks at the page again: no reason to wait any longer. */
    wake(): void;
    /** Takes a new token from its source now. */
    refresh(): Promise<void>;
    /** Follows one more room; what it was told before lies in `history`. Resolves when it is followed. @param {string} room */
    join(room: string): Promise<void>;
    /** Follows it no longer. @param {string} room */
    leave(room: string): void;
    /**
     * What was said before a number (or at the end, if left out), ascending. It moves no position.
     * @param {string} room
     * @param {{ before?: number, limit?: number, signal?: AbortSignal }} [of]
     */
    history(room: string, { before, limit, signal }?: {
        before?: number;
        limit?: number;
        signal?: AbortSignal;
    }): Promise<{
        entries: import("./entries.js").Entry[];
        epoch: string;
        more: boolean;
        before: number;
    }>;
    /**
     * A message. It resolves when the relay has it, over any number of cuts; it is refused only for good.
     * @param {string} room
     * @param {Content & { client_id?: string, type?: string, reply_to?: string, mentions?: string[], metadata?: unknown, expires_in_s?: number, expect_seq?: number, ephemeral?: boolean }} message
     * @returns {Promise<Sent>}
     */
    send(room: string, { client_id, ...message }: Content & {
        client_id?: string;
        type?: string;
        reply_to?: string;
        mentions?: string[];
        metadata?: unknown;
        expires_in_s?: number;
        expect_seq?: number;
        ephemeral?: boolean;
    }): Promise<Sent>;
    /** @param {string} room @param {string} message @param {Content} content @returns {Promise<Sent>} */
    edit(room: string, message: string, content: Content): Promise<Sent>;
    /** @param {string} room @param {string} message @returns {Promise<Sent | undefined>} */
    delete(room: string, message: string): Promise<Sent | undefined>;
    /** @param {string} room @param {string} message @param {{ key: string } | { encrypted: Encrypted }} what @returns {Promise<Sent>} */
    react(room: string, message: string, what: {
        key: string;
    } | {
        encrypted: Encrypted;
    }): Promise<Sent>;
    /** @param {string} room @param {string} message @param {{ key: string } | { encrypted: Encrypted }} what @returns {Promise<Sent | undefined>} */
    unreact(room: string, message: string, what: {
        key: string;
    } | {
        encrypted: Encrypted;
    }): Promise<Sent | undefined>;
    /** @param {string} room @param {string} message @returns {Promise<Sent>} */
    pin(room: string, message: string): Promise<Sent>;
    /** @param {string} room @param {string} message @returns {Promise<Sent | undefined>} */
    unpin(room: string, message: string): Promise<Sent | undefined>;
    /** Everything up to this number was read. It only moves on, and the last one counts. @param {string} room @param {number} seq */
    read(room: string, seq: number): void;
    /** @param {string} notification */
    readNotification(notification: string): Promise<any>;
    /** @param {string} notification */
    archiveNotification(notification: string): Promise<any>;
    readAllNotifications(): Promise<any>;
    /**
     * To whoever follows the room, or to a user's devices.
     * @param {{ room?: string, to?: { user: string, device?: string }, kind: string, data?: unknown, encrypted?: Encrypted, ttl_ms?: number, call?: string }} what
     * @returns {Promise<{ told?: boolean, sid?: string, exp?: string }>}
     */
    signal({ room, ...what }: {
        room?: string;
        to?: {
            user: string;
            device?: string;
        };
        kind: string;
        data?: unknown;
        encrypted?: Encrypted;
        ttl_ms?: number;
        call?: string;
    }): Promise<{
        told?: boolean;
        sid?: string;
        exp?: string;
    }>;
    /** Somebody types: to be called at every key, it is said every few seconds. @param {string} room */
    typing(room: string): void;
    /** How this user is shown; it is said again after a cut. @param {'online' | 'away' | 'dnd' | 'invisible'} status @param {string | null} [text] */
    setStatus(status: 'online' | 'away' | 'dnd' | 'invisible', text?: string | null): void;
}
