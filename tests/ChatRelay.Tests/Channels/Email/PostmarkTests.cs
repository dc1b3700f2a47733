using System.Net.Mail;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Postmark;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Settings;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email;

public sealed partial class PostmarkTests : RestMailConformance
{
    private const string Token = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    private protected override string Id => "0a129aee-e1cd-480d-b08d-4f48548ff48d";
    private protected override string PublicHost => "api.postmarkapp.com";
    private protected override string Path => "/email";
    private protected override IReadOnlyList<string> Credentials => [Token];

    private protected override IChannelSender Sender(OutboundRig rig) => new PostmarkSender(rig.Http, rig.Relay);
    private protected override ProviderAccount Account(Uri? baseUrl) => Account(baseUrl, null);
    private static ProviderAccount.Postmark Account(Uri? baseUrl, string? stream) => new(new(Token), stream) { Id = new(Guid.Empty), BaseUrl = baseUrl };
    private protected override ProviderAccount WithCredential(Uri baseUrl, string credential) => new ProviderAccount.Postmark(new Secret(credential), null) { Id = new(Guid.Empty), BaseUrl = baseUrl };
    private protected override SendOutcome Judge(OutboundReply reply) => PostmarkAnswers.OutcomeOf(reply, "ann@example.com", default);

    // One tag to a message.
    private protected override ArrivedMail Expect(EmailMessage mail)
    {
        var expected = base.Expect(mail);
        return expected with { Tags = [.. expected.Tags.Take(1)], Headers = new Dictionary<string, string>(expected.Headers) { ["X-PM-KeepID"] = "true" } };
    }

    // The pages of the errors stand below, with the rest that they publish.
    private protected override string Answer(MailStory story) => story switch
    {
        // https://postmarkapp.com/developer/api/email-api#send-a-single-email
        MailStory.Takes => FakeReceiver.Answer(200, $$"""{"To":"receiver@example.com","SubmittedAt":"2014-02-17T07:25:01.4178645-05:00","MessageID":"{{Id}}","ErrorCode":0,"Message":"OK"}"""),
        MailStory.RefusesRecipient => Error(422, 406, "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: ann@example.com. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression."),
        MailStory.RefusesContent => Error(422, 411, "Attachment file type not allowed."),
        MailStory.RefusesAccount => Error(401, 10, "Bad or missing API token."),
        MailStory.IsUsedUp => Error(422, 405, "You tried to send from an account that has run out of credits."),
        MailStory.Throttles => Error(429, 429, "Rate Limit Exceeded"),
        _ => Error(503, 100, "Maintenance"),
    };

    private static string Error(int status, int code, string message) => FakeReceiver.Answer(status, JsonSerializer.Serialize(new { ErrorCode = code, Message = message }), $"X-PM-ApiErrorCode: {code}");

    private protected override Task<ArrivedMail> ReadAsync(FakeRequest request)
    {
        Assert.Equal((Token, "application/json", "application/json"), (request.Header("X-Postmark-Server-Token"), request.Header("Content-Type"), request.Header("Accept")));
        return Task.FromResult(Read(JsonDocument.Parse(request.Body).RootElement));
    }

