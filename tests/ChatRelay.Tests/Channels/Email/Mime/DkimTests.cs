using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Mime;
using ChatRelay.Providers;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Mail;

namespace ChatRelay.Tests.Channels.Email.Mime;

public sealed class DkimTests
{
    private static readonly RSA Rsa = RSA.Create(2048);
    private static readonly DkimKey Key = new("example.com", "relay", new(Rsa.ExportPkcs8PrivateKeyPem()));
    private static readonly Dictionary<string, string> Records = new() { ["relay._domainkey.example.com"] = $"v=DKIM1; k=rsa; p={Convert.ToBase64String(Rsa.ExportSubjectPublicKeyInfo())}" };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_verifiers_that_we_did_not_write_take_every_mail_of_the_corpus()
    {
        using var signer = Read(Key);
        var mails = MailCorpus.All.Select(mail => Rendered.Of(mail, signer)).ToList();
        var node = await MailauthAsync(mails);
        Assert.Equal(MailCorpus.All.Count, node.Length);
        Assert.All(node, results => Assert.Equal("pass", Assert.Single(results).Result));
        var python = await DkimpyAsync(mails);
        Assert.All(python, verdict => Assert.True(verdict.Good));
        Assert.All(MailCorpus.All.Zip(python), pair => Assert.Equal( // and a second reader of RFC 2231
            pair.First.Attachments.OrderBy(a => pair.First.Html is null || a.ContentId is null).Select(a => a.Filename), pair.Second.Files));
    }

    [Fact]
    public async Task A_changed_body_and_changed_added_or_removed_headers_are_seen_by_both()
    {
        using var signer = Read(Key);
        var mail = MailCorpus.Plain("changed") with { Cc = [new("cc@example.com")], Text = "Pay 10.\n\nTwice  two\n", Unsubscribe = new("https://relay.example/u/t") };
        var text = Encoding.ASCII.GetString(Rendered.Of(mail, signer));
        string[] changed =
        [
            text.Replace("Pay 10", "Pay 11", StringComparison.Ordinal), $"{text}more\r\n", text.Replace("Subject: Hello", "Subject: Hullo", StringComparison.Ordinal),
            text.Replace("Cc: cc@example.com\r\n", "", StringComparison.Ordinal), text.Replace("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", "", StringComparison.Ordinal),
            .. new[] { "From: x@evil.example", "To: x@evil.example", "Cc: x@evil.example", "Subject: Evil", "Reply-To: x@evil.example", "Date: Mon, 02 Mar 2026 12:00:00 +0000", "Message-ID: <x@y>", "Content-Type: text/html", "Content-Transfer-Encoding: base64", "MIME-Version: 1.0" }
                .Select(added => $"{added}\r\n{text}"),
        ];
        string[] harmless =
        [
            text, $"Received: from a by b\r\n{text}", $"{text}\r\n\r\n", text.Replace("Subject: Hello", "subject:   Hello \t", StringComparison.Ordinal),
            text.Replace("Twice  two", "Twice two  ", StringComparison.Ordinal), text.Replace("From: ", "FROM:\r\n ", StringComparison.Ordinal),
        ];
        var mails = changed.Concat(harmless).Select(Encoding.ASCII.GetBytes).ToList();
        var expected = changed.Select(_ => false).Concat(harmless.Select(_ => true)).ToList();
        Assert.Equal(expected, (await MailauthAsync(mails)).Select(r => Assert.Single(r).Result == "pass"));
        Assert.Equal(expected, (await DkimpyAsync(mails)).Select(verdict => verdict.Good));
    }

    [Fact]
    public async Task Keys_of_both_forms_and_of_1024_to_4096_bits_sign()
    {
        foreach (var bits in (int[])[1024, 2048, 4096])
        {
            using var rsa = RSA.Create(bits);
            var records = new Dictionary<string, string> { ["a.b._domainkey.sub.example.com"] = $"v=DKIM1; p={Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())}" };
            foreach (var pem in (string[])[rsa.ExportRSAPrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem(), $"\n{rsa.ExportPkcs8PrivateKeyPem().ReplaceLineEndings("\r\n")}\r\n "])
            {
                using var signer = Read(new("sub.example.com", "a.b", new(pem)));
                byte[][] mails = [Rendered.Of(MailCorpus.Plain("bits"), signer)];
                Assert.True(Assert.Single(await PythonPeer.AskAsync<Verdict[]>("verify-dkim.py", new { records, mails }, Ct)).Good);
            }
        }
    }

