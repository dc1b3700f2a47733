using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.UserTokens;

namespace ChatRelay.Realtime;

/// <summary>Op `refresh`: a new token in place of the old one, for the same user on the same device. What it grants holds for what is followed already.</summary>
internal sealed class RefreshToken(TokenVerifier tokens, Revocations revocations, IEnumerable<Refollow> followed)
{
    public SocketOp Op => new("refresh", typeof(Request), HandleAsync);

    internal sealed record Request : OpInput
    {
        [Text(1, TokenText.Longest)]
        public required string Token { get; init; }
    }

    private async Task<OpAnswer> HandleAsync(SocketCall call, CancellationToken ct)
    {
        if (!call.TryRead<Request>(writes: false, out var request, out var refusal)) return refusal;
        var (before, device) = (call.Who.Token, call.Caller.User!.Device);
        if (await tokens.VerifyAsync(request.Token, ct) is not { } who || who.Wall != call.Who.Wall || who.Token.User != before.User
            || (who.Token.Device is { } bound && bound != device)) return OpAnswer.Of(new Problem(ProblemCode.Unauthorized, "The token is not valid here."));

        var again = call with { Who = who, Caller = call.Caller with { User = who.Token with { Device = device } } };
        call.Connection.Know(who, again.Caller);
        if (revocations.IsRevoked(who.Wall, who.Token)) call.Connection.Close(CloseCode.Revoked); // since it was checked: the watch looked at the old one
        return OpAnswer.View(new View(who.Token.ExpiresAt)) with
        {
            Then = async () =>
            {
                foreach (var slice in followed) await slice.LookAsync(again, CancellationToken.None); // to the end: what it may not follow any more must not go on
            },
        };
    }

    internal sealed record View(DateTimeOffset Exp);
}
