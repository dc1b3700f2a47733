export type WebhookFault = 'malformed' | 'too_old' | 'too_new' | 'wrong_signature';
export type WebhookEvent = {
    id: string;
    type: string;
    timestamp: string;
    data: any;
    account?: string;
};
/** @typedef {'malformed' | 'too_old' | 'too_new' | 'wrong_signature'} WebhookFault */
/** @typedef {{ id: string, type: string, timestamp: string, data: any, account?: string }} WebhookEvent `id` is the same over retries and replays: act once on each */
export declare class WebhookError extends Error {
    code: WebhookFault;
    /** @param {WebhookFault} code */
    constructor(code: WebhookFault);
}
/** Checks what comes from the relay. Several keys pass side by side, for a secret that is being rolled. */
export declare class WebhookReceiver {
    #private;
    toleranceS: number;
    now: () => number;
    /**
     * @param {string | string[]} keys `whsec_…` and `whpk_…`
     * @param {{ toleranceS?: number, now?: () => number }} [options] how far its time may lie from now (300 s)
     */
    constructor(keys: string | string[], { toleranceS, now }?: {
        toleranceS?: number;
        now?: () => number;
    });
    /**
     * What was said, if the relay has said it; otherwise a WebhookError.
     * @param {string | Uint8Array | ArrayBuffer} body as it came: one that was parsed and written again has another signature
     * @param {Headers | Record<string, string | string[] | undefined>} headers
     * @returns {Promise<WebhookEvent>}
     */
    verify(body: string | Uint8Array | ArrayBuffer, headers: Headers | Record<string, string | string[] | undefined>): Promise<WebhookEvent>;
}
