using ChatRelay.Channels;
using ChatRelay.Protocol;

namespace ChatRelay.Tests.Channels.Email;

/// <summary>What a far end does with a mail. Each provider plays every one of them in its own words.</summary>
public enum MailStory
{
    Takes,
    RefusesRecipient,
    RefusesContent,
    RefusesAccount,
    IsUsedUp,
    Throttles,
    IsDown,
    SaysNothing,
    HangsUp,
    IsNotThere,
    IsForbidden,
}

/// <summary>A sender and its far end, which plays one story.</summary>
internal abstract class MailRig : IAsyncDisposable
{
    /// <summary>How often the far end got a whole mail.</summary>
    public abstract int Arrivals { get; }

    public abstract Task<SendOutcome> SendAsync(EmailMessage mail, CancellationToken ct);

    /// <summary>The next mail that arrived, when it is there whole.</summary>
    public abstract Task<ArrivedMail> ArrivedAsync(CancellationToken ct);

    public abstract void TimePasses(TimeSpan time);

    public abstract ValueTask DisposeAsync();
}

/// <summary>What every way to send mail keeps to. The tests of all providers derive from this.</summary>
public abstract class EmailConformance
{
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    private protected abstract Task<MailRig> PlayAsync(MailStory story);

    /// <summary>A mail as this provider can carry it.</summary>
    private protected virtual ArrivedMail Expect(EmailMessage mail) => ArrivedMail.Of(mail);

    /// <summary>Unless the provider does not say which address it means.</summary>
    private protected virtual SendOutcome RefusedRecipient => new SendOutcome.Refused(Outcome.InvalidRecipient);

    [Fact]
    public async Task Every_field_arrives()
    {
        await using var rig = await PlayAsync(MailStory.Takes);
        await rig.SendAsync(MailGiven.Full, Ct);
        ArrivedMail.AssertSame(Expect(MailGiven.Full), await rig.ArrivedAsync(Ct));
    }

    [Fact]
    public async Task A_mail_without_any_extras_gets_none()
    {
        await using var rig = await PlayAsync(MailStory.Takes);
        await rig.SendAsync(MailGiven.Plain, Ct);
        ArrivedMail.AssertSame(Expect(MailGiven.Plain), await rig.ArrivedAsync(Ct));
    }

    public static TheoryData<string> OddTexts =>
    [
        "a, b; c", "\"quoted\"", "back\\slash", "<x@y.example>", "Zoë Ångström", "李小龍 🎈", "=?utf-8?q?no?=", "'", "a & b </script> + %20 =3D",
        "--boundary", "x@evil.example, y", "\u200bzero", "{{handlebars}} %recipient.name%",
    ];

    [Theory, MemberData(nameof(OddTexts))]
    public async Task Odd_names_subjects_and_bodies_stay_what_they_are(string odd)
    {
        var mail = MailGiven.Plain with
        {
            From = new("shop@acme.example", odd),
            To = new("ann@example.com", odd),
            Cc = [new("bob@example.com", odd)],
            ReplyTo = [new("help@acme.example", odd)],
            Subject = odd,
            Text = $"{odd}\n.\n{odd}",
            Html = $"<p>{odd}</p>",
        };
        await using var rig = await PlayAsync(MailStory.Takes);
        await rig.SendAsync(mail, Ct);
        ArrivedMail.AssertSame(Expect(mail), await rig.ArrivedAsync(Ct));
    }

    [Fact]
    public async Task Ten_megabytes_of_attachment_arrive_byte_by_byte()
    {
        var bytes = new byte[10 * 1024 * 1024];
        new Random(1).NextBytes(bytes);
        var mail = MailGiven.Plain with { Attachments = [new("all.bin", "application/octet-stream", bytes)] };
        await using var rig = await PlayAsync(MailStory.Takes);
        await rig.SendAsync(mail, Ct);
        ArrivedMail.AssertSame(Expect(mail), await rig.ArrivedAsync(Ct));
    }

