import { Choice } from './ways.js';
export type Frame = import('./entries.js').Frame;
export type Way = import('./ways.js').Way;
export type Ending = import('./ways.js').Ending;
export type State = 'connecting' | 'open' | 'waiting' | 'closed';
export type Owner = {
    /**
     * what to say first, but for the token
     */
    hello: () => Record<string, any>;
    /**
     * polls are welcomed each time
     */
    welcome: (ok: Frame, first: boolean) => void;
    frame: (frame: Frame) => void;
    dropped: () => void;
    closed: () => void;
    /**
     * what polls wait for
     */
    busy: () => Promise<void> | undefined;
};
export declare class Connection {
    #private;
    urls: string[];
    choice: Choice;
    tokens: import("./tokens.js").Tokens;
    fetch: typeof fetch;
    WebSocket: any;
    timers: import("./waiting.js").Timers;
    random: () => number;
    application: import("./application.js").Application<any>;
    owner: Owner;
    /** @type {State} */
    state: State;
    /** Counts connections: who waited looks whether it is still the same one. */
    turn: number;
    /** The relay has answered the hello. */
    isGreeted: boolean;
    /**
     * @param {{ urls: string[], ways: Way[], tokens: import('./tokens.js').Tokens, fetch: typeof globalThis.fetch, WebSocket: any, timers: import('./waiting.js').Timers, random: () => number }} parts
     * @param {import('./application.js').Application<any>} application
     * @param {Owner} owner
     */
    constructor({ urls, ways, tokens, fetch, WebSocket, timers, random }: {
        urls: string[];
        ways: Way[];
        tokens: import('./tokens.js').Tokens;
        fetch: typeof globalThis.fetch;
        WebSocket: any;
        timers: import('./waiting.js').Timers;
        random: () => number;
    }, application: import('./application.js').Application<any>, owner: Owner);
    /** A WebSocket is open: there are ops. */
    get isSocket(): boolean;
    start(): void;
    /** @param {string} [reason] */
    close(reason?: string): void;
    wake(): void;
    /** The application has room again. */
    taken(): void;
    /** Anew and at once: what was missed in between comes by positions. */
    connect(): Promise<void>;
    /** A stream follows what its hello named: it is begun anew. A poll says hello all the time. */
    again(): void;
    /** There is no way on here: come back. */
    giveUp(): void;
    /** A new token now. */
    refresh(): Promise<void>;
    /** The routes that take a user's token. */
    get rest(): import("../types/api.js").Operations;
    /** An op, by WebSocket. It fails with the connection. @param {string} op @param {Record<string, any>} members @returns {Promise<any>} */
    say(op: string, members: Record<string, any>): Promise<any>;
    /** The same, for what the relay may do only a little later. @param {string} op @param {Record<string, any>} members @returns {Promise<any>} */
    sayPatiently(op: string, members: Record<string, any>): Promise<any>;
    /** A cut ends it too. @param {number} ms @returns {Promise<void>} */
    pause(ms: number): Promise<void>;
    /** For this connection only. @param {string} name @param {number} ms @param {() => void} what */
    after(name: string, ms: number, what: () => void): void;
}
