using System.Security.Cryptography;
using System.Text;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using ChatRelay.UserTokens;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.UserTokens;

/// <summary>Tokens through HTTP: who signs them, what they open, and how they end.</summary>
public sealed class TokensTests(NodeFixture shared) : IClassFixture<NodeFixture>, IAsyncLifetime
{
    private const string Own = "/v1/users/u_1/blocks", OneText = "The token is not valid here, or no longer.";
    private static readonly ECDsa Ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly RSA Rsa = RSA.Create(2048);
    private static readonly byte[] Seed = RandomNumberGenerator.GetBytes(Ed25519.SeedLength);
    private const string Secret = "a secret of thirty-two characters";

    private readonly RelayHost host = shared.Node;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync() => acme = await host.NewTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private DateTimeOffset Now => host.Services.GetRequiredService<RelayClock>().GetUtcNow();
    private SignedToken Token(TenantAccess? of = null) => new((of ?? acme).Id, Now);

    private async Task<int> StatusOfAsync(string token, string path = Own, RelayHost? at = null) => (await AskAsync(token, path, at)).Status;

    private async Task<Said> AskAsync(string token, string path = Own, RelayHost? at = null)
    {
        using var client = (at ?? host).Client(token);
        return await client.ReadAsync(path);
    }

    private async Task<string> MintAsync(object asked)
    {
        var minted = await acme.Http.SendAsync("/v1/tokens", asked);
        Assert.Equal(200, minted.Status);
        return minted["token"].GetString()!;
    }

    [Fact]
    public async Task A_minted_token_acts_as_its_user_and_as_nobody_else()
    {
        var token = await MintAsync(new { user = "u_1" });

        Assert.Equal(200, await StatusOfAsync(token));
        var other = await AskAsync(token, "/v1/users/u_2/blocks");
        Assert.Equal((403, "forbidden"), (other.Status, other.Code));
    }

    [Theory]
    [InlineData("/v1/tenant")]
    [InlineData("/v1/users/u_1")]
    [InlineData("/v1/notifications")]
    [InlineData("/v1/tenants")]
    public async Task A_token_opens_no_route_of_keys(string path)
    {
        var said = await AskAsync(await MintAsync(new { user = "u_1" }), path);

        Assert.Equal((403, "forbidden"), (said.Status, said.Code));
    }

    [Fact]
    public async Task A_tenant_signs_with_each_of_the_four_algorithms()
    {
        await GiveKeyAsync("hs", "HS256", secret: Secret);
        await GiveKeyAsync("es", "ES256", Ec.ExportSubjectPublicKeyInfoPem());
        await GiveKeyAsync("rs", "RS256", Rsa.ExportSubjectPublicKeyInfoPem());
        await GiveKeyAsync("ed", "EdDSA", new { kty = "OKP", crv = "Ed25519", x = System.Buffers.Text.Base64Url.EncodeToString(Ed25519.PublicKeyOf(Seed)) });

        Assert.Equal(200, await StatusOfAsync(Token().Hs256("hs", Secret)));
        Assert.Equal(200, await StatusOfAsync(Token().Es256("es", Ec)));
        Assert.Equal(200, await StatusOfAsync(Token().Rs256("rs", Rsa)));
        Assert.Equal(200, await StatusOfAsync(Token().EdDsa("ed", Seed)));
    }

    [Fact]
    public async Task Every_bad_token_is_refused_with_one_text()
    {
        await GiveKeyAsync("hs", "HS256", secret: Secret);
        await GiveKeyAsync("rs", "RS256", Rsa.ExportSubjectPublicKeyInfoPem());
        var other = await host.NewTenantAsync("Other");
        Assert.Equal(200, await StatusOfAsync(Token().Hs256("hs", Secret)));

        foreach (var (why, token) in BadTokens.Of(acme.Id, other.Id, Now, Secret, Rsa))
        {
            var said = await AskAsync(token);
            Assert.True((401, "unauthorized", OneText) == (said.Status, said.Code, said["detail"].GetString()), $"{why}: {said}");
        }
    }

    [Fact]
    public async Task Unknown_claims_are_ignored()
    {
        await GiveKeyAsync("hs", "HS256", secret: Secret);

        Assert.Equal(200, await StatusOfAsync(Token().With("name", "Ann").With("nbf", 1).Hs256("hs", Secret)));
    }

