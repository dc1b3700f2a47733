using System.Text;
using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Ses;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Settings;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email;

public sealed class SesTests : RestMailConformance
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private const string KeyId = "AKIDEXAMPLE", SecretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Session = "AQoDYXdzEPTwEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d";

    private protected override string Id => "010201234567890a-11111111-2222-3333-4444-555555555555-000000";
    private protected override string PublicHost => "email.eu-central-1.amazonaws.com";
    private protected override string Path => "/v2/email/outbound-emails";
    private protected override IReadOnlyList<string> Credentials => [SecretKey, Session];

    private protected override IChannelSender Sender(OutboundRig rig) => new SesSender(rig.Http, rig.Relay);
    private protected override ProviderAccount Account(Uri? baseUrl) => Account(baseUrl, Session, "tracked");
    private static ProviderAccount.Ses Account(Uri? baseUrl, string? session, string? configurationSet) =>
        new("eu-central-1", KeyId, new(SecretKey), session is null ? null : new Secret(session), configurationSet) { Id = new(Guid.Empty), BaseUrl = baseUrl };
    private protected override ProviderAccount WithCredential(Uri baseUrl, string credential) => Account(baseUrl, credential, null);
    private protected override SendOutcome Judge(OutboundReply reply) => SesAnswers.OutcomeOf(reply, default);

    // SES's tags are pairs of letters, digits, - and _.
    private protected override ArrivedMail Expect(EmailMessage mail)
    {
        var expected = base.Expect(mail);
        var marks = expected.Marks.Where(mark => mark.Value.All(char.IsAscii)).Concat(mail.Tags.Select((tag, i) => KeyValuePair.Create(i == 0 ? "tag" : $"tag_{i + 1}", tag)));
        return ArrivedMime.Expect(expected) with { Marks = marks.ToDictionary() };
    }

    private protected override SendOutcome RefusedRecipient => new SendOutcome.Refused(Outcome.ProviderRejected);

    // The pages of the errors stand below, with the rest that they publish.
    private protected override string Answer(MailStory story) => story switch
    {
        // https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
        MailStory.Takes => FakeReceiver.Answer(200, $$"""{"MessageId":"{{Id}}"}""", "Content-Type: application/json"),
        MailStory.RefusesRecipient => Error(400, "BadRequestException", "Missing final '@domain'"),
        MailStory.RefusesContent => Error(400, "MessageRejected", "Could not parse message."),
        MailStory.RefusesAccount => Error(403, "UnrecognizedClientException", "The security token included in the request is invalid."),
        MailStory.IsUsedUp => Error(400, "ThrottlingException", "Daily message quota exceeded."),
        MailStory.Throttles => Error(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
        _ => Error(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
    };

    private static string Error(int status, string name, string message) =>
        FakeReceiver.Answer(status, JsonSerializer.Serialize(new { message }), "Content-Type: application/json", $"x-amzn-ErrorType: {name}:http://internal.amazon.com/coral/com.amazonaws.services.simpleemail.v2/");

    private protected override async Task<ArrivedMail> ReadAsync(FakeRequest request)
    {
        AssertSigned(request);
        var json = JsonDocument.Parse(request.Body).RootElement;
        Assert.Equal("tracked", json.GetProperty("ConfigurationSetName").GetString());
        var to = json.GetProperty("Destination");
        var raw = json.GetProperty("Content").GetProperty("Raw").GetProperty("Data").GetBytesFromBase64();
        var mail = await ArrivedMime.ReadAsync(raw, [.. Strings(to, "ToAddresses"), .. Strings(to, "CcAddresses"), .. Strings(to, "BccAddresses")], Ct);
        Assert.Equal([.. mail.Cc.Select(box => box.Email)], Strings(to, "CcAddresses"));
        return mail with { Marks = json.GetProperty("EmailTags").EnumerateArray().ToDictionary(tag => tag.GetProperty("Name").GetString()!, tag => tag.GetProperty("Value").GetString()!) };
    }

    private static List<string> Strings(JsonElement of, string name) => [.. of.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    // The far end signs what it got once more, with the key that it knows.
    private static void AssertSigned(FakeRequest request)
    {
        var signed = request.Header("Authorization")!.Split("SignedHeaders=")[1].Split(',')[0].Split(';');
        Assert.Equal(["content-type", "host", "x-amz-date", "x-amz-security-token"], signed);
        var got = new SignedRequest("POST", request.Line.Split(' ')[1], request.Body) { Headers = [.. signed.Select(name => KeyValuePair.Create(name, request.Header(name)!))] };
        var at = DateTimeOffset.ParseExact(request.Header("X-Amz-Date")!, "yyyyMMdd'T'HHmmss'Z'", null, System.Globalization.DateTimeStyles.AssumeUniversal);
        Assert.Equal(request.Header("Authorization"), SigV4.Authorization(got, new(KeyId, new(SecretKey), "eu-central-1", "ses"), at));
        Assert.True(at >= Noon);
    }

    private const string SendEmail = "https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html";
    private const string Common = "https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html";
    private const string Sending = "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html";
    private const string Quotas = "https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html";
    private const string Signing = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html";

    public static TheoryData<string, int, string, string, Verdict, Outcome> Published => new()
    {
        { SendEmail, 400, "AccountSuspendedException", "The message can't be sent because the account's ability to send email has been permanently restricted.", Verdict.TryLater, Outcome.AuthFailed },
        { SendEmail, 400, "BadRequestException", "The input you provided is invalid.", Verdict.Refused, Outcome.ProviderRejected },
        { SendEmail, 400, "LimitExceededException", "There are too many instances of the specified resource type.", Verdict.TryLater, Outcome.Quota },
        { SendEmail, 400, "MailFromDomainNotVerifiedException", "The message can't be sent because the sending domain isn't verified.", Verdict.TryLater, Outcome.ProviderRejected },
        { SendEmail, 400, "MessageRejected", "The message can't be sent because it contains invalid content.", Verdict.Refused, Outcome.ProviderRejected },
        { SendEmail, 404, "NotFoundException", "The resource you attempted to access doesn't exist.", Verdict.TryLater, Outcome.ProviderRejected },
        { SendEmail, 400, "SendingPausedException", "The message can't be sent because the account's ability to send email is currently paused.", Verdict.TryLater, Outcome.AuthFailed },
        { SendEmail, 429, "TooManyRequestsException", "Too many requests have been made to the operation.", Verdict.TryLater, Outcome.RateLimited },
        { Sending, 400, "MessageRejected", "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: ann@example.com", Verdict.TryLater, Outcome.ProviderRejected },
        { Sending, 400, "MessageRejected", "Sending paused for this account. For more information, please check the inbox of the email address associated with your AWS account.", Verdict.TryLater, Outcome.AuthFailed },
        { Quotas, 400, "ThrottlingException", "Daily message quota exceeded", Verdict.TryLater, Outcome.Quota },
        { Quotas, 429, "TooManyRequestsException", "Daily message quota exceeded", Verdict.TryLater, Outcome.Quota },
        { Quotas, 400, "Throttling", "Maximum sending rate exceeded", Verdict.TryLater, Outcome.RateLimited },
        { Common, 400, "AccessDeniedException", "You do not have sufficient access to perform this action.", Verdict.TryLater, Outcome.AuthFailed },
        { Common, 400, "IncompleteSignature", "The request signature does not conform to AWS standards.", Verdict.TryLater, Outcome.AuthFailed },
        { Common, 403, "InvalidClientTokenId", "The X.509 certificate or AWS access key ID provided does not exist in our records.", Verdict.TryLater, Outcome.AuthFailed },
        { Common, 403, "OptInRequired", "The AWS access key ID needs a subscription for the service.", Verdict.TryLater, Outcome.AuthFailed },
        { Common, 403, "ExpiredTokenException", "The security token included in the request is expired", Verdict.TryLater, Outcome.AuthFailed },
        { Common, 500, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure.", Verdict.TryLater, Outcome.HttpError },
        { Common, 503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.", Verdict.TryLater, Outcome.HttpError },
        { Signing, 403, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.", Verdict.TryLater, Outcome.AuthFailed },
        { Signing, 403, "SignatureDoesNotMatch", "Signature expired: 20260301T120000Z is now earlier than 20260301T121000Z (20260301T121500Z - 5 min.)", Verdict.TryLater, Outcome.ProtocolError },
    };

    [Theory, MemberData(nameof(Published))]
    public Task Published_answers_mean_what_their_pages_say(string page, int status, string name, string message, Verdict verdict, Outcome outcome) =>
        IsPublishedAsync(page, Error(status, name, message), verdict, outcome);

    // https://github.com/thewca/worldcubeassociation.org/issues/9467 has the sentence, of a mail by SMTP; that the API says the same behind its exception's name is our guess, and only the words are looked at.
    [Theory]
    [InlineData("MessageRejected", "Transaction failed: Recipient count exceeds 50.", true), InlineData("BadRequestException", "Recipient count exceeds 50.", true)]
    [InlineData("MessageRejected", "The message could not be sent because a recipient is missing.", false), InlineData("BadRequestException", "Invalid recipient.", false)]
    public async Task A_limit_of_SESs_leaves_the_mail_to_another_account(string name, string message, bool limit) =>
        Assert.Equal(limit, Assert.IsType<SendOutcome.Refused>(await AnsweredAsync(Error(400, name, message))).ThisAccountOnly);

    // https://awslabs.github.io/smithy/2.0/aws/protocols/aws-restjson1-protocol.html: the name is in the header or in `__type`, with a namespace before it or a URL behind.
    [Theory]
    [InlineData("x-amzn-ErrorType: AccountSuspendedException", "{}"), InlineData("x-amzn-errortype: AccountSuspendedException:http://x/", "{}"), InlineData("x-amzn-ErrorType: aws.protocoltests#AccountSuspendedException:http://x/", "{}")]
    [InlineData("X-A: 1", """{"__type":"AccountSuspendedException"}"""), InlineData("X-A: 1", """{"__type":"com.amazonaws.sesv2#AccountSuspendedException","Message":"x"}""")]
    public async Task An_errors_name_is_found_wherever_the_protocol_lets_it_stand(string header, string body) =>
        Is(new SendOutcome.TryLater(Outcome.AuthFailed), await AnsweredAsync(FakeReceiver.Answer(400, body, header)));

    [Fact]
    public async Task Without_a_session_and_a_configuration_set_neither_is_sent()
    {
        await using var api = Answering(Answer(MailStory.Takes));
        using var rig = new OutboundRig();
        await Sender(rig).SendAsync(MailGiven.To(Account(api.Url, null, null)), Ct);
        var request = await api.NextAsync(Ct);
        Assert.Null(request.Header("X-Amz-Security-Token"));
        Assert.False(JsonDocument.Parse(request.Body).RootElement.TryGetProperty("ConfigurationSetName", out _));
        Assert.Contains("SignedHeaders=content-type;host;x-amz-date,", request.Header("Authorization"));
        Assert.DoesNotContain(SecretKey, Encoding.Latin1.GetString(request.Body) + string.Join(' ', request.Headers));
    }
}
