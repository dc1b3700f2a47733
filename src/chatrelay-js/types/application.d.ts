/** @template {Record<string, any>} Events @typedef {{ event: keyof Events, value: any, done?: () => void }} Item */
export type Item<Events extends Record<string, any>> = {
    event: keyof Events;
    value: any;
    done?: () => void;
};
/**
 * What stands between a connection and the application's handlers: one queue, so that everything keeps its order. A handler that gives a promise is waited for.
 * @template {Record<string, any>} Events
 */
export declare class Application<Events extends Record<string, any>> {
    #private;
    buffer: number;
    taken: () => void;
    /** @param {number} buffer how much may wait @param {() => void} taken there is room again */
    constructor(buffer: number, taken: () => void);
    /** @template {keyof Events} K @param {K} event @param {(value: Events[K]) => unknown} handler */
    on<K extends keyof Events>(event: K, handler: (value: Events[K]) => unknown): () => undefined;
    /** @param {keyof Events} event */
    listensTo(event: keyof Events): boolean;
    get isFull(): boolean;
    /** Past the queue. @template {keyof Events} K @param {K} event @param {Events[K]} value */
    tell<K extends keyof Events>(event: K, value: Events[K]): void;
    /** In its turn; `done` follows the handlers. Nothing to say: only `done`. @template {keyof Events} K @param {K} event @param {Events[K] | undefined} value @param {() => void} [done] */
    hand<K extends keyof Events>(event: K, value: Events[K] | undefined, done?: () => void): void;
    /** What may be left out when the application is slow. @template {keyof Events} K @param {K} event @param {Events[K]} value */
    offer<K extends keyof Events>(event: K, value: Events[K]): void;
    /** What to wait for before more is taken. @returns {Promise<void> | undefined} */
    untilRoom(): Promise<void> | undefined;
    /** @returns {Promise<void>} */
    untilReleased(): Promise<void>;
    /** Whoever waits looks again. */
    release(): void;
    /** What was not handed over is forgotten. */
    clear(): void;
}
