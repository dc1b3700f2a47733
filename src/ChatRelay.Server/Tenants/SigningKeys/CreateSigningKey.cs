using System.Text;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;

namespace ChatRelay.Tenants.SigningKeys;

/// <summary>POST /v1/signing-keys. HS256 takes a secret or makes one; the other algorithms take the tenant's public key.</summary>
internal static class CreateSigningKey
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/signing-keys", Handle).WithName("signing_keys.create").WithSummary("Make a key that signs your users' tokens")
        .RequireScope(Scope.TenantAdmin).Idempotent()
        .Reads<Request>("""{"algorithm":"HS256","kid":"2026-01"}""")
        .Answers<NewSigningKeyView>(201, NewSigningKeyView.Example)
        .Refuses(ProblemCode.Conflict, ProblemCode.Unavailable);

    internal sealed record Request
    {
        public required SigningAlgorithm Algorithm { get; init; }

        [Text(1, 128), Note("What tokens name the key by, unique among yours; the JWK's own, else the key's id, by default.")]
        public string? Kid { get; init; }

        [Text(32, 512), Note("HS256 only: a secret of yours. Without it one is made and shown in the answer.")]
        public string? Secret { get; init; }

        [MaxBytes(16 * 1024), Note("ES256, RS256 and EdDSA: the public key, as PEM in a string or as a JWK.")]
        public RawJson? PublicKey { get; init; }

        public void Check(Faults faults)
        {
            var shared = Algorithm == SigningAlgorithm.Hs256;
            if (shared && PublicKey is not null) faults.Add("public_key", FaultCodes.NotAllowed, "HS256 has a secret and no public key.");
            if (!shared && Secret is not null) faults.Add("secret", FaultCodes.NotAllowed, "Only HS256 has a secret. Keep the private key to yourself.");
            if (Kid == SigningKey.OwnKid || PublicKeyText.KidOf(PublicKey?.Text) == SigningKey.OwnKid)
                faults.Add(Kid is null ? "public_key" : "kid", FaultCodes.NotAllowed, $"{SigningKey.OwnKid} is the relay's own.");
            if (shared) return;
            if (PublicKey is null) faults.Add("public_key", FaultCodes.Missing, $"{Algorithm.ToJoseName()} needs the public key.");
            else if (PublicKeyText.Read(Algorithm, PublicKey.Text).Fault is { } fault) faults.Add("public_key", FaultCodes.InvalidFormat, fault);
        }
    }

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, Keyed keyed, Sealer sealer, CalmWrites writes, RelayClock clock, Chance chance, CancellationToken ct)
    {
        if (!body.TryRead((request, faults) => request.Check(faults), out var request)) return body.Problem;

        var id = RelayId.New<SigningKeyId>(clock.GetUtcNow());
        var made = request is { Algorithm: SigningAlgorithm.Hs256, Secret: null } ? SigningKey.MakeSecret(chance) : null;
        var value = default(SealedValue);
        if (request.Algorithm == SigningAlgorithm.Hs256)
        {
            value = await sealer.SealAsync(SigningKey.SecretOf(caller.Wall, id), Encoding.UTF8.GetBytes(made ?? request.Secret!), ct);
            if (!value.Done) return StoredAnswers.Closed;
        }

        var key = new SigningKey
        {
            TenantId = caller.Wall,
            Id = id,
            Kid = request.Kid ?? PublicKeyText.KidOf(request.PublicKey?.Text) ?? id.ToString(),
            Algorithm = request.Algorithm,
            Secret = value.Bytes,
            PublicKey = request.PublicKey is { } given ? PublicKeyText.Read(request.Algorithm, given.Text).Key : null,
            CreatedBy = caller.Actor,
            CreatedAt = clock.GetUtcNow(),
        };
        return await writes.ForTenantAsync(caller.Wall, keyed, async db =>
        {
            db.Add(key);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "signing_key.created", caller.Actor, id.ToString(), clock, new { key.Kid, key.Algorithm }), ct);
            return Answer.Created($"/v1/signing-keys/{id}", NewSigningKeyView.Of(key, made)) with { ShowsSecret = made is not null };
        }, ct);
    }
}
