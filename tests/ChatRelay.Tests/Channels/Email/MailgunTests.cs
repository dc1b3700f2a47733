using System.Text;
using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Mailgun;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ChatRelay.Tests.Channels.Email;

public sealed class MailgunTests : RestMailConformance
{
    private const string Key = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0"; // the example of Mailgun's own documentation
    private static readonly string Basic = Convert.ToBase64String(Encoding.ASCII.GetBytes($"api:{Key}"));

    private protected override string Id => "20111114174239.25659.5817@samples.mailgun.org";
    private protected override string PublicHost => "api.mailgun.net";
    private protected override string Path => "/v3/mg.acme.example/messages";
    private protected override IReadOnlyList<string> Credentials => [Key, Basic];

    private protected override IChannelSender Sender(OutboundRig rig) => new MailgunSender(rig.Http, rig.Relay, Chance.Seeded(1));
    private protected override ProviderAccount Account(Uri? baseUrl) => new ProviderAccount.Mailgun(new(Key), "mg.acme.example", Eu: false) { Id = new(Guid.Empty), BaseUrl = baseUrl };
    private protected override SendOutcome Judge(OutboundReply reply) => MailgunAnswers.OutcomeOf(reply, default);

    private protected override ProviderAccount WithCredential(Uri baseUrl, string credential) => new ProviderAccount.Mailgun(new Secret(credential), "mg.acme.example", false) { Id = new(Guid.Empty), BaseUrl = baseUrl };

    // An inline file is known by its name alone.
    private protected override ArrivedMail Expect(EmailMessage mail)
    {
        var expected = base.Expect(mail);
        return expected with { Files = [.. expected.Files.Select(file => file.ContentId is { } id ? file with { Name = id } : file)] };
    }

    // The pages of the errors stand below, with the rest that they publish.
    private protected override string Answer(MailStory story) => story switch
    {
        // https://documentation.mailgun.com/docs/mailgun/api-reference/openapi-final/tag/Messages/
        MailStory.Takes => FakeReceiver.Answer(200, $$"""{"id":"<{{Id}}>","message":"Queued. Thank you."}"""),
        MailStory.RefusesRecipient => Error(400, "to parameter is not a valid address. please check documentation"),
        MailStory.RefusesContent => Error(400, "Need at least one of 'text' or 'html' parameters specified"),
        MailStory.RefusesAccount => FakeReceiver.Answer(401, "Forbidden", "Content-Type: text/plain", "WWW-Authenticate: Basic realm=\"MG API\""),
        MailStory.IsUsedUp => Error(400, "Domain mail.example.org is not allowed to send: recipient limit exceeded"),
        MailStory.Throttles => Error(429, "Too many requests"),
        _ => Error(500, "Internal Server Error"),
    };

    private static string Error(int status, string message) => FakeReceiver.Answer(status, JsonSerializer.Serialize(new { message }), "Content-Type: application/json");

