using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.SendGrid;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Settings;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email;

public sealed class SendGridTests : RestMailConformance
{
    private const string Key = "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";

    private protected override string Id => "14c5d75ce93.dfd.64b469";
    private protected override string PublicHost => "api.sendgrid.com";
    private protected override string Path => "/v3/mail/send";
    private protected override IReadOnlyList<string> Credentials => [Key];

    private protected override string NoSubject => "(no subject)";

    private protected override IChannelSender Sender(OutboundRig rig) => new SendGridSender(rig.Http, rig.Relay);
    private protected override ProviderAccount Account(Uri? baseUrl) => new ProviderAccount.SendGrid(new(Key), Eu: false) { Id = new(Guid.Empty), BaseUrl = baseUrl };
    private protected override ProviderAccount WithCredential(Uri baseUrl, string credential) => new ProviderAccount.SendGrid(new Secret(credential), false) { Id = new(Guid.Empty), BaseUrl = baseUrl };
    private protected override SendOutcome Judge(OutboundReply reply) => SendGridAnswers.OutcomeOf(reply, default);

    // The pages of the errors stand below, with the rest that they publish.
    private protected override string Answer(MailStory story) => story switch
    {
        // https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send: 202, no body
        MailStory.Takes => FakeReceiver.Answer(202, "", $"X-Message-Id: {Id}"),
        MailStory.RefusesRecipient => Error(400, "personalizations.0.to.0.email", "Does not contain a valid address."),
        MailStory.RefusesContent => Error(400, "subject", "The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined."),
        MailStory.RefusesAccount => Error(401, null, "The provided authorization grant is invalid, expired, or revoked"),
        MailStory.IsUsedUp => Error(401, null, "Maximum credits exceeded"),
        // https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
        MailStory.Throttles => FakeReceiver.Answer(429, """{"errors":[{"field":null,"message":"too many requests"}]}""", "X-RateLimit-Limit: 150", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1392815263"),
        _ => FakeReceiver.Answer(503),
    };

    private static string Error(int status, string? field, string message) => FakeReceiver.Answer(status,
        JsonSerializer.Serialize(new { errors = new[] { new { message, field, help = (string?)null } } }), "Content-Type: application/json");

    private protected override Task<ArrivedMail> ReadAsync(FakeRequest request)
    {
        Assert.Equal(($"Bearer {Key}", "application/json"), (request.Header("Authorization"), request.Header("Content-Type")));
        var mail = JsonDocument.Parse(request.Body).RootElement;
        var to = Assert.Single(mail.GetProperty("personalizations").EnumerateArray());
        var contents = mail.GetProperty("content").EnumerateArray().Select(part => (part.GetProperty("type").GetString(), part.GetProperty("value").GetString())).ToList();
        Assert.Equal(contents.OrderByDescending(part => part.Item1), contents); // text/plain first
        Assert.NotEmpty(contents); // or it refuses the mail
        Assert.False(string.IsNullOrWhiteSpace(mail.GetProperty("subject").GetString()));
        Assert.All(contents, part => Assert.NotEmpty(part.Item2!));
        return Task.FromResult(new ArrivedMail
        {
            From = Box(mail.GetProperty("from")),
            To = Boxes(to, "to", quotes: true),
            Cc = Boxes(to, "cc", quotes: true),
            Bcc = [.. Boxes(to, "bcc", quotes: true).Select(box => box.Email)],
            ReplyTo = Boxes(mail, "reply_to_list"),
            Subject = mail.GetProperty("subject").GetString()!,
            Text = contents.Find(part => part.Item1 == "text/plain").Item2,
            Html = contents.Find(part => part.Item1 == "text/html").Item2,
            Headers = Pairs(mail, "headers"),
            Files = [.. Items(mail, "attachments").Select(file => ArrivedFile.Of(
                file.GetProperty("filename").GetString()!, file.GetProperty("type").GetString()!,
                file.GetProperty("disposition").GetString() == "inline" ? file.GetProperty("content_id").GetString() : null, file.GetProperty("content").GetBytesFromBase64()))],
            Tags = [.. Items(mail, "categories").Select(tag => tag.GetString()!)],
            Marks = Pairs(mail, "custom_args"),
        });
    }

    private static Mailbox Box(JsonElement box) => new(box.GetProperty("email").GetString()!, box.TryGetProperty("name", out var name) ? name.GetString() : null);

    // What SendGrid reads of a recipient's name: quotes are taken off, and a comma or semicolon outside of them would end it.
    private static List<Mailbox> Boxes(JsonElement of, string list, bool quotes = false) => [.. Items(of, list).Select(Box).Select(box =>
    {
        if (!quotes || box.Name is not { } name || !name.StartsWith('"') || !name.EndsWith('"') || !name.AsSpan().ContainsAny(',', ';')) return box;
        return box with { Name = name[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal) };
    })];

    private static JsonElement[] Items(JsonElement of, string list) => of.TryGetProperty(list, out var items) ? [.. items.EnumerateArray()] : [];

    private static Dictionary<string, string> Pairs(JsonElement of, string name) => of.GetProperty(name).EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!);

    private const string Errors = "https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors";
    private const string Statuses = "https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses";
    private const string Support = "https://support.sendgrid.com/hc/en-us/articles/18322114821403-4XX-API-Errors-and-Troubleshooting-Suggestions";

