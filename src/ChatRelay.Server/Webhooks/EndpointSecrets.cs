using ChatRelay.Channels.Webhook;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Webhooks;

/// <summary>GET …/secret, and POST …/roll-secret: a new one signs at once, and the ones before it sign too until the overlap ends.</summary>
internal static class EndpointSecrets
{
    private const int MostAtOnce = 5; // each is a word in a header

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/webhook-endpoints/{endpoint}/secret", Read).WithName("webhook_endpoints.secret").WithSummary("Read what a receiver checks with")
            .RequireScope(Scope.WebhooksWrite).Answers<View>(200, View.Example).Refuses(ProblemCode.NotFound, ProblemCode.Unavailable);
        v1.MapPost("/webhook-endpoints/{endpoint}/roll-secret", Roll).WithName("webhook_endpoints.roll_secret").WithSummary("Replace an endpoint's secret, with an overlap")
            .RequireScope(Scope.WebhooksWrite).Idempotent()
            .Reads<Request>("""{"overlap_s":86400}""")
            .Answers<View>(201, View.Example).Refuses(ProblemCode.NotFound, ProblemCode.Conflict, ProblemCode.Unavailable);
    }

    internal sealed record Request
    {
        [Between(0, 604_800), Note("How long the old one signs too, in seconds; a day by default.")]
        public int OverlapS { get; init; } = 86_400;

        [Note("Another kind of signature from now on.")]
        public SignatureKind? Signature { get; init; }
    }

    private static async Task<IResult> Read(EndpointPath endpoint, Caller caller, RelayDbs dbs, EndpointWrites writes, CancellationToken ct)
    {
        await using var db = dbs.ForTenant(caller.Wall);
        if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found) return Problem.NotFound;
        return await ViewAsync(db, found, writes, ct) is { } view ? Answer.Ok(view) : StoredAnswers.Closed;
    }

    private static async Task<IResult> Roll(EndpointPath endpoint, Body<Request> body, Caller caller, Keyed keyed, EndpointWrites writes, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        return await writes.RunAsync(caller.Wall, keyed, async db =>
        {
            if (await endpoint.FindAsync(db, caller.Wall, ct) is not { } found) return Problem.NotFound;
            var (now, end) = (writes.Now, writes.Now.AddSeconds(request.OverlapS));
            var before = await db.EndpointSecretsOf(caller.Wall, found.Id).AsTracking().ToListAsync(ct);
            foreach (var secret in before)
            {
                if (secret.EndsAt <= now || request.OverlapS == 0) db.Remove(secret); // gone at once, whoever's clock is asked
                else if (secret.EndsAt is null || secret.EndsAt > end) secret.EndsAt = end;
            }
            if (request.OverlapS > 0 && before.Count(s => s.EndsAt > now) >= MostAtOnce) return Problem.Conflict($"At most {MostAtOnce} old secrets sign at once: roll with overlap_s 0, or wait until one has ended.");
            found.Signature = request.Signature ?? found.Signature;
            found.UpdatedAt = now;
            if (await writes.AddSecretAsync(db, found, ct) is null) return StoredAnswers.Closed;
            await db.SaveChangesAsync(ct);
            await writes.AuditAsync(db, caller, "webhook_endpoint.secret_rolled", found, ct);
            return await ViewAsync(db, found, writes, ct) is { } view ? Answer.Created($"/v1/webhook-endpoints/{found.Id}/secret", view) with { ShowsSecret = true } : StoredAnswers.Closed;
        }, ct);
    }

    private static async Task<View?> ViewAsync(RelayDb db, WebhookEndpoint endpoint, EndpointWrites writes, CancellationToken ct)
    {
        var (now, old) = (writes.Now, new List<Old>());
        View? view = null;
        foreach (var secret in (await db.EndpointSecretsOf(endpoint.TenantId, endpoint.Id).ToListAsync(ct)).OrderByDescending(s => s.Id))
        {
            if (secret.EndsAt <= now) continue;
            if (await writes.CheckingTextAsync(secret, ct) is not { } text) return null;
            if (view is null) view = new() { Secret = text, Signature = secret.Signature, Previous = old, CreatedAt = secret.CreatedAt };
            else old.Add(new(text, secret.EndsAt));
        }
        return view;
    }

    internal sealed record View
    {
        [Note("whsec_… for hmac; whpk_… for ed25519: what signs never leaves the relay.")]
        public required string Secret { get; init; }
        public required SignatureKind Signature { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }

        [Note("Those before it that sign too, until they end.")]
        public required IReadOnlyList<Old> Previous { get; init; }

        public const string Example = """
            {"secret":"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD","signature":"hmac","created_at":"2026-01-31T12:00:00.000Z",
             "previous":[{"secret":"whsec_9bYxTgXlhmW0lJ1cnPLdN6rE0LhS8f3k","ends_at":"2026-02-01T12:00:00.000Z"}]}
            """;
    }

    internal sealed record Old(string Secret, DateTimeOffset? EndsAt);
}
