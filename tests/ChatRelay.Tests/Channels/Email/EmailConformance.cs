using ChatRelay.Channels;
using ChatRelay.Outbound;
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

    /// <summary>Takes it, in a form from which no id can be read.</summary>
    TakesWithoutId,

    /// <summary>Got all of it, and what comes then is no answer.</summary>
    SaysNonsense,

    /// <summary>An answer without end.</summary>
    SaysTooMuch,
    SaysNothing,

    /// <summary>The same, until the caller has enough of it.</summary>
    IsLeft,
    HangsUp,
    IsNotThere,

    /// <summary>The connection is taken, and nothing follows.</summary>
    NeverBegins,
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

    /// <summary>Back when the far end has all of a mail that it does not answer.</summary>
    public virtual Task HasAllAsync(CancellationToken ct) => ArrivedAsync(ct);

    /// <summary>Back when somebody has connected.</summary>
    public virtual Task IsReachedAsync(CancellationToken ct) => Task.CompletedTask;

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

    /// <summary>Why there is no such story at this provider, where there is none: what it answers at all, every provider plays.</summary>
    private protected virtual string? Lacks(MailStory story) => null;

    [Fact]
    public void A_story_that_a_provider_does_not_play_is_one_that_it_cannot_play()
    {
        Assert.All([MailStory.Takes, MailStory.RefusesRecipient, MailStory.RefusesContent, MailStory.RefusesAccount, MailStory.IsUsedUp, MailStory.Throttles, MailStory.IsDown, MailStory.SaysNothing],
            story => Assert.Null(Lacks(story)));
        foreach (var story in Enum.GetValues<MailStory>())
            if (Lacks(story) is { } why) TestContext.Current.TestOutputHelper!.WriteLine($"{story}: {why}");
    }

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

    [Fact]
    public async Task A_mail_that_is_all_subject_arrives_with_nothing_in_it()
    {
        await using var rig = await PlayAsync(MailStory.Takes);
        Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(MailGiven.Plain with { Text = null }, Ct));
        var arrived = await rig.ArrivedAsync(Ct);
        Assert.Equal(("Hello", true, null), (arrived.Subject, string.IsNullOrWhiteSpace(arrived.Text), arrived.Html));
    }

    /// <summary>What a reader sees where nobody wrote a subject.</summary>
    private protected virtual string NoSubject => "";

    [Theory]
    [InlineData(""), InlineData(" ")]
    public async Task A_mail_without_a_subject_is_taken(string blank)
    {
        await using var rig = await PlayAsync(MailStory.Takes);
        Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(MailGiven.Plain with { Subject = blank }, Ct));
        var arrived = await rig.ArrivedAsync(Ct);
        Assert.Equal((NoSubject, MailGiven.Plain.Text), (arrived.Subject.Trim(), arrived.Text));
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
    public Task A_refused_recipient_is_refused_for_good() => EndsAsync(MailStory.RefusesRecipient, RefusedRecipient);

    [Fact]
    public Task Refused_content_is_refused_for_good() => EndsAsync(MailStory.RefusesContent, new SendOutcome.Refused(Outcome.ProviderRejected));

    [Fact]
    public Task A_refused_account_leaves_the_mail_to_another() => EndsAsync(MailStory.RefusesAccount, new SendOutcome.TryLater(Outcome.AuthFailed));

    [Fact]
    public Task A_used_up_account_leaves_the_mail_to_another() => EndsAsync(MailStory.IsUsedUp, new SendOutcome.TryLater(Outcome.Quota));

    [Fact]
    public Task A_throttled_mail_is_tried_later() => EndsAsync(MailStory.Throttles, new SendOutcome.TryLater(Outcome.RateLimited));

    [Fact]
    public async Task A_far_end_that_says_it_is_down_is_tried_later()
    {
        var outcome = Assert.IsType<SendOutcome.TryLater>(await OutcomeOfAsync(MailStory.IsDown));
        Assert.True(outcome.Outcome is Outcome.HttpError or Outcome.ProviderRejected);
        Assert.False(outcome.MaybeSent);
    }

    [Fact]
    public async Task What_is_taken_in_other_words_is_taken_under_no_id()
    {
        if (await OutcomeOfAsync(MailStory.TakesWithoutId) is not { } outcome) return;
        Assert.Equal((null, false), (Assert.IsType<SendOutcome.Accepted>(outcome).ProviderMessageId, outcome.MaybeSent));
    }

    [Fact]
    public Task What_is_no_answer_leaves_it_open_whether_it_was_taken() => EndsAsync(MailStory.SaysNonsense, new SendOutcome.TryLater(Outcome.ProtocolError) { MaybeSent = true });

    [Fact]
    public async Task An_answer_without_end_ends_and_is_kept_by_its_beginning()
    {
        if (await OutcomeOfAsync(MailStory.SaysTooMuch) is { } outcome) Assert.InRange(outcome.Reply?.Body.Length ?? 0, 0, OutboundExchange.MaxBody);
    }

    [Fact]
    public Task A_far_end_that_got_all_and_hangs_up_may_have_it() => EndsAsync(MailStory.HangsUp, new SendOutcome.TryLater(Outcome.ConnectionError) { MaybeSent = true });

    [Fact]
    public Task A_far_end_that_is_not_there_got_nothing() => EndsAsync(MailStory.IsNotThere, new SendOutcome.TryLater(Outcome.ConnectionError));

    [Fact]
    public async Task A_far_end_that_takes_the_connection_and_nothing_more_got_nothing()
    {
        if (Lacks(MailStory.NeverBegins) is not null) return;
        await using var rig = await PlayAsync(MailStory.NeverBegins);
        var sending = rig.SendAsync(MailGiven.Plain, Ct);
        await rig.IsReachedAsync(Ct);
        rig.TimePasses(TimeSpan.FromMinutes(2));
        Is(new SendOutcome.TryLater(Outcome.Timeout), await sending);
        Assert.Equal(0, rig.Arrivals);
    }

    [Fact]
    public async Task An_address_that_is_not_opened_is_blocked()
    {
        if (Lacks(MailStory.IsForbidden) is not null) return;
        await using var rig = await PlayAsync(MailStory.IsForbidden);
        Is(new SendOutcome.TryLater(Outcome.BlockedAddress), await rig.SendAsync(MailGiven.Plain, Ct));
        Assert.Equal(0, rig.Arrivals);
    }

    [Fact]
    public async Task A_far_end_that_got_all_and_says_nothing_may_have_it()
    {
        await using var rig = await PlayAsync(MailStory.SaysNothing);
        var sending = rig.SendAsync(MailGiven.Plain, Ct);
        await rig.HasAllAsync(Ct);
        rig.TimePasses(TimeSpan.FromMinutes(2));
        Is(new SendOutcome.TryLater(Outcome.Timeout) { MaybeSent = true }, await sending);
    }

    [Fact]
    public async Task A_send_that_was_called_off_before_it_began_leaves_nothing()
    {
        await using var rig = await PlayAsync(MailStory.Takes);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.SendAsync(MailGiven.Plain, new CancellationToken(canceled: true)));
        Assert.Equal(0, rig.Arrivals);
    }

    [Fact]
    public async Task The_callers_cancellation_is_passed_on()
    {
        if (Lacks(MailStory.IsLeft) is not null) return;
        await using var rig = await PlayAsync(MailStory.IsLeft);
        using var leaving = new CancellationTokenSource();
        var sending = rig.SendAsync(MailGiven.Plain, leaving.Token);
        await rig.HasAllAsync(Ct);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    private async Task EndsAsync(MailStory story, SendOutcome expected)
    {
        if (await OutcomeOfAsync(story) is { } outcome) Is(expected, outcome);
    }

    /// <summary>Null when this provider does not play it.</summary>
    private async Task<SendOutcome?> OutcomeOfAsync(MailStory story)
    {
        if (Lacks(story) is not null) return null;
        await using var rig = await PlayAsync(story);
        return await rig.SendAsync(MailGiven.Plain, Ct);
    }

    private protected static void Is(SendOutcome expected, SendOutcome outcome) =>
        Assert.Equal((expected.GetType(), expected.Outcome, expected.MaybeSent), (outcome.GetType(), outcome.Outcome, outcome.MaybeSent));
}
