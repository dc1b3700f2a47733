/** @type {Record<string, import('./relay.js').Operation>} */
export declare const operations: Record<string, import('./relay.js').Operation>;
