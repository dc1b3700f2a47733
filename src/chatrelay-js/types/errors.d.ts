/** @typedef {import('../types/api.d.ts').ProblemCode} ProblemCode */
/** @typedef {{ pointer: string, code: string, detail: string }} Fault One thing that is wrong in a body, and where. */
export type ProblemCode = import('../types/api.d.ts').ProblemCode;
export type Fault = {
    pointer: string;
    code: string;
    detail: string;
};
/**
 * Why something was not done. `code` is for programs: the relay's own codes, and `network` (no answer), `timeout`, `cut` (the connection ended before the answer),
 * `closed`, `outbox_full` and `needs_websocket` of this client.
 */
export declare class RelayError extends Error {
    code: "backlog_full" | "blocked" | "closed" | "conflict" | "cut" | "destination_forbidden" | "epoch_changed" | "forbidden" | "gone" | "headers_too_large" | "idempotency_in_progress" | "idempotency_key_reused" | "internal" | "invalid_cursor" | "invalid_idempotency_key" | "invalid_json" | "invalid_parameter" | "key_expired" | "key_revoked" | "method_not_allowed" | "missing_scope" | "needs_websocket" | "network" | "no_provider" | "not_found" | "outbox_full" | "payload_too_large" | "precondition_failed" | "quota_exceeded" | "rate_limited" | "sender_not_allowed" | "tenant_suspended" | "timeout" | "unauthorized" | "unavailable" | "unsupported_media_type" | "uri_too_long" | "validation_failed" | (string & {});
    /** The HTTP status; 0 where there was none. */
    status: number;
    /** Whether the same may succeed later. */
    retryable: boolean;
    /** Finds the request in the relay's log. */
    requestId: string | undefined;
    retryAfterMs: number | undefined;
    /** All that is wrong in the body, for `validation_failed`. */
    faults: Fault[];
    pointer: string | undefined;
    /**
     * @param {{ code: ProblemCode | 'network' | 'timeout' | 'cut' | 'closed' | 'outbox_full' | 'needs_websocket' | 'epoch_changed' | (string & {}), detail?: string, status?: number,
     *   retryable?: boolean, requestId?: string, retryAfterMs?: number, faults?: Fault[], pointer?: string, cause?: unknown }} why
     */
    constructor({ code, detail, status, retryable, requestId, retryAfterMs, faults, pointer, cause }: {
        code: ProblemCode | 'network' | 'timeout' | 'cut' | 'closed' | 'outbox_full' | 'needs_websocket' | 'epoch_changed' | (string & {});
        detail?: string;
        status?: number;
        retryable?: boolean;
        requestId?: string;
        retryAfterMs?: number;
        faults?: Fault[];
        pointer?: string;
        cause?: unknown;
    });
}
/** For what was asked over a connection that ended. */
export declare const cut: () => RelayError;
/** @param {unknown} fault */
export declare const isCut: (fault: unknown) => boolean;
/**
 * A refused answer, as an error.
 * @param {Response} answer
 * @param {number} now
 */
export declare function refusalOf(answer: Response, now: number): Promise<RelayError>;
/**
 * Retry-After is a number of seconds, or a date.
 * @param {string | null} text
 * @param {number} now
 */
export declare function retryAfter(text: string | null, now: number): number | undefined;
