using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Storage;

namespace ChatRelay.UserTokens;

/// <summary>POST /v1/tokens/revoke and POST /v1/users/{user}/disconnect: tokens issued before hold no more, within five seconds everywhere.</summary>
internal static class RevokeTokens
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapPost("/tokens/revoke", RevokeAsync).WithName("tokens.revoke").WithSummary("Revoke a user's tokens, or one token")
            .RequireScope(Scope.UsersToken).Idempotent()
            .Reads<Request>("""{"user":"u_42"}""")
            .AnswersNothing();
        v1.MapPost("/users/{user}/disconnect", DisconnectAsync).WithName("users.disconnect").WithSummary("End a user's tokens and connections")
            .RequireScope(Scope.UsersWrite).Idempotent()
            .AnswersNothing();
    }

    internal sealed record Request : IRuled
    {
        [ExternalId, Note("All tokens of this user that were issued before.")]
        public string? User { get; init; }

        [Text(1, 128), Note("The one token with this id.")]
        public string? Jti { get; init; }

        public void Check(Faults faults)
        {
            if (User is null == Jti is null) faults.Add("user", User is null ? FaultCodes.Missing : FaultCodes.NotAllowed, "Either user or jti.");
        }
    }

    private static Task<IResult> RevokeAsync(
        Body<Request> body, Caller caller, Keyed keyed, CalmWrites writes, Revocations revocations, RelayClock clock, CancellationToken ct) =>
        body.TryRead(out var request)
            ? WriteAsync(request.User is { } user ? new(caller.Wall, RevokedKind.User, user) : new(caller.Wall, RevokedKind.Token, request.Jti!), caller, keyed, writes, revocations, clock, ct)
            : Task.FromResult<IResult>(body.Problem);

    private static Task<IResult> DisconnectAsync(
        PathUser user, Caller caller, Keyed keyed, CalmWrites writes, Revocations revocations, RelayClock clock, CancellationToken ct) =>
        WriteAsync(new(caller.Wall, RevokedKind.User, user.Id), caller, keyed, writes, revocations, clock, ct);

    private static async Task<IResult> WriteAsync(
        Revoked revoked, Caller caller, Keyed keyed, CalmWrites writes, Revocations revocations, RelayClock clock, CancellationToken ct)
    {
        var result = await writes.ForTenantAsync(caller.Wall, keyed, async db =>
        {
            await revocations.WriteAsync(db, revoked, ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "tokens.revoked", caller.Actor, revoked.Subject, clock, new { revoked.Kind }), ct);
            return Answer.NoContent;
        }, ct);
        await revocations.FollowAsync(ct); // this node knows at once
        return result;
    }
}
