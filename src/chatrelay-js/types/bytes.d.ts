/** WebCrypto: global in browsers, edge runtimes and Node from 19 on. */
export declare function webCrypto(): Promise<Crypto>;
/** @param {string} text */
export declare const utf8: (text: string) => Uint8Array<ArrayBuffer>;
/** @param {ArrayBuffer | Uint8Array} bytes */
export declare function toBase64(bytes: ArrayBuffer | Uint8Array): string;
/** Throws for what is no base64. @param {string} text */
export declare const fromBase64: (text: string) => Uint8Array<ArrayBuffer>;
/** @param {ArrayBuffer | Uint8Array} bytes */
export declare const toBase64Url: (bytes: ArrayBuffer | Uint8Array) => string;
/** @param {string} text */
export declare const fromBase64Url: (text: string) => Uint8Array<ArrayBuffer>;
/** @param {Uint8Array} bytes */
export declare const toHex: (bytes: Uint8Array) => string;
/** @param {Uint8Array[]} parts */
export declare function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer>;
