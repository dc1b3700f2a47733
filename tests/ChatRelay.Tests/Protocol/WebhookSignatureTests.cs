using System.Text;
using ChatRelay.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Protocol;

public sealed class WebhookSignatureTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_614_265_330);
    private static readonly WebhookSecret Secret = Read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static readonly WebhookKeyPair Pair = WebhookKeyPair.FromSeed(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());

    private static WebhookSecret Read(string text) => WebhookSecret.TryParse(text, out var secret) ? secret : throw new ArgumentException(text);

    private static WebhookVerdict Verify(string signatures, IReadOnlyList<WebhookKey> keys, string body, DateTimeOffset? now = null, string id = "msg_1", string? timestamp = null) =>
        WebhookSignature.Verify(keys, id, timestamp ?? $"{At.ToUnixTimeSeconds()}", signatures, Encoding.UTF8.GetBytes(body), now ?? At);

    [Fact]
    public void The_example_of_the_standard_comes_out() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Sign([Secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", At, """{"test": 2432232314}"""u8));

    [Fact]
    public void While_a_secret_is_rolled_both_sign_and_either_is_enough()
    {
        var old = WebhookSecret.From(new byte[32]);
        var signatures = WebhookSignature.Sign([Secret, old, Pair], "msg_1", At, "{}"u8);
        Assert.Equal(["v1", "v1", "v1a"], signatures.Split(' ').Select(word => word.Split(',')[0]));
        Assert.All<WebhookKey>([Secret, old, Pair], key => Assert.Equal(WebhookVerdict.Good, Verify(signatures, [key], "{}")));
    }

    [Fact]
    public void The_public_half_verifies_and_cannot_sign()
    {
        Assert.True(WebhookKeyPair.TryParse(Pair.PublicText, out var publicHalf));
        Assert.False(publicHalf.CanSign);
        Assert.Equal(WebhookVerdict.Good, Verify(WebhookSignature.Sign([Pair], "msg_1", At, "{}"u8), [publicHalf], "{}"));
        Assert.Throws<InvalidOperationException>(() => WebhookSignature.Sign([publicHalf], "msg_1", At, "{}"u8));
    }

    [Fact]
    public void A_signature_passes_five_minutes_either_way_and_no_longer()
    {
        var signature = WebhookSignature.Sign([Secret], "msg_1", At, "{}"u8);
        Assert.Equal(WebhookVerdict.Good, Verify(signature, [Secret], "{}", At.AddSeconds(300)));
        Assert.Equal(WebhookVerdict.Good, Verify(signature, [Secret], "{}", At.AddSeconds(-300)));
        Assert.Equal(WebhookVerdict.TooOld, Verify(signature, [Secret], "{}", At.AddSeconds(301)));
        Assert.Equal(WebhookVerdict.TooNew, Verify(signature, [Secret], "{}", At.AddSeconds(-301)));
    }

    [Theory]
    [InlineData(""), InlineData("abc"), InlineData("-1"), InlineData("1614265330.0"), InlineData(" 1614265330"), InlineData("99999999999999999999")]
    public void A_timestamp_that_is_no_number_is_malformed(string timestamp) =>
        Assert.Equal(WebhookVerdict.Malformed, Verify("v1,x", [Secret], "{}", timestamp: timestamp));

    [Theory]
    [InlineData(""), InlineData("v1"), InlineData("v1,"), InlineData("v1,!!!"), InlineData("v2,g0hM9SsE"), InlineData(",,,,"), InlineData("v1,AAAA v1,BBBB")]
    public void A_header_without_a_good_signature_is_refused(string signatures) =>
        Assert.Equal(WebhookVerdict.WrongSignature, Verify(signatures, [Secret], "{}"));

    [Fact]
    public void What_is_signed_verifies_and_what_is_changed_does_not() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<byte[]>(), Arb.From(Gen.Elements<WebhookKey>(Secret, Pair)), (id, body, key) =>
        {
            var timestamp = $"{At.ToUnixTimeSeconds()}";
            var signature = WebhookSignature.Sign([key], id.Get, At, body);
            WebhookVerdict With(string theId, byte[] theBody, string theTimestamp, string theSignature) =>
                WebhookSignature.Verify([key], theId, theTimestamp, theSignature, theBody, At);
            return With(id.Get, body, timestamp, signature) == WebhookVerdict.Good
                && With(id.Get + "x", body, timestamp, signature) == WebhookVerdict.WrongSignature
                && With(id.Get, [.. body, 1], timestamp, signature) == WebhookVerdict.WrongSignature
                && With(id.Get, body, $"{At.ToUnixTimeSeconds() + 1}", signature) == WebhookVerdict.WrongSignature
                && With(id.Get, body, "0" + timestamp, signature) == WebhookVerdict.WrongSignature
                && With(id.Get, body, timestamp, (key.Version == "v1" ? "v1a" : "v1") + signature[signature.IndexOf(',')..]) == WebhookVerdict.WrongSignature;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Keys_read_back_as_they_were_written() => Prop.ForAll(
        Arb.From(Gen.Choose(24, 64).SelectMany(length => Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf(length))), key =>
        WebhookSecret.TryParse(WebhookSecret.From(key).Reveal(), out var secret) && secret.Reveal() == WebhookSecret.From(key).Reveal()
        && WebhookKeyPair.TryParse(WebhookKeyPair.FromSeed(key.AsSpan(0, 24).ToArray().Concat(new byte[8]).ToArray()).RevealPrivate(), out var pair) && pair.CanSign)
        .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(null), InlineData(""), InlineData("whsec_"), InlineData("whsec_AAAA"), InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), InlineData("whsec_not base64 at all!"), InlineData("whpk_AAAA")]
    [InlineData("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void What_is_no_key_is_refused(string? text)
    {
        Assert.False(WebhookSecret.TryParse(text, out _));
        Assert.False(WebhookKeyPair.TryParse(text, out _));
    }

    [Fact]
    public void The_halves_of_two_pairs_are_no_pair()
    {
        var other = WebhookKeyPair.FromSeed(new byte[32]);
        var mixed = Convert.FromBase64String(Pair.RevealPrivate()["whsk_".Length..])[..32].Concat(Convert.FromBase64String(other.PublicText["whpk_".Length..])).ToArray();
        Assert.False(WebhookKeyPair.TryParse("whsk_" + Convert.ToBase64String(mixed), out _));
    }

    [Fact]
    public void A_key_does_not_print_itself() => Assert.All<WebhookKey>([Secret, Pair], key => Assert.Equal("***", $"{key}"));

    [Fact]
    public void Each_origin_of_each_tenant_has_a_secret_of_its_own()
    {
        byte[] tenant = [.. Enumerable.Repeat((byte)7, 32)], other = [.. Enumerable.Repeat((byte)8, 32)];
        var secrets = new[]
        {
            WebhookSecret.ForOrigin(tenant, "https://a.example"), WebhookSecret.ForOrigin(tenant, "https://b.example"), WebhookSecret.ForOrigin(tenant, "http://a.example"),
            WebhookSecret.ForOrigin(tenant, "https://a.example:8443"), WebhookSecret.ForOrigin(other, "https://a.example"),
        };
        Assert.Equal(secrets.Length, secrets.Select(secret => secret.Reveal()).Distinct().Count());
        // Receivers hold what came out: this must never change.
        Assert.Equal("whsec_2kat7LnT9xsqtYjfifbVs/+za2lnNs1MZla/+6G+yeU=", secrets[0].Reveal());
        Assert.Equal(secrets[0].Reveal(), WebhookSecret.ForOrigin(tenant, "https://a.example").Reveal());
    }
}
