/** @typedef {import('../types/api.d.ts').ProblemCode} ProblemCode */
/** @typedef {{ pointer: string, code: string, detail: string }} Fault One thing that is wrong in a body, and where. */

/**
 * Why something was not done. `code` is for programs: the relay's own codes, and `network` (no answer), `timeout`, `cut` (the connection ended before the answer),
 * `closed`, `outbox_full` and `needs_websocket` of this client.
 */
export class RelayError extends Error {
  /**
   * @param {{ code: ProblemCode | 'network' | 'timeout' | 'cut' | 'closed' | 'outbox_full' | 'needs_websocket' | 'epoch_changed' | (string & {}), detail?: string, status?: number,
   *   retryable?: boolean, requestId?: string, retryAfterMs?: number, faults?: Fault[], pointer?: string, cause?: unknown }} why
   */
  constructor({ code, detail, status = 0, retryable = false, requestId, retryAfterMs, faults = [], pointer, cause }) {
    super(detail ?? code, { cause });
    this.name = 'RelayError';
    this.code = code;
    /** The HTTP status; 0 where there was none. */
    this.status = status;
    /** Whether the same may succeed later. */
    this.retryable = retryable;
    /** Finds the request in the relay's log. */
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    /** All that is wrong in the body, for `validation_failed`. */
    this.faults = faults;
    this.pointer = pointer;
  }
}

/** For what was asked over a connection that ended. */
export const cut = () => new RelayError({ code: 'cut', detail: 'The connection ended before the answer.', retryable: true });

/** @param {unknown} fault */
export const isCut = (fault) => fault instanceof RelayError && fault.code === 'cut';

/**
 * A refused answer, as an error.
 * @param {Response} answer
 * @param {number} now
 */
export async function refusalOf(answer, now) {
  const said = await answer.text().then((text) => JSON.parse(text)).catch(() => ({})); // a proxy's page is no problem document
  const status = answer.status;
  return new RelayError({
    code: said.code ?? `http_${status}`,
    detail: said.detail ?? said.title ?? `The answer was ${status}.`,
    status,
    retryable: said.retryable ?? (status === 429 || status >= 500),
    requestId: said.request_id ?? answer.headers.get('request-id') ?? undefined,
    retryAfterMs: retryAfter(answer.headers.get('retry-after'), now),
    faults: said.errors ?? [],
  });
}

/**
 * Retry-After is a number of seconds, or a date.
 * @param {string | null} text
 * @param {number} now
 */
export function retryAfter(text, now) {
  if (text === null || text.trim() === '') return undefined;
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
