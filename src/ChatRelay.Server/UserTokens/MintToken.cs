using System.Text.Json;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Storage;
using ChatRelay.Tenants.SigningKeys;

namespace ChatRelay.UserTokens;

/// <summary>POST /v1/tokens: a token for one of the tenant's users, signed by the relay. Nothing is stored.</summary>
internal static class MintToken
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/tokens", Handle).WithName("tokens.mint").WithSummary("Make a token for a user")
        .RequireScope(Scope.UsersToken)
        .Reads<Request>("""{"user":"u_42","device":"phone-1","ttl_s":3600}""")
        .Answers<View>(200, """{"token":"eyJhbGciOi…","expires_at":"2026-01-31T13:00:00.000Z"}""");

    internal sealed record Request : IRuled
    {
        [ExternalId, Note("Whom it speaks for. Without one, and with rooms, it is an anonymous viewer of channels.")]
        public string? User { get; init; }

        [ExternalId, Note("The one device that may use it.")]
        public string? Device { get; init; }

        [Between(1, 86_400)]
        public int TtlS { get; init; } = 3_600;

        [Items(1, RoomGrant.Most), Note("Narrows the user to these rooms, and opens those of type channel without membership.")]
        public IReadOnlyList<Grant>? Rooms { get; init; }

        public void Check(Faults faults)
        {
            if (User is null && Rooms is null) faults.Add("user", FaultCodes.Missing, "A token is for a user, or for the rooms that it grants.");
            foreach (var twice in (Rooms ?? []).Select((grant, at) => (grant.Room, at)).GroupBy(g => g.Room).SelectMany(g => g.Skip(1)))
                faults.Add($"rooms/{twice.at}/room", FaultCodes.NotUnique, "Another grant is for this room.");
        }
    }

    internal sealed record Grant : IRuled
    {
        [Text(1, 160), Note("room_…, or ext: and your own id of the room.")]
        public required string Room { get; init; }

        [Unique]
        public required IReadOnlyList<Right> Can { get; init; }

        public void Check(Faults faults)
        {
            if (!RoomName.Allows(Room)) faults.Add("room", FaultCodes.InvalidFormat, "Expected room_…, or ext: and your own id.");
        }

        public RoomGrant ToGrant() => new(Room, Can.Aggregate(RoomRights.None, (all, right) => all | right switch
        {
            Right.Read => RoomRights.Read,
            Right.Send => RoomRights.Send,
            _ => RoomRights.Signal,
        }));
    }

    internal enum Right { Read, Send, Signal }

    internal sealed record View
    {
        public required string Token { get; init; }
        public required DateTimeOffset ExpiresAt { get; init; }
    }

    private static readonly byte[] Header = JsonSerializer.SerializeToUtf8Bytes(new { alg = SigningAlgorithm.Hs256.ToJoseName(), kid = SigningKey.OwnKid, typ = UserToken.Type });

    private static IResult Handle(Body<Request> body, Caller caller, TokenKeys keys, RelayClock clock)
    {
        if (!body.TryRead(out var request)) return body.Problem;

        var now = clock.GetUtcNow();
        var token = new UserToken(caller.Tenant, caller.Environment, Guid.CreateVersion7(now).ToString("n"), now, now.AddSeconds(request.TtlS))
        {
            User = request.User,
            Device = request.Device,
            Rooms = request.Rooms?.Select(grant => grant.ToGrant()).ToList(),
        };
        var text = TokenText.Write(Header, TokenClaims.Write(token), keys.OwnOf(caller.Wall).Sign);
        return text.Length <= TokenText.Longest
            ? Answer.Ok(new View { Token = text, ExpiresAt = token.ExpiresAt })
            : Problem.Validation("/rooms", FaultCodes.TooLarge, $"The token would be longer than {TokenText.Longest} characters.");
    }
}