    public static TheoryData<string> BadKeys => new(
        "", "secret", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
        RSA.Create(512).ExportPkcs8PrivateKeyPem(), RSA.Create(1016).ExportRSAPrivateKeyPem(), Rsa.ExportSubjectPublicKeyInfoPem(), Rsa.ExportRSAPublicKeyPem(),
        ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportPkcs8PrivateKeyPem(), ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportECPrivateKeyPem(),
        Rsa.ExportEncryptedPkcs8PrivateKeyPem("password", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1)),
        $"{Rsa.ExportPkcs8PrivateKeyPem()}\n{Rsa.ExportPkcs8PrivateKeyPem()}", PemEncoding.WriteString("RSA PRIVATE KEY", Rsa.ExportPkcs8PrivateKey()), PemEncoding.WriteString("PRIVATE KEY", [.. Rsa.ExportPkcs8PrivateKey(), 0]));

    [Theory, MemberData(nameof(BadKeys))]
    public void A_bad_key_is_a_fault_that_repeats_nothing_of_it(string pem)
    {
        Assert.False(DkimSigner.TryRead(Key with { PrivateKey = new(pem) }, out _, out var fault));
        Assert.Contains("DKIM key", fault, StringComparison.Ordinal);
        if (pem.Length > 0) Assert.DoesNotContain(pem[..Math.Min(pem.Length, 80)], fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "s"), InlineData("d", ""), InlineData("d; h=x", "s"), InlineData("d", "s\r\nX: y"), InlineData("bücher.example", "s")]
    public void A_domain_or_selector_that_is_no_name_is_a_fault(string domain, string selector) =>
        Assert.False(DkimSigner.TryRead(new(domain, selector, Key.PrivateKey), out _, out _));

    [Fact]
    public void The_same_mail_is_signed_the_same()
    {
        using var first = Read(Key);
        using var second = Read(Key);
        Assert.Equal(Rendered.Of(MailCorpus.All[^1], first), Rendered.Of(MailCorpus.All[^1], second));
    }

    // RFC 6376, 3.4.5: its example body, and the hashes of RFC 6376, 3.4.4 for nothing at all.
    [Theory]
    [InlineData(" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"), InlineData("", ""), InlineData("\r\n\r\n", ""), InlineData(" \r\n\t\r\n", ""), InlineData("a", "a\r\n"), InlineData("a  ", "a\r\n")]
    [InlineData("\r\n\r\na\r\n \r\nb\r\n", "\r\n\r\na\r\n\r\nb\r\n"), InlineData("\t a\tb", " a b\r\n")]
    public void A_body_is_relaxed_as_the_standard_says_however_it_is_cut(string body, string relaxed)
    {
        var bytes = Encoding.ASCII.GetBytes(body);
        var expected = SHA256.HashData(Encoding.ASCII.GetBytes(relaxed));
        for (var size = 1; size <= bytes.Length + 1; size++)
            Assert.Equal(expected, RelaxedBody.HashOf(bytes.Chunk(size).Select(chunk => (ReadOnlyMemory<byte>)chunk)));
    }

    private static DkimSigner Read(DkimKey key) => DkimSigner.TryRead(key, out var signer, out var fault) ? signer : throw new InvalidOperationException(fault);

    private static Task<Signature[][]> MailauthAsync(IReadOnlyList<byte[]> mails) => NodePeer.AskAsync<Signature[][]>("verify-dkim.mjs", new { records = Records, mails }, Ct);

    private static Task<Verdict[]> DkimpyAsync(IReadOnlyList<byte[]> mails) => PythonPeer.AskAsync<Verdict[]>("verify-dkim.py", new { records = Records, mails }, Ct);

    private sealed record Signature([property: JsonPropertyName("result")] string Result);

    private sealed record Verdict([property: JsonPropertyName("good")] bool Good, [property: JsonPropertyName("files")] string[] Files);
}
