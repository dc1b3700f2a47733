import { Position } from './position.js';
export type Frame = import('./entries.js').Frame;
export type At = import('./position.js').At;
export type Room = {
    position: Position;
    isFilling: boolean;
    again: boolean;
    hasLeft: boolean;
};
export type Wish = {
    promise: Promise<void>;
    resolve: () => void;
    reject: (fault: unknown) => void;
};
export declare class Rooms {
    #private;
    connection: import("./connection.js").Connection;
    application: import("./application.js").Application<import("./socket.js").Events>;
    asking: {
        presence: string;
    } | {
        presence?: undefined;
    };
    /**
     * @param {import('./connection.js').Connection} connection
     * @param {import('./application.js').Application<import('./socket.js').Events>} application
     * @param {string | undefined} presence
     */
    constructor(connection: import('./connection.js').Connection, application: import('./application.js').Application<import('./socket.js').Events>, presence: string | undefined);
    /** What was received: for the next hello. */
    get received(): {
        [k: string]: import("./position.js").At | undefined;
    };
    /** What the application has. */
    get handed(): {
        [k: string]: import("./position.js").At;
    };
    get isFilling(): boolean;
    /** @param {Record<string, At>} positions */
    resume(positions: Record<string, At>): void;
    /** Back to what the application has. */
    rewind(): void;
    dropped(): void;
    /** @param {string} id @returns {Promise<void>} */
    join(id: string): Promise<void>;
    /** @param {string} id */
    leave(id: string): void;
    /** @param {Record<string, any>} standings @param {boolean} first */
    welcome(standings: Record<string, any>, first: boolean): void;
    /** `msg` and `skip`. @param {Frame} frame */
    take(frame: Frame): void;
    /** `room`. @param {Frame} frame */
    moved({ r, state }: Frame): void;
    /** Pages from the position to the head; whatever comes in between, each number is taken once. @param {string} id */
    fill(id: string): Promise<undefined>;
}
