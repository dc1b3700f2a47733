using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using ChatRelay.Tenants.SigningKeys;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Tenants.SigningKeys;

public sealed class PublicKeyTextTests
{
    private static readonly ECDsa Ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly RSA Rsa = RSA.Create(2048);

    /// <summary>RFC 8410, section 10.1.</summary>
    private const string Ed25519 = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    [Fact]
    public void Pem_and_jwk_of_one_key_are_kept_as_the_same_bytes()
    {
        var (ec, rsa) = (Ec.ExportParameters(false), Rsa.ExportParameters(false));

        Same(SigningAlgorithm.Es256, Ec.ExportSubjectPublicKeyInfo(), Ec.ExportSubjectPublicKeyInfoPem(),
            new { kty = "EC", crv = "P-256", alg = "ES256", use = "sig", kid = "any", x = Text(ec.Q.X!), y = Text(ec.Q.Y!) });
        Same(SigningAlgorithm.Rs256, Rsa.ExportSubjectPublicKeyInfo(), Rsa.ExportSubjectPublicKeyInfoPem(),
            new { kty = "RSA", n = Text(rsa.Modulus!), e = Text(rsa.Exponent!) });
        Same(SigningAlgorithm.EdDsa, Convert.FromBase64String(Ed25519.Split('\n')[1]), Ed25519,
            new { kty = "OKP", crv = "Ed25519", x = Text(Convert.FromBase64String("Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")) });
    }

    [Fact]
    public void It_is_shown_as_pem_whatever_it_came_as() => Assert.Equal(
        Ed25519.TrimEnd(), PublicKeyText.ToPem(Read(SigningAlgorithm.EdDsa, Ed25519).Key!));

    [Fact]
    public void A_private_key_is_refused_in_every_form()
    {
        const string fault = "This is a private key. Keep it, and send its public half.";
        Assert.Equal(fault, Read(SigningAlgorithm.Es256, Ec.ExportPkcs8PrivateKeyPem()).Fault);
        Assert.Equal(fault, Read(SigningAlgorithm.Es256, Ec.ExportECPrivateKeyPem()).Fault);
        Assert.Equal(fault, Read(SigningAlgorithm.Rs256, Rsa.ExportRSAPrivateKeyPem()).Fault);
        Assert.Equal(fault, Read(SigningAlgorithm.EdDsa, new { kty = "OKP", crv = "Ed25519", x = "AA", d = "AA" }).Fault);
        Assert.Equal(fault, Read(SigningAlgorithm.Rs256, new { kty = "oct", k = "AA" }).Fault);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_key_of_another_kind_is_refused(int of)
    {
        var key = (string[])[Ec.ExportSubjectPublicKeyInfoPem(), Rsa.ExportSubjectPublicKeyInfoPem(), Ed25519];
        var algorithms = (SigningAlgorithm[])[SigningAlgorithm.Es256, SigningAlgorithm.Rs256, SigningAlgorithm.EdDsa];

        Assert.All(algorithms.Where((_, i) => i != of), algorithm => Assert.NotNull(Read(algorithm, key[of]).Fault));
    }

    [Fact]
    public void Another_curve_a_short_modulus_and_an_even_exponent_are_refused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var small = RSA.Create(1024);
        var modulus = Text(Rsa.ExportParameters(false).Modulus!);

        Assert.Equal("ES256 needs an uncompressed key on the curve P-256.", Read(SigningAlgorithm.Es256, p384.ExportSubjectPublicKeyInfoPem()).Fault);
        Assert.Equal("RS256 needs a key of 2048 to 8192 bits.", Read(SigningAlgorithm.Rs256, small.ExportSubjectPublicKeyInfoPem()).Fault);
        Assert.Equal("RS256 needs a key of 2048 to 8192 bits.", Read(SigningAlgorithm.Rs256, new { kty = "RSA", n = Text(new byte[2000]), e = "AQAB" }).Fault);
        Assert.NotNull(Read(SigningAlgorithm.Rs256, new { kty = "RSA", n = modulus, e = "AQ" }).Fault);
        Assert.NotNull(Read(SigningAlgorithm.Rs256, new { kty = "RSA", n = modulus, e = "Ag" }).Fault);
    }

    [Fact]
    public void A_point_off_the_curve_is_refused()
    {
        var q = Ec.ExportParameters(false).Q;
        q.Y![^1] ^= 1;

        Assert.Equal("This is not a public key for ES256.", Read(SigningAlgorithm.Es256, new { kty = "EC", crv = "P-256", x = Text(q.X!), y = Text(q.Y) }).Fault);
    }

    [Fact]
    public void Two_keys_and_text_around_one_are_refused()
    {
        var pem = Ec.ExportSubjectPublicKeyInfoPem();

        Assert.NotNull(Read(SigningAlgorithm.Es256, $"{pem}\n{pem}").Fault);
        Assert.NotNull(Read(SigningAlgorithm.Es256, $"my key: {pem}").Fault);
        Assert.NotNull(Read(SigningAlgorithm.Es256, new { kty = "EC", crv = "P-256", alg = "ES384" }).Fault);
        Assert.NotNull(Read(SigningAlgorithm.Es256, new { kty = "EC", use = "enc" }).Fault);
        Assert.NotNull(Read(SigningAlgorithm.Es256, 7).Fault);
    }

    [Fact]
    public void Any_text_and_any_damage_end_as_a_key_or_a_fault() => Prop.ForAll(
        (from algorithm in Gen.Elements(SigningAlgorithm.Es256, SigningAlgorithm.Rs256, SigningAlgorithm.EdDsa)
         from pem in Gen.Elements(Ec.ExportSubjectPublicKeyInfoPem(), Rsa.ExportSubjectPublicKeyInfoPem(), Ed25519)
         from at in Gen.Choose(0, pem.Length - 1)
         from c in Gen.Choose(0, 127).Select(c => (char)c)
         select (algorithm, text: $"{pem[..at]}{c}{pem[(at + 1)..]}")).ToArbitrary(),
        t => Read(t.algorithm, t.text) is var (key, fault) && key is null != fault is null)
        .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    private static void Same(SigningAlgorithm algorithm, byte[] der, string pem, object jwk)
    {
        Assert.Equal(der, Read(algorithm, pem).Key);
        Assert.Equal(der, Read(algorithm, jwk).Key);
    }

    private static (byte[]? Key, string? Fault) Read(SigningAlgorithm algorithm, object given) =>
        PublicKeyText.Read(algorithm, JsonSerializer.Serialize(given));

    private static string Text(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
