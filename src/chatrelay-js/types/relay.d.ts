export type Timers = import('./waiting.js').Timers;
export type CallOptions = import('../types/api.d.ts').CallOptions;
export type Relay = import('../types/api.d.ts').Operations;
export type RelayOptions = {
    /**
     * where the relay is, such as `https://relay.example`
     */
    url: string;
    /**
     * an API key, or a user's token; a function is asked before each request, and once more (`refused`) after a 401
     */
    key?: string | ((refused: boolean) => string | Promise<string>);
    /**
     * how often a request is tried again (4)
     */
    retries?: number;
    /**
     * how long one try may take (30,000)
     */
    timeoutMs?: number;
    /**
     * a Retry-After beyond this ends in the error instead (60,000)
     */
    longestWaitMs?: number;
    fetch?: typeof globalThis.fetch;
    timers?: Timers;
    random?: () => number;
    now?: () => number;
};
export type Operation = {
    method: string;
    path: string;
    body?: boolean;
    query?: boolean;
    idempotent?: boolean;
    text?: boolean;
    list?: 'after' | 'after_seq' | 'before_seq';
};
/** The relay by REST. */
export declare const Relay: new (options: RelayOptions) => Relay;
