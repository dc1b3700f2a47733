export type Encrypted = import('../types/api.d.ts').SealedInputInput;
export type Curve = 'P-256' | 'X25519';
export type Bound = {
    room: string;
    sender: string;
    about: string;
};
/** A short name of a public key. @param {string} publicKey */
export declare const keyId: (publicKey: string) => Promise<string>;
/** A device's own key pair. Its private half cannot be read; `pair` can be kept in IndexedDB. All devices of a room are on one curve. */
export declare class DeviceKey {
    pair: CryptoKeyPair;
    curve: Curve;
    publicKey: string;
    id: string;
    /** @param {CryptoKeyPair} pair @param {Curve} curve @param {string} publicKey @param {string} id */
    constructor(pair: CryptoKeyPair, curve: Curve, publicKey: string, id: string);
    /** @param {Curve} [curve] P-256 is everywhere, X25519 in newer runtimes */
    static make(curve?: Curve): Promise<DeviceKey>;
    /** One that was kept. @param {CryptoKeyPair} pair */
    static of(pair: CryptoKeyPair): Promise<DeviceKey>;
    /**
     * The key that this device and another one have in common, for one purpose.
     * @param {string} theirs a public key @param {Uint8Array} salt @param {string} purpose
     */
    agree(theirs: string, salt: Uint8Array, purpose: string): Promise<CryptoKey>;
}
/** The key of a room. */
export declare class RoomKey {
    #private;
    id: string;
    /** @param {Uint8Array<ArrayBuffer>} raw @param {CryptoKey} key @param {string} id */
    constructor(raw: Uint8Array<ArrayBuffer>, key: CryptoKey, id: string);
    static make(): Promise<RoomKey>;
    /** For the device's own storage. It is the secret itself. */
    reveal(): string;
    /** @param {string} revealed */
    static restore(revealed: string): Promise<RoomKey>;
    /**
     * The room's key for others: the `encrypted` of a message, which each of these devices can open.
     * @param {DeviceKey} mine @param {string[]} publicKeys @param {string} room
     * @returns {Promise<Encrypted>}
     */
    wrap(mine: DeviceKey, publicKeys: string[], room: string): Promise<Encrypted>;
    /**
     * The room's key out of such a message; undefined if it is not for this device.
     * @param {DeviceKey} mine @param {Encrypted} encrypted @param {string} senderKey the public key of who wrapped it @param {string} room
     */
    static unwrap(mine: DeviceKey, encrypted: Encrypted, senderKey: string, room: string): Promise<RoomKey | undefined>;
    /** Any JSON value, as the `encrypted` of a message. @param {unknown} plain @param {Bound} bound @returns {Promise<Encrypted>} */
    seal(plain: unknown, bound: Bound): Promise<Encrypted>;
    /** Throws if it was changed, moved, or put into another's mouth. @param {Encrypted} encrypted @param {Bound} bound @returns {Promise<any>} */
    open(encrypted: Encrypted, bound: Bound): Promise<any>;
}
