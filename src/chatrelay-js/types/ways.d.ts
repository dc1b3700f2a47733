export type Frame = import('./entries.js').Frame;
export type Way = 'websocket' | 'sse' | 'poll';
export type Ending = {
    code?: number;
    hint?: [number, number];
    opened?: boolean;
    detail?: string;
};
export type Ends = {
    /**
     * of the relay
     */
    url: string;
    /**
     * what to say first, as things stand now
     */
    hello: () => Record<string, any>;
    frame: (frame: Frame) => void;
    /**
     * once at most, and not after `close()`
     */
    ended: (ending: Ending) => void;
    /**
     * what to wait for before more is taken
     */
    room: () => Promise<void> | undefined;
    fetch: typeof globalThis.fetch;
    WebSocket?: any;
};
/** A WebSocket. */
export declare class SocketWay {
    socket: any;
    end: (ending: Ending) => void;
    close: () => void;
    /** @param {Ends} ends */
    constructor(ends: Ends);
    /** @param {Frame} frame */
    send(frame: Frame): void;
}
/** What the two ways by HTTP share: one hello as the body of a POST. */
declare class HttpWay {
    #private;
    ends: Ends;
    over: boolean;
    /** @param {Ends} ends */
    constructor(ends: Ends);
    close(): void;
    /** @param {Ending} ending */
    end(ending: Ending): void;
    /** The answer, or undefined when there was none. @param {string} path @param {Record<string, any>} more */
    post(path: string, more?: Record<string, any>): Promise<Response | undefined>;
    /** Until there is room for more. */
    untilRoom(): Promise<void>;
}
/** A stream of Server-Sent Events, read with fetch: the token stands in the body. What is not taken is not read, and the relay's end notices. */
export declare class StreamWay extends HttpWay {
    #private;
    /** @param {Ends} ends */
    constructor(ends: Ends);
}
/** One poll after the other, each a hello with the positions of its time. */
export declare class PollWay extends HttpWay {
    #private;
    /** @param {Ends} ends */
    constructor(ends: Ends);
}
/**
 * Which way to try next. A way that does not open on any address gives way to the next; one that was seen to work is tried longer, and is come back to.
 */
export declare class Choice {
    #private;
    ways: Way[];
    addresses: number;
    at: number;
    /** @param {Way[]} ways the best one first @param {number} addresses */
    constructor(ways: Way[], addresses: number);
    get way(): Way;
    get isBest(): boolean;
    /** The best way was seen to work here. */
    get bestWorks(): boolean;
    opened(): void;
    ended(): void;
    missed(): void;
    best(): void;
}
export {};
