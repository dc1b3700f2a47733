using System.Text;
using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Mailgun;
using ChatRelay.Channels.Email.Postmark;
using ChatRelay.Channels.Email.Rest;
using ChatRelay.Channels.Email.SendGrid;
using ChatRelay.Channels.Email.Ses;

namespace ChatRelay.Tests.Channels.Email;

public sealed class RentedBodyTests
{
    private const int Megabyte = 1024 * 1024;
    private static readonly EmailMessage Large = MailGiven.Full with { Attachments = [new("a.bin", "application/octet-stream", new byte[10 * Megabyte])] };

    public static TheoryData<string> Providers => ["sendgrid", "postmark", "mailgun", "ses"];

    // On this thread only, so that what runs beside it is not counted. The best of a few: a collection may empty the pool in between.
    [Theory, MemberData(nameof(Providers))]
    public async Task Ten_megabytes_are_encoded_once_into_an_array_that_was_there_before(string provider)
    {
        await WriteAsync(provider);
        var least = long.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var (thread, before) = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
            await WriteAsync(provider); // never really waits
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.InRange(least, 0, Megabyte);
    }

    private static async Task WriteAsync(string provider)
    {
        switch (provider)
        {
            case "sendgrid":
                RentedBody.OfJson(SendGridMessage.Of(Large, MailGiven.Delivery), SendGridJson.Default.SendGridMessage, RentedBody.Expect(Large)).Dispose();
                break;
            case "postmark":
                RentedBody.OfJson(PostmarkMessage.Of(Large, MailGiven.Delivery, null), PostmarkJson.Default.PostmarkMessage, RentedBody.Expect(Large)).Dispose();
                break;
            case "mailgun":
                using (var body = new RentedBody(RentedBody.Expect(Large))) MailgunMessage.Of(Large, MailGiven.Delivery).WriteTo(new(body, "boundary"));
                break;
            default:
                var request = SendEmailRequest.Of(Large, MailGiven.Delivery, null, default);
                using (var body = new RentedBody((int)(request.Content.Raw.Data.Size / 3 * 4) + 4096)) await request.WriteToAsync(body, TestContext.Current.CancellationToken);
                break;
        }
    }

    [Theory]
    [InlineData("\"\\\n\t"), InlineData("你好"), InlineData("<&>'+")]
    public void A_body_that_was_guessed_too_small_grows_and_loses_nothing(string unit)
    {
        var mail = MailGiven.Plain with { Text = string.Concat(Enumerable.Repeat(unit, 200_000)) };
        using var body = RentedBody.OfJson(SendGridMessage.Of(mail, MailGiven.Delivery), SendGridJson.Default.SendGridMessage, 16);
        Assert.Equal(mail.Text, JsonDocument.Parse(body.Written).RootElement.GetProperty("content")[0].GetProperty("value").GetString());
    }

    [Fact]
    public void Markup_is_not_blown_up()
    {
        var mail = MailGiven.Plain with { Html = string.Concat(Enumerable.Repeat("<b>&</b>", 10_000)) };
        using var body = RentedBody.OfJson(PostmarkMessage.Of(mail, MailGiven.Delivery, null), PostmarkJson.Default.PostmarkMessage, RentedBody.Expect(mail));
        Assert.InRange(body.Written.Length, 80_000, 82_000);
        Assert.Contains("<b>&</b>", Encoding.UTF8.GetString(body.Written.Span));
    }
}