    public static TheoryData<string, int, string?, string, Verdict, Outcome> Published => new()
    {
        { Errors, 400, "personalizations.0.to", "The to array is required for all personalization objects, and must have at least one email object with a valid email address.", Verdict.Refused, Outcome.InvalidRecipient },
        { Errors, 400, "personalizations.0.cc.0.email", "Does not contain a valid address.", Verdict.Refused, Outcome.ProviderRejected },
        { Errors, 400, "personalizations", "Each unique email address in the personalizations array should only be included once. You have included [email address] more than once.", Verdict.Refused, Outcome.ProviderRejected },
        { Errors, 400, "from.email", "The from email does not contain a valid address.", Verdict.Refused, Outcome.ProviderRejected },
        { Support, 401, null, "The provided authorization grant is invalid, expired, or revoked", Verdict.TryLater, Outcome.AuthFailed },
        { Support, 401, null, "Maximum credits exceeded", Verdict.TryLater, Outcome.Quota },
        { "https://www.twilio.com/docs/api/errors/60604", 401, null, "Authenticated user is not authorized to send mail", Verdict.TryLater, Outcome.AuthFailed },
        { Statuses, 403, "from", "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the Sender Identity requirements", Verdict.TryLater, Outcome.ProviderRejected },
        { Statuses, 403, null, "You are temporarily blocked from sending emails due to repeated bad requests.", Verdict.TryLater, Outcome.RateLimited },
        { Support, 403, null, "access forbidden", Verdict.TryLater, Outcome.AuthFailed },
        { Statuses, 406, null, "Missing Accept header. For example: Accept: application/json", Verdict.TryLater, Outcome.HttpError },
        { "https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send", 413, null, "The JSON payload you have included in your request is too large.", Verdict.Refused, Outcome.ProviderRejected },
        { "https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/errors", 451, null, "Unavailable due to data residency restrictions", Verdict.TryLater, Outcome.HttpError },
        { Statuses, 500, null, "Internal server error", Verdict.TryLater, Outcome.HttpError },
    };

    [Theory, MemberData(nameof(Published))]
    public Task Published_answers_mean_what_their_pages_say(string page, int status, string? field, string message, Verdict verdict, Outcome outcome) =>
        IsPublishedAsync(page, Error(status, field, message), verdict, outcome);

    [Fact]
    public async Task The_european_region_has_an_address_of_its_own()
    {
        using var rig = new OutboundRig();
        await Sender(rig).SendAsync(MailGiven.To(new ProviderAccount.SendGrid(new(Key), Eu: true) { Id = new(Guid.Empty) }), Ct);
        Assert.All(rig.LookUps, name => Assert.Equal("api.eu.sendgrid.com", name));
    }

    [Fact]
    public async Task An_address_stands_in_one_list_only_since_SendGrid_refuses_a_second_time()
    {
        var mail = MailGiven.Plain with { Cc = [new("ANN@example.com"), new("bob@example.com")], Bcc = [new("bob@Example.com", "Bob"), new("carol@example.com")] };
        await using var rig = await PlayAsync(MailStory.Takes);
        await rig.SendAsync(mail, Ct);
        var arrived = await rig.ArrivedAsync(Ct);
        Assert.Equal(["ann@example.com", "bob@example.com", "carol@example.com"], [.. arrived.To.Concat(arrived.Cc).Select(box => box.Email), .. arrived.Bcc]);
    }

    [Fact]
    public async Task An_address_to_reply_to_stands_there_once()
    {
        await using var rig = await PlayAsync(MailStory.Takes);
        await rig.SendAsync(MailGiven.Plain with { ReplyTo = [new("help@acme.example", "Help"), new("sales@acme.example"), new("HELP@acme.example")] }, Ct);
        Assert.Equal([new("help@acme.example", "Help"), new("sales@acme.example")], (await rig.ArrivedAsync(Ct)).ReplyTo);
    }

    // An empty file has no content, and SendGrid asks for one.
    [Theory]
    [InlineData("attachments.0.content", "The attachment content is required", true), InlineData("subject", "The subject is required.", false)]
    public async Task A_file_that_SendGrid_does_not_take_may_go_through_another_account(string field, string message, bool limit) =>
        Assert.Equal(limit, Assert.IsType<SendOutcome.Refused>(await AnsweredAsync(Error(400, field, message))).ThisAccountOnly);

    [Fact]
    public async Task Hints_beyond_SendGrids_limits_are_left_out_and_the_mail_goes()
    {
        var mail = MailGiven.Plain with
        {
            Tags = [.. Enumerable.Range(0, 30).Select(i => $"tag{i}"), new string('x', 256)],
            Metadata = [.. Enumerable.Range(0, 30).Select(i => KeyValuePair.Create($"key{i}", new string('v', 1000)))],
        };
        await using var rig = (RestMailRig)await PlayAsync(MailStory.Takes);
        await rig.SendAsync(mail, Ct);
        var request = await rig.Api.NextAsync(Ct);
        var json = JsonDocument.Parse(request.Body).RootElement;
        Assert.Equal(10, json.GetProperty("categories").GetArrayLength());
        Assert.InRange(json.GetProperty("custom_args").GetRawText().Length, 8000, 9999);
        Assert.Equal(MailGiven.Delivery.ToString(), json.GetProperty("custom_args").GetProperty("chatrelay_delivery").GetString());
    }
}