    private protected override async Task<ArrivedMail> ReadAsync(FakeRequest request)
    {
        Assert.Equal($"Basic {Basic}", request.Header("Authorization"));
        var (fields, files) = await FormOf(request);
        string? One(string name) => fields.SingleOrDefault(field => field.Key == name).Value;
        List<Mailbox> Boxes(string name) => [.. fields.Where(field => field.Key == name).SelectMany(field => PostmarkTests.BoxesOf(field.Value))];
        Dictionary<string, string> Pairs(string prefix) => fields.Where(field => field.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(field => field.Key[prefix.Length..], field => field.Value);
        Assert.Equal("X-Mailgun-Variables,X-Mailgun-Tag", One("o:suppress-headers")); // marks and tags are nothing for the recipient's eyes
        Assert.NotEmpty($"{One("text")}{One("html")}"); // or it refuses the mail

        var headers = Pairs("h:");
        headers.Remove("Reply-To", out var replyTo);
        return new()
        {
            From = Assert.Single(Boxes("from")),
            To = Boxes("to"),
            Cc = Boxes("cc"),
            Bcc = [.. Boxes("bcc").Select(box => box.Email)],
            ReplyTo = replyTo is null ? [] : PostmarkTests.BoxesOf(replyTo),
            Subject = One("subject")!,
            Text = One("text"),
            Html = One("html"),
            Headers = headers,
            Files = files,
            Tags = [.. fields.Where(field => field.Key == "o:tag").Select(field => field.Value)],
            Marks = Pairs("v:"),
        };
    }

    // Read by the framework's own reader.
    private static async Task<(List<KeyValuePair<string, string>> Fields, List<ArrivedFile> Files)> FormOf(FakeRequest request)
    {
        var type = MediaTypeHeaderValue.Parse(request.Header("Content-Type"));
        Assert.Equal("multipart/form-data", type.MediaType.Value);
        var reader = new MultipartReader(HeaderUtilities.RemoveQuotes(type.Boundary).Value!, new MemoryStream(request.Body));
        var (fields, files) = (new List<KeyValuePair<string, string>>(), new List<ArrivedFile>());
        while (await reader.ReadNextSectionAsync(Ct) is { } part)
        {
            using var body = new MemoryStream();
            await part.Body.CopyToAsync(body, Ct);
            var disposition = part.GetContentDispositionHeader()!;
            var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value!;
            var filename = HeaderUtilities.RemoveQuotes(disposition.FileName).Value!;
            if (disposition.IsFormDisposition()) fields.Add(new(name, Encoding.UTF8.GetString(body.ToArray())));
            else files.Add(ArrivedFile.Of(filename, part.ContentType!, name == "inline" ? filename : null, body.ToArray()));
        }
        return (fields, files);
    }

    private const string Messages = "https://documentation.mailgun.com/docs/mailgun/api-reference/openapi-final/tag/Messages/";
    private const string Responses = "https://documentation.mailgun.com/docs/mailgun/quickstart-guide/responses";
    private const string Recipients = "https://help.mailgun.com/hc/en-us/articles/217531258-Authorized-Recipients";
    private const string Limitation = "https://help.mailgun.com/hc/en-us/articles/115001124753-Account-Sending-Limitation";
    private const string Disabled = "https://help.mailgun.com/hc/en-us/articles/202051664-My-domain-has-been-disabled-Now-what";

    // What it says of domains is as users report it, e.g. github.com/theoomoregbee/US-visa-appointment-notifier/issues/5; the pages tell of the states.
    public static TheoryData<string, int, string, Verdict, Outcome> Published => new()
    {
        { Messages, 400, "'to' parameter is not a valid address. please check documentation", Verdict.Refused, Outcome.InvalidRecipient },
        { Messages, 400, "from parameter is missing", Verdict.Refused, Outcome.ProviderRejected },
        { Messages, 400, "Send options (parameters starting with o:, h:, or v:) are limited to 16 kB total", Verdict.Refused, Outcome.ProviderRejected },
        { Messages, 400, "Too many recipients; max is 1000", Verdict.Refused, Outcome.ProviderRejected },
        { Responses, 401, "Invalid private key", Verdict.TryLater, Outcome.AuthFailed },
        { Responses, 402, "Request Failed", Verdict.TryLater, Outcome.ProviderRejected },
        { Responses, 403, "Forbidden", Verdict.TryLater, Outcome.AuthFailed },
        { Recipients, 403, "Domain sandboxe1164ceef2a340a89c348279b0dde46b.mailgun.org is not allowed to send: Sandbox subdomains are for test purposes only. Please add your own domain or add the address to authorized recipients in Account Settings.", Verdict.TryLater, Outcome.ProviderRejected },
        { Recipients, 403, "Domain mail.example.org is not allowed to send: Free accounts are for test purposes only. Please upgrade or add the address to your authorized recipients.", Verdict.TryLater, Outcome.ProviderRejected },
        { Disabled, 403, "Domain mail.example.org is not allowed to send: Account disabled", Verdict.TryLater, Outcome.AuthFailed },
        { Disabled, 403, "Domain mail.example.org is not allowed to send: Account Inactivity", Verdict.TryLater, Outcome.AuthFailed },
        { Limitation, 400, "Domain mail.example.org is not allowed to send: recipient limit exceeded", Verdict.TryLater, Outcome.Quota },
        { Limitation, 400, "Domain mail.example.org is not allowed to send: You are sending too fast. Your account is on probation and the account has been temporarily disabled.", Verdict.TryLater, Outcome.RateLimited },
        { Responses, 404, "Domain not found: mail.example.org", Verdict.TryLater, Outcome.HttpError },
        { Messages, 413, "Request Entity Too Large", Verdict.Refused, Outcome.ProviderRejected },
        { Responses, 500, "Internal Server Error", Verdict.TryLater, Outcome.HttpError },
    };

    [Theory, MemberData(nameof(Published))]
    public Task Published_answers_mean_what_their_pages_say(string page, int status, string message, Verdict verdict, Outcome outcome) =>
        IsPublishedAsync(page, Error(status, message), verdict, outcome);

    // What Mailgun says, with 200, to a POST at a path that is none of its API's (github.com/anymail/django-anymail, backends/mailgun.py).
    [Fact]
    public async Task The_page_behind_a_wrong_path_took_nothing_although_it_says_200() =>
        Is(new SendOutcome.TryLater(Outcome.HttpError), await AnsweredAsync(FakeReceiver.Answer(200, "Mailgun Magnificent API", "Content-Type: text/html")));

    [Fact]
    public async Task The_european_region_has_an_address_of_its_own()
    {
        using var rig = new OutboundRig();
        await Sender(rig).SendAsync(MailGiven.To(new ProviderAccount.Mailgun(new(Key), "mg.acme.example", Eu: true) { Id = new(Guid.Empty) }), Ct);
        Assert.All(rig.LookUps, name => Assert.Equal("api.eu.mailgun.net", name));
    }

    [Theory]
    [InlineData("../../v3/domains"), InlineData("a/b"), InlineData("a?b"), InlineData("a#b"), InlineData("a b")]
    public async Task A_domain_stays_one_part_of_the_path(string domain)
    {
        await using var api = Answering(Answer(MailStory.Takes));
        using var rig = new OutboundRig();
        await Sender(rig).SendAsync(MailGiven.To(new ProviderAccount.Mailgun(new(Key), domain, Eu: false) { Id = new(Guid.Empty), BaseUrl = api.Url }), Ct);
        Assert.Equal($"POST /hook/v3/{Uri.EscapeDataString(domain)}/messages HTTP/1.1", (await api.NextAsync(Ct)).Line);
    }

    public static TheoryData<string> HostileNames => ["a\"; name=\"to", "a\r\nX: y", "a\r\n\r\nbody", "a\\", "../../etc/passwd", "a\0b", "Größe 你好.txt"];

    [Theory, MemberData(nameof(HostileNames))]
    public async Task Names_of_files_and_fields_cannot_leave_their_quotes(string name)
    {
        var mail = MailGiven.Plain with
        {
            Attachments = [new(name, "text/plain\r\nX: y", "one"u8.ToArray()), new("x", name, "two"u8.ToArray(), ContentId: name)],
            Metadata = [new(name, "value")],
        };
        await using var rig = (RestMailRig)await PlayAsync(MailStory.Takes);
        await rig.SendAsync(mail, Ct);
        var (fields, files) = await FormOf(await rig.Api.NextAsync(Ct));
        Assert.Equal(2, files.Count);
        Assert.All(files, file => Assert.True(!file.Name.Contains('/', StringComparison.Ordinal) && !file.Name.Any(char.IsControl)));
        Assert.Equal(["from", "to", "subject", "text", "h:Message-ID", "o:suppress-headers", "v:chatrelay_delivery"], fields.Select(field => field.Key).SkipLast(1));
        Assert.StartsWith("v:", fields[^1].Key);
    }

    [Fact]
    public async Task Hints_beyond_Mailguns_limits_are_left_out_and_the_mail_goes()
    {
        var mail = MailGiven.Plain with { Tags = ["a", "b", "b", new string('x', 129), "c", "d"], Metadata = [.. Enumerable.Range(0, 30).Select(i => KeyValuePair.Create($"key{i}", new string('v', 1000)))] };
        await using var rig = await PlayAsync(MailStory.Takes);
        await rig.SendAsync(mail, Ct);
        var arrived = await rig.ArrivedAsync(Ct);
        Assert.Equal(["a", "b", "c"], arrived.Tags);
        Assert.InRange(arrived.Marks.Sum(mark => mark.Key.Length + mark.Value.Length), 10_000, 16_000);
        Assert.Contains(MailParts.DeliveryMark, arrived.Marks.Keys);
    }
}
