using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Outbound;

public sealed class OutboundTlsTests : IDisposable
{
    // Certificates live on the machine's clock: the handshake asks no other.
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private readonly TestCertificates _certificates = new(Now);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private X509Certificate2 Good => _certificates.For("hook.example", Now.AddHours(-1), Now.AddHours(1));

    private OutboundRig Rig(bool trusting = true) =>
        new OutboundRig(roots: trusting ? _certificates.Roots : null).With("hook.example", "127.0.0.1").With("other.example", "127.0.0.1");

    private static async Task<Outcome?> OutcomeAsync(OutboundRig rig, FakeReceiver receiver, string host = "hook.example")
    {
        using (rig)
        {
            var reply = await rig.PostAsync(new($"https://{host}:{receiver.Port}/"), ct: Ct);
            Assert.False(reply.Failure?.BytesLeft ?? false);
            return reply.Failure?.Outcome;
        }
    }

    [Fact]
    public async Task A_trusted_certificate_for_the_host_is_good()
    {
        await using var secure = FakeReceiver.Answering(_ => FakeReceiver.Answer(200), Good);
        Assert.Null(await OutcomeAsync(Rig(), secure));
    }

    [Fact]
    public async Task The_wrong_host_a_stranger_and_an_expired_certificate_are_tls_errors()
    {
        await using var secure = FakeReceiver.Answering(_ => FakeReceiver.Answer(200), Good);
        Assert.Equal(Outcome.TlsError, await OutcomeAsync(Rig(), secure, "other.example"));
        Assert.Equal(Outcome.TlsError, await OutcomeAsync(Rig(trusting: false), secure));

        await using var expired = FakeReceiver.Answering(_ => FakeReceiver.Answer(200), _certificates.For("hook.example", Now.AddHours(-2), Now.AddHours(-1)));
        Assert.Equal(Outcome.TlsError, await OutcomeAsync(Rig(), expired));
        Assert.Empty(secure.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n"), InlineData("\x15\x03\x03\x00\x02\x02\x28"), InlineData("")]
    public async Task A_receiver_that_does_not_speak_tls_is_no_success(string bytes)
    {
        await using var plain = FakeReceiver.Start(connection => connection.SendAsync(bytes));
        Assert.Contains(await OutcomeAsync(Rig(), plain), new Outcome?[] { Outcome.TlsError, Outcome.ConnectionError });
    }

    [Fact]
    public async Task A_handshake_that_hangs_ends_at_the_deadline_and_nothing_has_left()
    {
        var accepted = new TaskCompletionSource();
        await using var silent = FakeReceiver.Start(async connection => { accepted.TrySetResult(); await connection.HangAsync(); });
        using var rig = Rig();
        var sending = rig.PostAsync(new($"https://hook.example:{silent.Port}/"), ct: Ct);
        await accepted.Task.WaitAsync(Ct);
        rig.Clock.Advance(OutboundRig.Deadline);
        Assert.Equal((Outcome.Timeout, false), (await sending).Failure is { } failure ? (failure.Outcome, failure.BytesLeft) : default);
    }

    [Fact]
    public async Task A_certificate_that_names_a_url_for_its_issuer_makes_nobody_fetch_it()
    {
        // The chain lacks the issuer; .NET would fetch it from the URL in the certificate, past every guard.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=between", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var issuer = request.CreateSelfSigned(Now.AddHours(-1), Now.AddHours(1));
        await using var metadata = FakeReceiver.Answering(_ => FakeReceiver.Answer(200));
        using var certificate = _certificates.For("hook.example", Now.AddHours(-1), Now.AddHours(1), metadata.Url, issuer, key);
        await using var secure = FakeReceiver.Answering(_ => FakeReceiver.Answer(200), certificate);
        Assert.Equal(Outcome.TlsError, await OutcomeAsync(Rig(), secure));
        Assert.Equal(Outcome.TlsError, await OutcomeAsync(Rig(trusting: false), secure));
        Assert.Equal(0, metadata.Connections);
    }

    public void Dispose() => _certificates.Dispose();
}
