export type Write = import('./entries.js').Write;
/** @typedef {import('./entries.js').Write} Write */
export declare class Writing {
    #private;
    connection: import("./connection.js").Connection;
    outbox: import("./outbox.js").Outbox;
    user: () => string;
    /** @param {import('./connection.js').Connection} connection @param {import('./outbox.js').Outbox} outbox @param {() => string} user */
    constructor(connection: import('./connection.js').Connection, outbox: import('./outbox.js').Outbox, user: () => string);
    /** It waits for a connection and for its answer, over any number of cuts. @param {Write} write @param {string} [id] @returns {Promise<any>} */
    write(write: Write, id?: string): Promise<any>;
    welcome(): void;
    /** @param {string} room @param {number} seq */
    read(room: string, seq: number): void;
    /** Its numbers begin anew. @param {string} room */
    reset(room: string): void;
}
