using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ChatRelay.Protocol;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.Tenants.SigningKeys;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Tenants.SigningKeys;

public sealed class SigningKeysTests : IAsyncLifetime
{
    private const string Route = "/v1/signing-keys";
    private RelayHost host = null!;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync()
    {
        host = await RelayHost.StartAsync();
        acme = await host.NewTenantAsync();
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task A_made_secret_is_shown_once_and_kept_sealed()
    {
        var made = await acme.Http.SendAsync(Route, new { algorithm = "HS256", kid = "2026-01" });

        Assert.Equal((201, "2026-01", "HS256"), (made.Status, made["kid"].GetString(), made["algorithm"].GetString()));
        Assert.Equal($"{Route}/{made.Id}", made.Headers["Location"]);
        var secret = made["secret"].GetString()!;
        Assert.Equal(52, secret.Length);
        Assert.Equal(secret, await OpenAsync(made.Id));
        var listed = await acme.Http.ReadAsync(Route);
        Assert.Equal(made.Id, listed["data.0.id"].GetString());
        Assert.DoesNotContain(secret, listed.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_supplied_secret_is_never_shown()
    {
        var made = await acme.Http.SendAsync(Route, new { algorithm = "HS256", secret = "a secret of the tenant's own, long enough" });

        Assert.Equal((201, made.Id), (made.Status, made["kid"].GetString()));
        Assert.DoesNotContain("of the tenant's own", made.Text, StringComparison.Ordinal);
        Assert.Equal("a secret of the tenant's own, long enough", await OpenAsync(made.Id));
    }

    [Fact]
    public async Task Public_keys_come_as_pem_or_jwk_and_are_listed_as_pem()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var q = ec.ExportParameters(false).Q;

        var es256 = await acme.Http.SendAsync(Route, new { algorithm = "ES256", public_key = new { kty = "EC", crv = "P-256", kid = "jwk-1", x = Base64Url.EncodeToString(q.X), y = Base64Url.EncodeToString(q.Y) } });
        var rs256 = await acme.Http.SendAsync(Route, new { algorithm = "RS256", kid = "rsa", public_key = rsa.ExportSubjectPublicKeyInfoPem() });
        var edDsa = await acme.Http.SendAsync(Route, new { algorithm = "EdDSA", kid = "ed", public_key = new { kty = "OKP", crv = "Ed25519", x = Base64Url.EncodeToString(new byte[32]) } });

        Assert.Equal((201, 201, 201), (es256.Status, rs256.Status, edDsa.Status));
        Assert.Equal("jwk-1", es256["kid"].GetString());
        Assert.Equal(ec.ExportSubjectPublicKeyInfoPem(), es256["public_key"].GetString());
        var listed = await acme.Http.ReadAsync(Route);
        Assert.Equal(["ed", "rsa", "jwk-1"], listed["data"].EnumerateArray().Select(key => key.GetProperty("kid").GetString()));
        Assert.Equal(["EdDSA", "RS256", "ES256"], listed["data"].EnumerateArray().Select(key => key.GetProperty("algorithm").GetString()));
        Assert.Equal(rsa.ExportSubjectPublicKeyInfoPem(), listed["data.1.public_key"].GetString());
    }

    [Fact]
    public async Task What_does_not_fit_the_algorithm_is_named_all_at_once()
    {
        Assert.Equal(["/public_key not_allowed"], (await acme.Http.SendAsync(Route, new { algorithm = "HS256", public_key = "x" })).Faults);
        Assert.Equal(["/secret not_allowed", "/public_key missing"], (await acme.Http.SendAsync(Route, new { algorithm = "ES256", secret = new string('s', 40) })).Faults);
        Assert.Equal(["/public_key invalid_format"], (await acme.Http.SendAsync(Route, new { algorithm = "EdDSA", public_key = "-----BEGIN" })).Faults);
        Assert.Equal(["/algorithm unknown_value", "/secret too_short"], (await acme.Http.SendAsync(Route, new { algorithm = "none", secret = "short" })).Faults);
        Assert.Equal(["/algorithm unknown_value"], (await acme.Http.SendAsync(Route, new { algorithm = "hs256" })).Faults);
    }

    [Fact]
    public async Task A_private_key_is_refused_and_not_repeated()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var refused = await acme.Http.SendAsync(Route, new { algorithm = "ES256", public_key = ec.ExportPkcs8PrivateKeyPem() });

        Assert.Equal(["/public_key invalid_format"], refused.Faults);
        Assert.Contains("private key", refused["errors.0.detail"].GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(ec.ExportPkcs8PrivateKeyPem()[40..60], refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kid_is_unique_behind_its_wall_only()
    {
        var request = new { algorithm = "HS256", kid = "main" };
        var other = await host.NewTenantAsync("Other");
        using var test = await acme.WithKeyAsync("test");

        Assert.Equal(201, (await acme.Http.SendAsync(Route, request)).Status);
        Assert.Equal((409, "conflict"), await acme.Http.SendAsync(Route, request) is var twice ? (twice.Status, twice.Code) : default);
        Assert.Equal(201, (await other.Http.SendAsync(Route, request)).Status);
        Assert.Equal(201, (await test.SendAsync(Route, request)).Status);
    }

    [Fact]
    public async Task A_deleted_key_is_gone_and_another_tenants_was_never_there()
    {
        var made = await acme.Http.SendAsync(Route, new { algorithm = "HS256" });
        var other = await host.NewTenantAsync("Other");

        Assert.Equal(404, (await other.Http.RemoveAsync($"{Route}/{made.Id}")).Status);
        Assert.Equal(0, (await other.Http.ReadAsync(Route))["data"].GetArrayLength());
        Assert.Equal(204, (await acme.Http.RemoveAsync($"{Route}/{made.Id}")).Status);
        Assert.Equal(404, (await acme.Http.RemoveAsync($"{Route}/{made.Id}")).Status);
        Assert.Equal(0, (await acme.Http.ReadAsync(Route))["data"].GetArrayLength());
    }

    [Fact]
    public async Task Only_an_admin_key_may_ask()
    {
        using var clerk = await acme.WithKeyAsync("live", "rooms:read");

        Assert.Equal((403, "missing_scope"), await clerk.ReadAsync(Route) is var read ? (read.Status, read.Code) : default);
        Assert.Equal(403, (await clerk.SendAsync(Route, new { algorithm = "HS256" })).Status);
        Assert.Equal(401, (await host.Anonymous.ReadAsync(Route)).Status);
    }

    [Fact]
    public async Task A_repeated_request_shows_the_same_secret_even_after_the_keys_were_rotated()
    {
        var first = await acme.Http.SendAsync(Route, new { algorithm = "HS256" }, "once");
        var rotation = new KeyRotation(Part<Databases>(), new KeyRingPlace(host.Folder, environment: null), Chance.Secure);
        var report = Assert.IsType<RotationOutcome.Done>(await rotation.RunAsync(_ => { }, CancellationToken.None)).Report;

        var again = await acme.Http.SendAsync(Route, new { algorithm = "HS256" }, "once");

        Assert.Equal((3, 0), (report.Cells, report.Closed)); // the secret, the kept answer, and the console's own key
        Assert.Equal((201, "true", first.Text), (again.Status, again.Headers["Idempotent-Replayed"], again.Text));
        Assert.Equal(first["secret"].GetString(), await OpenAsync(first.Id));
        Assert.Equal(1, (await acme.Http.ReadAsync(Route))["data"].GetArrayLength());
    }

    [Fact]
    public async Task A_damaged_data_key_is_a_clear_503_for_its_tenant_and_nobody_else()
    {
        var other = await host.NewTenantAsync("Other");
        await acme.Http.SendAsync(Route, new { algorithm = "HS256" });
        await other.Http.SendAsync(Route, new { algorithm = "HS256" });
        await host.SqlAsync("update relay.tenant_data_keys set wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1) where tenant_id = $1", WallOf(acme));
        await using var fresh = await RelayHost.StartAsync(host.Database, host.Folder); // a node that never opened it
        using var acmeThere = fresh.Client(acme.Key);
        using var otherThere = fresh.Client(other.Key);

        var refused = await acmeThere.SendAsync(Route, new { algorithm = "HS256" });

        Assert.Equal((503, "unavailable"), (refused.Status, refused.Code));
        Assert.Contains("data key", refused["detail"].GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await acmeThere.ReadAsync(Route)).Status);
        Assert.Equal(201, (await otherThere.SendAsync(Route, new { algorithm = "HS256" })).Status);
    }

    [Fact]
    public async Task Many_keyed_requests_at_once_do_not_starve_each_other_of_connections()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => acme.Http.SendAsync(Route, new { algorithm = "HS256" }, $"key-{i}")));

        Assert.All(answers, answer => Assert.Equal(201, answer.Status));
    }

    private async Task<string> OpenAsync(string id)
    {
        Assert.True(RelayId.TryParse<SigningKeyId>(id, out var key));
        var blob = (byte[])(await host.SqlAsync("select secret from relay.signing_keys where id = $1", key.Value))!;
        var opened = await Part<Sealer>().OpenAsync(SigningKey.SecretOf(WallOf(acme), key), blob, CancellationToken.None);
        return Encoding.UTF8.GetString(Assert.IsType<Opened.Plain>(opened).Bytes);
    }

    /// <summary>The live wall is what the world calls the tenant.</summary>
    private static Guid WallOf(TenantAccess tenant) => RelayId.TryParse<TenantId>(tenant.Id, out var id) ? id.Value : throw new ArgumentException(tenant.Id);

    private T Part<T>() where T : notnull => host.Services.GetRequiredService<T>();
}