    [Fact]
    public async Task What_is_taken_is_accepted_under_the_providers_id_and_arrived_once()
    {
        await using var rig = await PlayAsync(MailStory.Takes);
        var accepted = Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(MailGiven.Plain, Ct));
        Assert.False(accepted.MaybeSent);
        Assert.NotNull(accepted.ProviderMessageId);
        Assert.Equal(1, rig.Arrivals);
    }

    [Fact]
    public async Task A_repeat_is_the_same_message()
    {
        await using var rig = await PlayAsync(MailStory.Takes);
        await rig.SendAsync(MailGiven.Full, Ct);
        var first = await rig.ArrivedAsync(Ct);
        rig.TimePasses(TimeSpan.FromMinutes(5));
        await rig.SendAsync(MailGiven.Full, Ct);
        ArrivedMail.AssertSame(first, await rig.ArrivedAsync(Ct));
    }

    [Fact]
    public async Task A_refused_recipient_is_refused_for_good() => Is(RefusedRecipient, await OutcomeOfAsync(MailStory.RefusesRecipient));

    [Fact]
    public async Task Refused_content_is_refused_for_good() => Is(new SendOutcome.Refused(Outcome.ProviderRejected), await OutcomeOfAsync(MailStory.RefusesContent));

    [Fact]
    public async Task A_refused_account_leaves_the_mail_to_another() => Is(new SendOutcome.TryLater(Outcome.AuthFailed), await OutcomeOfAsync(MailStory.RefusesAccount));

    [Fact]
    public async Task A_used_up_account_leaves_the_mail_to_another() => Is(new SendOutcome.TryLater(Outcome.Quota), await OutcomeOfAsync(MailStory.IsUsedUp));

    [Fact]
    public async Task A_throttled_mail_is_tried_later() => Is(new SendOutcome.TryLater(Outcome.RateLimited), await OutcomeOfAsync(MailStory.Throttles));

    [Fact]
    public async Task A_far_end_that_says_it_is_down_is_tried_later()
    {
        var outcome = Assert.IsType<SendOutcome.TryLater>(await OutcomeOfAsync(MailStory.IsDown));
        Assert.True(outcome.Outcome is Outcome.HttpError or Outcome.ProviderRejected);
        Assert.False(outcome.MaybeSent);
    }

    [Fact]
    public async Task A_far_end_that_got_all_and_hangs_up_may_have_it() => Is(new SendOutcome.TryLater(Outcome.ConnectionError) { MaybeSent = true }, await OutcomeOfAsync(MailStory.HangsUp));

    [Fact]
    public async Task A_far_end_that_is_not_there_got_nothing() => Is(new SendOutcome.TryLater(Outcome.ConnectionError), await OutcomeOfAsync(MailStory.IsNotThere));

    [Fact]
    public async Task An_address_that_is_not_opened_is_blocked()
    {
        await using var rig = await PlayAsync(MailStory.IsForbidden);
        Is(new SendOutcome.TryLater(Outcome.BlockedAddress), await rig.SendAsync(MailGiven.Plain, Ct));
        Assert.Equal(0, rig.Arrivals);
    }

    [Fact]
    public async Task A_far_end_that_got_all_and_says_nothing_may_have_it()
    {
        await using var rig = await PlayAsync(MailStory.SaysNothing);
        var sending = rig.SendAsync(MailGiven.Plain, Ct);
        await rig.ArrivedAsync(Ct);
        rig.TimePasses(TimeSpan.FromMinutes(1));
        Is(new SendOutcome.TryLater(Outcome.Timeout) { MaybeSent = true }, await sending);
    }

    [Fact]
    public async Task The_callers_cancellation_is_passed_on()
    {
        await using var rig = await PlayAsync(MailStory.SaysNothing);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.SendAsync(MailGiven.Plain, new CancellationToken(canceled: true)));
        Assert.Equal(0, rig.Arrivals);

        using var leaving = new CancellationTokenSource();
        var sending = rig.SendAsync(MailGiven.Plain, leaving.Token);
        await rig.ArrivedAsync(Ct);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    private async Task<SendOutcome> OutcomeOfAsync(MailStory story)
    {
        await using var rig = await PlayAsync(story);
        return await rig.SendAsync(MailGiven.Plain, Ct);
    }

    private protected static void Is(SendOutcome expected, SendOutcome outcome) =>
        Assert.Equal((expected.GetType(), expected.Outcome, expected.MaybeSent), (outcome.GetType(), outcome.Outcome, outcome.MaybeSent));
}
