/** A user's token, and when the next one is needed. */
export declare class Tokens {
    #private;
    source: () => string | Promise<string>;
    now: () => number;
    /** @param {() => string | Promise<string>} source @param {() => number} now */
    constructor(source: () => string | Promise<string>, now: () => number);
    get current(): string | undefined;
    /** There is none, or it ends as it is used. */
    get isNeeded(): boolean;
    /** Nobody has said yet how long it lives. */
    get isNew(): boolean;
    /** @param {boolean} [refused] */
    get(refused?: boolean): Promise<string>;
    /** A new one from the source; who asks at the same time gets the same. */
    renew(): Promise<string>;
    /** It was refused. */
    forget(): void;
    /** The relay says how long this one lives; answered is when to get the next. @param {number} ms */
    lives(ms: number): number | undefined;
}
