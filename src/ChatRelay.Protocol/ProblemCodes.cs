namespace ChatRelay.Protocol;

/// <summary>Every way a request can be refused: one row each, served at /docs/problems/{code} and listed in the document.</summary>
public sealed record ProblemCode(string Code, int Status, string Title, bool Retryable, string Meaning)
{
    public static readonly ProblemCode InvalidJson = new("invalid_json", 400, "The body is not valid JSON", false, "The body cannot be parsed, holds a duplicate key, or is not in UTF-8.");
    public static readonly ProblemCode InvalidParameter = new("invalid_parameter", 400, "A parameter is not valid", false, "A query parameter or a header has a value that this route does not take.");
    public static readonly ProblemCode InvalidCursor = new("invalid_cursor", 400, "The cursor is not valid", false, "The cursor was made for another tenant, another list or another filter, or was changed.");
    public static readonly ProblemCode InvalidIdempotencyKey = new("invalid_idempotency_key", 400, "The Idempotency-Key is not valid", false, "An Idempotency-Key has 1 to 255 visible ASCII characters.");
    public static readonly ProblemCode Unauthorized = new("unauthorized", 401, "Who is calling is not known", false, "The Authorization header is missing, or holds no key or token that is known here.");
    public static readonly ProblemCode KeyExpired = new("key_expired", 401, "The key has expired", false, "The key was valid until its expires_at. Make or roll a key.");
    public static readonly ProblemCode KeyRevoked = new("key_revoked", 401, "The key was revoked", false, "The key was revoked. Make a new one.");
    public static readonly ProblemCode MissingScope = new("missing_scope", 403, "The key lacks a scope", false, "The key is valid, and its scopes do not cover this route. The detail names the one that is missing.");
    public static readonly ProblemCode TenantSuspended = new("tenant_suspended", 403, "The tenant is suspended", false, "An operator suspended this tenant.");
    public static readonly ProblemCode Blocked = new("blocked", 403, "A user's block forbids this", false, "One of the two users has blocked the other.");
    public static readonly ProblemCode Forbidden = new("forbidden", 403, "This caller may not do this", false, "The caller is known and has not the right: a user beyond its rights, a tenant's key on an operators' route, or an operator without the role.");
    public static readonly ProblemCode NotFound = new("not_found", 404, "Not found", false, "There is nothing here for this caller. What another tenant owns is answered in the same way.");
    public static readonly ProblemCode MethodNotAllowed = new("method_not_allowed", 405, "The method is not allowed here", false, "The Allow header lists the methods of this path.");
    public static readonly ProblemCode Conflict = new("conflict", 409, "The state does not allow it", false, "The object is in a state in which this cannot be done, or another object has the same unique value.");
    public static readonly ProblemCode IdempotencyInProgress = new("idempotency_in_progress", 409, "The first request with this key still runs", true, "A request with the same Idempotency-Key has not ended. Wait for Retry-After and send it again.");
    public static readonly ProblemCode Gone = new("gone", 410, "It was there and is gone", false, "The content was erased or has expired.");
    public static readonly ProblemCode PreconditionFailed = new("precondition_failed", 412, "A precondition failed", false, "The object is not in the version that the request names.");
    public static readonly ProblemCode PayloadTooLarge = new("payload_too_large", 413, "The body is too large", false, "The body is over the limit of this route. It was not read whole.");
    public static readonly ProblemCode UriTooLong = new("uri_too_long", 414, "The request target is too long", false, "The path and query together are over 8 KB.");
    public static readonly ProblemCode UnsupportedMediaType = new("unsupported_media_type", 415, "The media type is not supported", false, "Bodies are application/json.");
    public static readonly ProblemCode ValidationFailed = new("validation_failed", 422, "The request is not valid", false, "The body parses, and something in it is wrong. errors lists every fault with its pointer.");
    public static readonly ProblemCode IdempotencyKeyReused = new("idempotency_key_reused", 422, "The Idempotency-Key was used with another body", false, "The same key came with a different body. Use a new key for a new request.");
    public static readonly ProblemCode NoProvider = new("no_provider", 422, "No provider can send this", false, "The environment has no usable provider for a channel of the route.");
    public static readonly ProblemCode DestinationForbidden = new("destination_forbidden", 422, "The destination is forbidden", false, "The URL points to an address, scheme or port that the relay does not call.");
    public static readonly ProblemCode SenderNotAllowed = new("sender_not_allowed", 422, "The sender is not allowed", false, "The sender's domain is not one of the provider's.");
    public static readonly ProblemCode RateLimited = new("rate_limited", 429, "Too many requests", true, "Over the rate of this tenant, key or address. Wait for Retry-After.");
    public static readonly ProblemCode QuotaExceeded = new("quota_exceeded", 429, "The quota is used up", true, "The tenant's quota for this period is used up.");
    public static readonly ProblemCode BacklogFull = new("backlog_full", 429, "Too much is waiting", true, "The tenant has as many waiting deliveries as it may have. Wait for Retry-After.");
    public static readonly ProblemCode HeadersTooLarge = new("headers_too_large", 431, "The headers are too large", false, "The headers together are over 16 KB, or there are more than 100.");
    public static readonly ProblemCode Internal = new("internal", 500, "Something failed here", true, "A fault of the relay. The request id finds it in the log.");
    public static readonly ProblemCode Unavailable = new("unavailable", 503, "Not available now", true, "The database is out of reach, or the node is starting, draining or full. Wait for Retry-After.");

    public static readonly IReadOnlyList<ProblemCode> All =
    [
        InvalidJson, InvalidParameter, InvalidCursor, InvalidIdempotencyKey, Unauthorized, KeyExpired, KeyRevoked, MissingScope,
        TenantSuspended, Blocked, Forbidden, NotFound, MethodNotAllowed, Conflict, IdempotencyInProgress, Gone, PreconditionFailed,
        PayloadTooLarge, UriTooLong, UnsupportedMediaType, ValidationFailed, IdempotencyKeyReused, NoProvider, DestinationForbidden,
        SenderNotAllowed, RateLimited, QuotaExceeded, BacklogFull, HeadersTooLarge, Internal, Unavailable,
    ];
}