    [Fact]
    public async Task A_token_of_the_test_environment_is_for_that_environment()
    {
        using var test = await acme.WithKeyAsync("test");
        var minted = await test.SendAsync("/v1/tokens", new { user = "u_1" });

        await PutBlockAsync(minted["token"].GetString()!, "u_9");

        Assert.Equal(["u_9"], await BlockedAsync(minted["token"].GetString()!));
        Assert.Empty(await BlockedAsync(await MintAsync(new { user = "u_1" })));
    }

    [Fact]
    public async Task A_revoked_user_is_refused_on_every_node_and_a_new_token_is_good()
    {
        await using var second = await RelayHost.StartAsync(host.Database, host.Folder);
        var old = await MintAsync(new { user = "u_1" });
        var bystander = await MintAsync(new { user = "u_2" });
        Assert.Equal(200, await StatusOfAsync(old, at: second));

        Assert.Equal(204, (await acme.Http.SendAsync("/v1/tokens/revoke", new { user = "u_1" })).Status);

        Assert.Equal(401, await StatusOfAsync(old));
        await Eventually.Async(async () => await StatusOfAsync(old, at: second) == 401, seconds: 5);
        Assert.Equal(200, await StatusOfAsync(await MintAsync(new { user = "u_1" })));
        Assert.Equal(200, await StatusOfAsync(bystander, "/v1/users/u_2/blocks"));
    }

    [Fact]
    public async Task One_token_is_revoked_by_its_id_and_disconnect_revokes_all()
    {
        await GiveKeyAsync("hs", "HS256", secret: Secret);
        var (first, second) = (Token().With("jti", "one").Hs256("hs", Secret), Token().With("jti", "two").Hs256("hs", Secret));

        Assert.Equal(204, (await acme.Http.SendAsync("/v1/tokens/revoke", new { jti = "one" })).Status);
        Assert.Equal((401, 200), (await StatusOfAsync(first), await StatusOfAsync(second)));

        Assert.Equal(204, (await acme.Http.AskAsync(HttpMethod.Post, "/v1/users/u_1/disconnect")).Status);
        Assert.Equal(401, await StatusOfAsync(second));
    }

    [Fact]
    public async Task A_token_dated_ahead_is_revoked_by_its_id()
    {
        await GiveKeyAsync("hs", "HS256", secret: Secret);
        var ahead = Token().With("iat", Now.AddSeconds(40).ToUnixTimeSeconds()).With("jti", "ahead").Hs256("hs", Secret);
        Assert.Equal(200, await StatusOfAsync(ahead));

        Assert.Equal(204, (await acme.Http.SendAsync("/v1/tokens/revoke", new { jti = "ahead" })).Status);

        Assert.Equal(401, await StatusOfAsync(ahead));
    }

    [Fact]
    public async Task A_revocation_is_found_by_a_node_that_starts_later_and_outlives_the_longest_token()
    {
        var old = await MintAsync(new { user = "u_1", ttl_s = 86_400 });
        await acme.Http.SendAsync("/v1/tokens/revoke", new { user = "u_1" });

        await using var second = await RelayHost.StartAsync(host.Database, host.Folder);

        Assert.Equal(401, await StatusOfAsync(old, at: second));
        Assert.Equal(0L, await SweptAsync());
        await host.TimePasses(TimeSpan.FromHours(26));
        Assert.InRange(await SweptAsync(), 1, 100); // the others of this class, too
    }

    [Fact]
    public async Task A_token_ends_when_it_says()
    {
        var token = await MintAsync(new { user = "u_1", ttl_s = 60 });
        Assert.Equal(200, await StatusOfAsync(token));

        await host.TimePasses(TimeSpan.FromSeconds(61));

        Assert.Equal(401, await StatusOfAsync(token));
    }

    [Fact]
    public async Task A_deleted_key_ends_what_it_signed()
    {
        var key = await GiveKeyAsync("hs", "HS256", secret: Secret);
        var token = Token().Hs256("hs", Secret);
        Assert.Equal(200, await StatusOfAsync(token));

        await acme.Http.RemoveAsync($"/v1/signing-keys/{key}");

        await Eventually.Async(async () => await StatusOfAsync(token) == 401, seconds: 5);
    }

