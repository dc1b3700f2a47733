export type Frame = import('./entries.js').Frame;
export type At = import('./position.js').At;
export declare class Inbox {
    #private;
    connection: import("./connection.js").Connection;
    application: import("./application.js").Application<import("./socket.js").Events>;
    acknowledge: (notification: {
        seq: number;
        epoch: string;
        notification: string;
    }) => void;
    /** @type {At | undefined} what the application has */
    handed: At | undefined;
    /**
     * @param {import('./connection.js').Connection} connection
     * @param {import('./application.js').Application<import('./socket.js').Events>} application
     * @param {(notification: { seq: number, epoch: string, notification: string }) => void} acknowledge
     */
    constructor(connection: import('./connection.js').Connection, application: import('./application.js').Application<import('./socket.js').Events>, acknowledge: (notification: {
        seq: number;
        epoch: string;
        notification: string;
    }) => void);
    /** What was received: for the next hello. */
    get received(): import("./position.js").At | undefined;
    /** @param {At | undefined} at */
    resume(at: At | undefined): void;
    rewind(): void;
    dropped(): void;
    /** @param {any} standing without a position, what still waits for a device comes first, from whatever number on */
    welcome({ e, head, state }: any): void;
    /** @param {Frame} frame */
    take(frame: Frame): void;
}