    internal static ArrivedMail Read(JsonElement mail)
    {
        string? Text(string name) => mail.TryGetProperty(name, out var value) ? value.GetString() : null;
        List<Mailbox> Boxes(string name) => Text(name) is { } list ? BoxesOf(list) : [];
        Assert.NotEmpty($"{Text("TextBody")}{Text("HtmlBody")}"); // or it refuses the mail
        return new()
        {
            From = Assert.Single(Boxes("From")),
            To = Boxes("To"),
            Cc = Boxes("Cc"),
            Bcc = [.. Boxes("Bcc").Select(box => box.Email)],
            ReplyTo = Boxes("ReplyTo"),
            Subject = Text("Subject")!,
            Text = Text("TextBody"),
            Html = Text("HtmlBody"),
            Headers = mail.GetProperty("Headers").EnumerateArray().ToDictionary(header => header.GetProperty("Name").GetString()!, header => header.GetProperty("Value").GetString()!),
            Files = [.. mail.GetProperty("Attachments").EnumerateArray().Select(file => ArrivedFile.Of(
                file.GetProperty("Name").GetString()!, file.GetProperty("ContentType").GetString()!,
                file.TryGetProperty("ContentID", out var id) ? id.GetString()!["cid:".Length..] : null, file.GetProperty("Content").GetBytesFromBase64()))],
            Tags = Text("Tag") is { } tag ? [tag] : [],
            Marks = mail.GetProperty("Metadata").EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!),
        };
    }

    /// <summary>`"Ann" &lt;ann@example.com&gt;, …` as the framework's parser reads it; it only leaves the backslashes in.</summary>
    internal static List<Mailbox> BoxesOf(string list)
    {
        var addresses = new MailAddressCollection();
        addresses.Add(list);
        return [.. addresses.Select(address => new Mailbox(address.Address, address.DisplayName.Length > 0 ? Escapes().Replace(address.DisplayName, "$1") : null))];
    }

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escapes();

    private const string Codes = "https://postmarkapp.com/developer/api/overview#error-codes";
    private const string Email = "https://postmarkapp.com/developer/api/email-api";
    private const string OldCodes = "https://github.com/ActiveCampaign/postmark-gem/blob/main/lib/postmark/error.rb";

    public static TheoryData<string, int, int, string, Verdict, Outcome> Published => new()
    {
        { "https://postmarkapp.com/developer/api/bulk-email", 422, 300, "Invalid 'To' address: 'test'.", Verdict.Refused, Outcome.InvalidRecipient },
        { Email, 422, 300, "Error parsing 'To': Illegal email domain 'example' in address 'ann@example'.", Verdict.Refused, Outcome.InvalidRecipient },
        { Email, 422, 300, "Error parsing 'Cc': Illegal email domain 'example' in address 'ann@example'.", Verdict.Refused, Outcome.ProviderRejected },
        { "https://postmarkapp.com/developer/api/bulk-email", 422, 300, "Invalid 'From' address: 'test'.", Verdict.Refused, Outcome.ProviderRejected },
        { OldCodes, 422, 400, "The 'From' address you supplied is not a Sender Signature on your account.", Verdict.TryLater, Outcome.ProviderRejected },
        { OldCodes, 422, 401, "The 'From' address you supplied is a Sender Signature that has not been confirmed.", Verdict.TryLater, Outcome.ProviderRejected },
        { Codes, 422, 402, "Invalid JSON.", Verdict.Refused, Outcome.ProviderRejected },
        { Codes, 422, 403, "Invalid request field(s): 'From'.", Verdict.Refused, Outcome.ProviderRejected },
        { Codes, 422, 405, "You tried to send from an account that has run out of credits.", Verdict.TryLater, Outcome.Quota },
        { Codes, 422, 406, "You tried to send to a recipient that has been marked as inactive.", Verdict.Refused, Outcome.InvalidRecipient },
        { Codes, 422, 411, "Attachment file type not allowed.", Verdict.Refused, Outcome.ProviderRejected },
        { Codes, 422, 412, "While your account is pending approval, all recipient addresses must share the same domain as the From address.", Verdict.TryLater, Outcome.ProviderRejected },
        { Codes, 422, 413, "This account is not approved to send email.", Verdict.TryLater, Outcome.AuthFailed },
        { Codes, 422, 422, "Invalid Server or Account.", Verdict.TryLater, Outcome.AuthFailed },
        { Codes, 422, 1235, "The stream provided: 'unknown-stream' does not exist on this server.", Verdict.TryLater, Outcome.ProviderRejected },
        { Codes, 422, 1236, "Sending is not supported for this stream type.", Verdict.TryLater, Outcome.ProviderRejected },
        { Codes, 422, 1480, "You are not authorized to send emails from your current IP address: 'IP Address'.", Verdict.TryLater, Outcome.AuthFailed },
        { Codes, 401, 10, "Bad or missing API token.", Verdict.TryLater, Outcome.AuthFailed },
        { Codes, 413, 413, "Payload Too Large", Verdict.Refused, Outcome.ProviderRejected },
        { Codes, 415, 409, "JSON required", Verdict.TryLater, Outcome.HttpError },
        { Codes, 503, 100, "Maintenance", Verdict.TryLater, Outcome.HttpError },
        { Codes, 500, 0, "Internal Server Error", Verdict.TryLater, Outcome.HttpError },
        { Codes, 200, 9999, "A code of tomorrow", Verdict.TryLater, Outcome.HttpError },
        { Email, 200, 0, "Message accepted, but delivery may be delayed.", Verdict.Accepted, Outcome.Ok },
    };

    // https://postmarkapp.com/support/article/1180-what-does-errorcode-300-mean has the sentence about recipients.
    [Theory]
    [InlineData(300, "Maximum of 50 recipients allowed per email message", true), InlineData(411, "Attachment file type not allowed.", true)]
    [InlineData(300, "Invalid 'From' address: 'test'.", false), InlineData(403, "Invalid request field(s): 'From'.", false)]
    public async Task A_limit_of_Postmarks_leaves_the_mail_to_another_account(int code, string message, bool limit) =>
        Assert.Equal(limit, Assert.IsType<SendOutcome.Refused>(await AnsweredAsync(Error(422, code, message))).ThisAccountOnly);

    [Theory, MemberData(nameof(Published))]
    public Task Published_answers_mean_what_their_pages_say(string page, int status, int code, string message, Verdict verdict, Outcome outcome) =>
        IsPublishedAsync(page, Error(status, code, message), verdict, outcome);

    // https://github.com/ActiveCampaign/postmark-gem/blob/main/spec/unit/postmark/error_spec.rb has the two forms of the sentence.
    [Theory]
    [InlineData("Message OK, but will not deliver to these inactive addresses: bob@example.com, carol@example.com.")]
    [InlineData("Message OK, but will not deliver to these inactive addresses: bob@example.com. Inactive recipients are ones that have generated a hard bounce or a spam complaint.")]
    public async Task Inactive_copies_do_not_stop_the_mail(string message)
    {
        var accepted = Assert.IsType<SendOutcome.Accepted>(await AnsweredAsync(Error(200, 0, message)));
        Assert.Contains("copies", accepted.Detail);
    }

    [Theory]
    [InlineData("Message OK, but will not deliver to these inactive addresses: bob@example.com, ann@example.com.")]
    [InlineData("Message OK, but will not deliver to these inactive addresses: Ann@Example.com. Inactive recipients are ones that have generated a hard bounce or a spam complaint.")]
    public async Task A_mail_that_only_its_copies_get_did_not_reach_its_recipient(string message) =>
        Is(new SendOutcome.Refused(Outcome.InvalidRecipient) { MaybeSent = true }, await AnsweredAsync(Error(200, 0, message)));

    // Documented for "all recipients"; of some of them nothing is documented, so a copy's address does not condemn the recipient's.
    [Fact]
    public async Task An_inactive_copy_says_nothing_about_the_recipient() =>
        Is(new SendOutcome.Refused(Outcome.ProviderRejected) { MaybeSent = true }, await AnsweredAsync(Error(422, 406,
            "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: bob@example.com. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.")));

    [Theory]
    [InlineData(null, false, "outbound"), InlineData(null, true, "broadcast"), InlineData("receipts", false, "receipts"), InlineData("news", true, "news")]
    public async Task The_stream_is_the_accounts_own_or_Postmarks_default_of_its_kind(string? stream, bool broadcast, string expected)
    {
        await using var api = Answering(Answer(MailStory.Takes));
        using var rig = new OutboundRig();
        await Sender(rig).SendAsync(MailGiven.To(Account(api.Url, stream), MailGiven.Plain with { Broadcast = broadcast }), Ct);
        Assert.Equal(expected, JsonDocument.Parse((await api.NextAsync(Ct)).Body).RootElement.GetProperty("MessageStream").GetString());
    }

    [Fact]
    public async Task Hints_beyond_Postmarks_limits_are_left_out_and_the_mail_goes()
    {
        var mail = MailGiven.Plain with
        {
            Tags = [new string('t', 1001), "good"],
            Metadata = [new(new string('n', 21), "v"), new("value", new string('v', 81)), .. Enumerable.Range(0, 20).Select(i => KeyValuePair.Create($"Key{i % 15}", "v")), new("KEY0", "again")],
        };
        await using var rig = await PlayAsync(MailStory.Takes);
        await rig.SendAsync(mail, Ct);
        var arrived = await rig.ArrivedAsync(Ct);
        Assert.Equal(["good"], arrived.Tags);
        Assert.Equal(["chatrelay_delivery", .. Enumerable.Range(0, 9).Select(i => $"Key{i}")], arrived.Marks.Keys);
    }
}