    [Fact]
    public async Task Nobody_may_name_a_key_as_the_relay_names_its_own()
    {
        var said = await acme.Http.SendAsync("/v1/signing-keys", new { algorithm = "HS256", kid = "chatrelay" });

        Assert.Equal(["/kid not_allowed"], said.Faults);
    }

    [Fact]
    public async Task What_is_wrong_with_a_wish_for_a_token_is_told_at_once()
    {
        var said = await acme.Http.SendAsync("/v1/tokens", new { user = "ann smith", device = "", ttl_s = 86_401, rooms = new object[] { new { room = "r", can = new[] { "read" } }, new { room = "ext:a", can = new[] { "own" } } } });
        Assert.Equal(["/device invalid_format", "/rooms/0/room invalid_format", "/rooms/1/can/0 unknown_value", "/ttl_s out_of_range", "/user invalid_format"], said.Faults.Order(StringComparer.Ordinal));
        Assert.Equal(["/user missing"], (await acme.Http.SendAsync("/v1/tokens", new { })).Faults);
        Assert.Equal(["/user not_allowed"], (await acme.Http.SendAsync("/v1/tokens/revoke", new { user = "u_1", jti = "x" })).Faults);
    }

    [Fact]
    public async Task A_viewer_without_a_name_may_do_nothing_on_these_routes()
    {
        var viewer = await MintAsync(new { rooms = new[] { new { room = "ext:stage", can = new[] { "read" } } } });

        Assert.Equal(403, await StatusOfAsync(viewer));
    }

    [Fact]
    public async Task A_suspended_tenants_users_are_refused_like_its_keys()
    {
        var token = await MintAsync(new { user = "u_1" });
        await host.Operator.ChangeAsync($"/v1/tenants/{acme.Id}", new { status = "suspended" });

        var said = await AskAsync(token);

        Assert.Equal((403, "tenant_suspended"), (said.Status, said.Code));
    }

    [Fact]
    public async Task A_users_own_limit_holds_beside_the_tenants()
    {
        await using var tight = await RelayHost.StartAsync(null, null, ("CHATRELAY_USER_RATE_PER_S", "1"), ("CHATRELAY_USER_RATE_BURST", "2"));
        var tenant = await tight.NewTenantAsync();
        var tokens = new List<string>();
        foreach (var user in (string[])["u_1", "u_1", "u_2"]) tokens.Add((await tenant.Http.SendAsync("/v1/tokens", new { user }))["token"].GetString()!);

        Assert.Equal((200, 200), (await StatusOfAsync(tokens[0], at: tight), await StatusOfAsync(tokens[1], at: tight)));
        var said = await AskAsync(tokens[0], at: tight);

        Assert.Equal((429, "rate_limited"), (said.Status, said.Code));
        Assert.Equal(200, await StatusOfAsync(tokens[2], "/v1/users/u_2/blocks", tight));
        Assert.Equal(200, (await tenant.Http.ReadAsync("/v1/users/u_1/blocks")).Status);
    }

    private async Task<string> GiveKeyAsync(string kid, string algorithm, object? publicKey = null, string? secret = null)
    {
        var asked = new Dictionary<string, object> { ["algorithm"] = algorithm, ["kid"] = kid };
        if (publicKey is not null) asked["public_key"] = publicKey;
        if (secret is not null) asked["secret"] = secret;
        return (await acme.Http.SendAsync("/v1/signing-keys", asked)).Id;
    }

    private async Task PutBlockAsync(string token, string other)
    {
        using var client = host.Client(token);
        Assert.Equal(204, (await client.AskAsync(HttpMethod.Put, $"{Own}/{other}")).Status);
    }

    private async Task<IReadOnlyList<string>> BlockedAsync(string token) => [.. (await AskAsync(token))["blocked"].EnumerateArray().Select(b => b.GetString()!)];

    private async Task<long> SweptAsync() => await host.Services.GetServices<ChatRelay.Jobs.UpkeepTask>().Single(t => t.Name == "token_revocations").RunAsync(CancellationToken.None);
}
