export type Timers = {
    setTimeout: (what: () => void, ms: number) => any;
    clearTimeout: (timer: any) => void;
};
/**
 * Full jitter: after a restart not everybody knocks at once. A range that the relay named goes first.
 * @param {number} attempt from 0
 * @param {() => number} random
 * @param {[number, number]} [range]
 */
export declare const pauseBefore: (attempt: number, random: () => number, range?: [number, number]) => number;
/**
 * Ends early, with the signal's reason, when that is aborted.
 * @param {number} ms
 * @param {Timers} timers
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export declare function rest(ms: number, timers: Timers, signal?: AbortSignal): Promise<void>;
/** A name that nobody else has; it is no secret. `randomUUID` is there only in secure contexts, and not in Node 18. */
export declare function newId(): string;
