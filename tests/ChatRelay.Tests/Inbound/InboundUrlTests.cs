using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ChatRelay.Inbound;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Inbound;

/// <summary>The URL that a provider posts to, and what proves that it does.</summary>
public sealed class InboundUrlTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task A_rolled_url_works_until_its_overlap_is_over_and_a_closed_one_no_more()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "postmark");
        var (_, delivery) = await rig.SentAsync();
        var rolled = await rig.OpenAsync(overlap: 3600);
        Assert.NotEqual(rig.Url, rolled);
        Assert.Equal(200, (await TellAsync(rig.Url)).Status);
        Assert.Equal(200, (await TellAsync(rolled)).Status);
        await rig.Engine.Host.TimePasses(TimeSpan.FromHours(2));
        Assert.Equal(401, (await TellAsync(rig.Url)).Status);
        Assert.Equal(200, (await TellAsync(rolled)).Status);
        Assert.Equal(204, (await rig.Http.RemoveAsync($"/v1/providers/{rig.Account.Id}/inbound")).Status);
        Assert.Equal(401, (await TellAsync(rolled)).Status);

        Task<Said> TellAsync(string url) => rig.TellAsync(rig.Voice.Sign(rig.Engine.Now, rig.Voice.Opened(delivery, "ann@example.com")), url);
    }

    [Fact]
    public async Task The_token_is_shown_once_and_stands_nowhere()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "sendgrid");
        var token = rig.Url.Split('/')[^1];
        Assert.DoesNotContain(token, (await rig.Http.ReadAsync($"/v1/providers/{rig.Account.Id}")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(token, (await rig.Http.ReadAsync("/v1/audit-events")).Text, StringComparison.Ordinal);
        foreach (var table in (string[])["inbound_tokens", "providers", "events", "idempotency"])
            Assert.Equal((table, 0L), (table, await rig.Engine.Host.SqlAsync($"select count(*) from relay.{table} t where t::text like '%' || $1 || '%'", token[26..])));
        await rig.TellAsync(rig.Voice.Sign(rig.Engine.Now, rig.Voice.Delivered("x", "y")) with { Headers = new Dictionary<string, string>() });
        Assert.DoesNotContain(rig.Engine.Host.Warnings, line => line.Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_stands_under_the_public_url_if_there_is_one()
    {
        await using var host = await RelayHost.StartAsync(null, null, ("CHATRELAY_PUBLIC_URL", "https://relay.example.com/base/"));
        var tenant = await host.NewTenantAsync();
        await using var voice = ProviderVoice.Of("mailgun");
        var account = voice.Account();
        account["config"]!.AsObject().Remove("base_url");
        var made = await tenant.Http.SendAsync("/v1/providers", account);
        Assert.StartsWith("https://relay.example.com/base/v1/inbound/mailgun/", (await tenant.Http.SendAsync($"/v1/providers/{made.Id}/inbound", new { }))["url"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_key_makes_one_url_and_the_stored_answer_is_sealed()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "postmark", open: false);
        var first = await rig.Http.SendAsync($"/v1/providers/{rig.Account.Id}/inbound", new { }, "once");
        var again = await rig.Http.SendAsync($"/v1/providers/{rig.Account.Id}/inbound", new { }, "once");
        Assert.Equal((201, first.Text), (again.Status, again.Text));
        Assert.Equal(0L, await rig.Engine.Host.SqlAsync("select count(*) from relay.idempotency where convert_from(body, 'UTF8') like '%/inbound/%'"));
    }

    [Theory]
    [InlineData("smtp"), InlineData("sandbox")]
    public async Task An_account_that_tells_nothing_has_no_url(string type)
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        var made = await engine.Http.SendAsync("/v1/providers", Providers.GivenProvider.Of(type));
        Assert.Equal("conflict", (await engine.Http.SendAsync($"/v1/providers/{made.Id}/inbound", new { })).Code);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_and_nonsense_of_the_providers_own_is_told()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "postmark");
        Assert.Equal(413, (await rig.TellAsync(new ProviderVoice.Post(new string(' ', 3 * 1024 * 1024)))).Status);
        Assert.Equal((400, "invalid_json"), (await rig.TellAsync(new ProviderVoice.Post("not json"))) is var said ? (said.Status, said.Code) : default);
        Assert.Equal(401, (await rig.TellAsync(new ProviderVoice.Post(new string(' ', 3 * 1024 * 1024)), "http://x/v1/inbound/postmark/rubbish")).Status); // who may not post is not told how large
    }

    [Fact]
    public async Task Whatever_stands_in_an_event_is_taken_without_a_fault()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "postmark");
        var (_, delivery) = await rig.SentAsync();
        var told = rig.Voice.HardBounce(delivery, "ann@example.com");
        told["Details"] = "\0 \ud800 " + new string('x', 5000);
        Assert.Equal(200, (await rig.TellAsync(told)).Status);
        foreach (var odd in (string[])["[]", "{}", "null", "1", """{"RecordType":{}}""", """{"RecordType":"Delivery","Metadata":[]}""", """{"RecordType":"Bounce","Type":"\ud800"}"""])
            Assert.Contains((await rig.TellAsync(new ProviderVoice.Post(odd))).Status, new[] { 200, 400 });
        await rig.Engine.DeliveryReachesAsync(delivery, "bounced");
    }

    // The vector in SendGrid's own clients: https://github.com/sendgrid/sendgrid-nodejs/blob/main/packages/eventwebhook/src/eventwebhook.spec.js (7.2.6).
    [Fact]
    public void A_signature_from_SendGrids_own_tests_verifies()
    {
        const string Key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==";
        const string Signature = "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=";
        var body = """{"category":"example_payload","event":"test_event","message_id":"message_id"}"""u8;
        Assert.True(SendGridEvents.IsSigned(Key, Signature, "1588788367", body));
        Assert.False(SendGridEvents.IsSigned(Key, Signature, "1588788368", body));
        Assert.False(SendGridEvents.IsSigned(Key, Signature, "1588788367", "{}"u8));
        Assert.False(SendGridEvents.IsSigned(Key, "not base64", "1588788367", body));
    }

    [Fact]
    public async Task A_key_that_is_none_is_refused_when_it_is_set()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "sendgrid", open: false);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        foreach (var key in (string[])["rubbish", Convert.ToBase64String(other.ExportSubjectPublicKeyInfo())])
            Assert.Equal(["/config/verification_key invalid_format"], (await rig.Http.ChangeAsync($"/v1/providers/{rig.Account.Id}", new { config = new { base_url = rig.Voice.BaseUrl, verification_key = key } })).Faults);
    }

    [Fact]
    public async Task A_subscription_of_the_accounts_topic_is_confirmed_and_no_other_host_is_called()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "ses");
        var voice = (SesVoice)rig.Voice;
        Assert.Equal(200, (await rig.TellAsync(voice.Confirmation(rig.Engine.Now))).Status);
        Assert.Single(voice.Asked("GET /?Action=ConfirmSubscription"));
        Assert.Single(voice.Asked("GET /SimpleNotificationService-")); // kept from now on
        foreach (var host in (string[])["sns.eu-west-1.amazonaws.com.evil.example", "evil.example", "sns.eu-west-1.evil-amazonaws.com", "s3.eu-west-1.amazonaws.com"])
            Assert.Equal(401, (await rig.TellAsync(voice.Confirmation(rig.Engine.Now, host))).Status);
        Assert.Single(voice.Asked("GET /?Action=ConfirmSubscription"));
        Assert.Single(voice.Asked("GET /SimpleNotificationService-"));
    }

    [Theory]
    [InlineData("https://evil.example/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem")]
    [InlineData("http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem")]
    [InlineData("https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem")]
    [InlineData("https://x@sns.eu-west-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem")]
    [InlineData("https://sns.eu-west-1.amazonaws.com/?Action=Publish")]
    [InlineData("https://bucket.s3.eu-west-1.amazonaws.com/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem")]
    public async Task A_certificate_from_elsewhere_is_not_even_fetched(string url)
    {
        await using var rig = await InboundRig.StartAsync(fixture, "ses");
        var voice = (SesVoice)rig.Voice;
        Assert.Equal(401, (await rig.TellAsync(voice.Message(rig.Engine.Now, "Notification", new() { ["Message"] = "{}" }, m => m["SigningCertURL"] = url))).Status);
        Assert.Empty(voice.Asked("GET "));
    }

    [Fact]
    public async Task Another_topic_another_name_on_the_certificate_and_a_changed_message_are_refused_and_both_signature_versions_taken()
    {
        await using var rig = await InboundRig.StartAsync(fixture, "ses");
        var voice = (SesVoice)rig.Voice;
        Assert.Equal(401, (await rig.TellAsync(voice.Message(rig.Engine.Now, "Notification", new() { ["Message"] = "{}" }, m => m["TopicArn"] = "arn:aws:sns:eu-west-1:999999999999:theirs"))).Status);

        using var key = RSA.Create(2048);
        voice.CertificateAnswer = FakeReceiver.Answer(200, SesVoice.CertificateOf(key, "somebody.example").ExportCertificatePem());
        Assert.Equal(401, (await TellAsync("2")).Status);
        voice.CertificateAnswer = FakeReceiver.Answer(503);
        Assert.Equal(503, (await TellAsync("2")).Status); // it comes again
        voice.CertificateAnswer = FakeReceiver.Answer(200, "no certificate");
        Assert.Equal(401, (await TellAsync("2")).Status);
        voice.CertificateAnswer = null;
        Assert.Equal(200, (await TellAsync("1")).Status);
        Assert.Equal(200, (await TellAsync("2")).Status);
        Assert.Equal(401, (await TellAsync("3")).Status);

        var changed = JsonNode.Parse(voice.Message(rig.Engine.Now, "Notification", new() { ["Message"] = "{}" }).Body)!.AsObject();
        changed["Message"] = """{"eventType":"Bounce"}""";
        Assert.Equal(401, (await rig.TellAsync(new ProviderVoice.Post(changed.ToJsonString(), "text/plain"))).Status);

        Task<Said> TellAsync(string version) => rig.TellAsync(voice.Message(rig.Engine.Now, "Notification", new() { ["Message"] = "{}", ["Subject"] = "s" }, version: version));
    }
}
