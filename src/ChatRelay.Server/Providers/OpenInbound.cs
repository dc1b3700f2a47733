using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Settings;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Providers;

/// <summary>POST and DELETE /v1/providers/{id}/inbound: the URL that the provider posts its events to. Shown once; a new one lets the old ones end.</summary>
internal static class OpenInbound
{
    private const int MostOld = 10;

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPost("/providers/{id}/inbound", Open).WithName("providers.inbound.open").WithSummary("Make or roll the URL for an account's events")
            .RequireScope(Scope.ProvidersWrite).Idempotent()
            .Reads<Request>("""{"overlap_s":86400}""")
            .Answers<View>(201, View.Example).Refuses(ProblemCode.NotFound, ProblemCode.Conflict);
        v1.MapDelete("/providers/{id}/inbound", Close).WithName("providers.inbound.close").WithSummary("End an account's inbound URLs")
            .RequireScope(Scope.ProvidersWrite).AnswersNothing().Refuses(ProblemCode.NotFound);
    }

    internal sealed record Request
    {
        [Between(0, 2_592_000), Note("How long an earlier URL still works, in seconds; a day by default.")]
        public int OverlapS { get; init; } = 86_400;
    }

    internal sealed record View
    {
        [Note("Give it to the provider. It is shown only here; whoever knows it may try to post events. Under CHATRELAY_PUBLIC_URL, or else as you have just called the relay.")]
        public required string Url { get; init; }

        [Note("What is still missing before events are taken: config.verification_key, config.topic_arn or credentials.webhook_signing_key.")]
        public required string? Needs { get; init; }

        public const string Example = """
            {"url":"https://relay.example.com/v1/inbound/sendgrid/01jd3m7q8x6zv9k2b4n5c8d1fg…","needs":"config.verification_key"}
            """;
    }

    private static async Task<IResult> Open(
        PathId<ProviderId> id, Body<Request> body, Caller caller, Keyed keyed, HttpRequest http, ServerOptions server, CalmWrites writes, ProviderAccounts accounts, RelayClock clock, Chance chance, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;
        var now = clock.GetUtcNow();
        var result = await writes.ForTenantAsync(caller.Wall, keyed, async db =>
        {
            if (await db.ProvidersOf(caller.Wall).AsTracking().SingleOrDefaultAsync(p => p.Id == id.Id, ct) is not { } provider) return Problem.NotFound;
            if (provider.Type is ProviderType.Smtp or ProviderType.Sandbox) return Problem.Conflict("An account of this type has no events to post.");

            var before = await db.InboundTokensOf(caller.Wall).AsTracking().Where(t => t.ProviderId == id.Id).OrderByDescending(t => t.CreatedAt).ToListAsync(ct);
            db.RemoveRange(before.Where(t => t.ExpiresAt <= now).Concat(before.Skip(MostOld)).Distinct());
            var end = now.AddSeconds(request.OverlapS);
            foreach (var old in before.Where(t => t.ExpiresAt is null || t.ExpiresAt > end)) old.ExpiresAt = end; // one that ends gets no longer
            var token = UrlToken.Make(RelayId.New<ProviderId>(now).Value, chance);
            db.Add(new InboundToken { TenantId = caller.Wall, Id = token.Id, ProviderId = id.Id, Hash = token.Hash(), CreatedAt = now });
            provider.InboundSince ??= now;
            provider.UpdatedAt = now;
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "provider.inbound_opened", caller.Actor, id.Id.ToString(), clock, new { request.OverlapS }), ct);
            var path = $"/v1/inbound/{provider.Type.ToString().ToLowerInvariant()}/{token.Reveal()}";
            return Answer.Created($"/v1/providers/{id.Id}", new View { Url = server.PublicUrl?.At(path) ?? $"{http.Scheme}://{http.Host}{path}", Needs = provider.EventsNeed }) with { ShowsSecret = true };
        }, ct);
        accounts.Forget(caller.Wall);
        return result;
    }

    private static async Task<IResult> Close(PathId<ProviderId> id, Caller caller, CalmWrites writes, ProviderAccounts accounts, RelayClock clock, CancellationToken ct)
    {
        var result = await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            if (await db.ProvidersOf(caller.Wall).AsTracking().SingleOrDefaultAsync(p => p.Id == id.Id, ct) is not { } provider) return Problem.NotFound;
            db.RemoveRange(await db.InboundTokensOf(caller.Wall).AsTracking().Where(t => t.ProviderId == id.Id).ToListAsync(ct));
            (provider.InboundSince, provider.UpdatedAt) = (null, clock.GetUtcNow());
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "provider.inbound_closed", caller.Actor, id.Id.ToString(), clock), ct);
            return Answer.NoContent;
        }, ct);
        accounts.Forget(caller.Wall);
        return result;
    }
}
