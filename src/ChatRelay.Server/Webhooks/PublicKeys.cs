using System.Buffers.Text;
using ChatRelay.Http;
using ChatRelay.Http.Pipeline;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Webhooks;

/// <summary>GET /.well-known/webhook-keys?tenant=: a tenant's public keys as a JWK set, for whoever asks. One that nobody has answers like one without keys.</summary>
internal static class PublicKeys
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/.well-known/webhook-keys", Handle).WithName("webhook_keys.get").WithSummary("Read the public keys that sign a tenant's webhooks")
        .Open().AddEndpointFilter<RouteHandlerBuilder, RefusesFirst>()
        .Takes(new QueryParameter.Id<TenantId>("tenant", "Whose keys."))
        .Answers<View>(200, """{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"0194b5c3f0007b7e9d2f6a1c5e8b4d3a","alg":"EdDSA","use":"sig"}]}""");

    private static async Task<IResult> Handle(Query query, Databases databases, CancellationToken ct)
    {
        if (query.Value<TenantId>("tenant") is not { } tenant) return Problem.Parameter("tenant is a ten_ id: keys belong to a tenant.");
        await using var command = databases.Request.CreateCommand("select id, public_key from relay.find_webhook_keys($1)");
        command.Parameters.AddWithValue(tenant.Value);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var keys = new List<Key>();
        while (await reader.ReadAsync(ct)) keys.Add(Key.Of(reader.GetGuid(0), reader.GetString(1)));
        return Answer.Ok(new View(keys));
    }

    internal sealed record View(IReadOnlyList<Key> Keys);

    internal sealed record Key(string Kty, string Crv, string X, string Kid, string Alg, string Use)
    {
        public static Key Of(Guid id, string publicKey) => new(
            "OKP", "Ed25519", Base64Url.EncodeToString(Convert.FromBase64String(publicKey[WebhookKeyPair.PublicPrefix.Length..])), $"{id:n}", "EdDSA", "sig");
    }
}
