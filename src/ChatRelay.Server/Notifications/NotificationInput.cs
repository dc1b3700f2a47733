using System.Text.Json.Serialization;
using ChatRelay.Deliveries;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.UserTokens;

namespace ChatRelay.Notifications;

/// <summary>A notification as a client asks for it.</summary>
internal sealed record NotificationInput : IRuled
{
    public required RecipientInput To { get; init; }

    [Items(1, 8), Note("Ordered steps. Without it: webhook if to.webhook is given, otherwise email.")]
    public IReadOnlyList<StepInput>? Route { get; init; }

    public ContentInput? Content { get; init; }

    [Text(1, 64)]
    public string? Category { get; init; }

    [ExternalId, Note("The user whose doing it is: nobody gets it who mutes or blocks them.")]
    public string? From { get; init; }
    public Priority Priority { get; init; } = Priority.Normal;

    [Note("Not before this time; at most 90 days ahead.")]
    public DateTimeOffset? SendAt { get; init; }

    [Note("What has not begun by then is not begun any more.")]
    public DateTimeOffset? ExpiresAt { get; init; }

    [ExternalId]
    public string? ExternalId { get; init; }

    [Items(0, 20), Text(1, 64), Unique]
    public IReadOnlyList<string> Tags { get; init; } = [];

    [MaxBytes(4096)]
    public RawJson? Metadata { get; init; }

    /// <summary>The time of a step; a device has half a minute when another step follows, and until the expiry when none does.</summary>
    public int? WithinOf(int step) => Steps[step].WithinS ?? (Steps[step].Channel is ChannelKind.Websocket && step + 1 < Steps.Count ? StepInput.UsualScreenTime : null);

    public IReadOnlyList<StepInput> Steps => Route ?? [new StepInput { Channel = To.Webhook is not null ? ChannelKind.Webhook : ChannelKind.Email }];

    public void Check(Faults faults)
    {
        if (ExpiresAt is { } expires && SendAt is { } send && expires <= send) faults.Add("expires_at", FaultCodes.NotAllowed, "Expected a time after send_at.");
        if (Route is null) CheckPlain(faults);
        else for (var i = 0; i < Route.Count; i++) Route[i].CheckPlace(this, i, faults);
    }

    // Without a route there is no step to point at: what is missing is missing in the notification itself.
    private void CheckPlain(Faults faults)
    {
        var mail = To.Webhook is null;
        if (mail && !To.MayHaveAddress)
        {
            using var to = faults.In("to");
            faults.Add("email", FaultCodes.Missing, "Expected email, a user or webhook: without a route it goes to one of them.");
        }
        if (Content is null)
        {
            faults.Add("content", FaultCodes.Missing, "Expected content.");
        }
        else if (mail)
        {
            using var content = faults.In("content");
            if (Content.Subject is null) faults.Add("subject", FaultCodes.Missing, "A mail needs a subject.");
            if (Content.Text is null && Content.Html is null) faults.Add("text", FaultCodes.Missing, "A mail needs text or html.");
        }
    }
}

/// <summary>Whom it is for, and where that person or system is reached.</summary>
internal sealed record RecipientInput : IRuled
{
    [ExternalId]
    public string? User { get; init; }
    public EmailAddress? Email { get; init; }
    public WebhookTarget? Webhook { get; init; }

    [Items(1, 100), ExternalId, Unique, Note("One notification for each, under one grp_ id.")]
    public IReadOnlyList<string>? Users { get; init; }

    [Text(1, 132), Note("room_…, or ext: and your own id: one notification for each member, under one grp_ id. They are made after the answer.")]
    public string? Room { get; init; }

    [Items(1, 1_000), ExternalId, Unique, Note("Members of the room who get none.")]
    public IReadOnlyList<string>? Except { get; init; }

    /// <summary>It says an address, or names somebody whose record may have one.</summary>
    [JsonIgnore]
    public bool MayHaveAddress => Email is not null || User is not null || Users is not null || Room is not null;

    /// <summary>As one of several stores it: nobody's notification names the others.</summary>
    public RecipientInput For(string? user) => Users is null && Room is null ? this : this with { User = user, Users = null, Except = null };

    public void Check(Faults faults)
    {
        CheckRoom(faults);
        if (User is not null && Users is not null) faults.Add("users", FaultCodes.NotAllowed, "Expected user or users, not both.");
        if (Users is not null && Email is not null) faults.Add("email", FaultCodes.NotAllowed, "One address cannot be everybody's: not together with users.");
        if (User is null && Users is null && Room is null && Email is null && Webhook is null) faults.Add(FaultCodes.Missing, "Expected user, users, room, email or webhook.");
    }

    private void CheckRoom(Faults faults)
    {
        if (Except is not null && Room is null) faults.Add("except", FaultCodes.NotAllowed, "Only of a room's members can some be left out.");
        if (Room is null) return;
        if (!RoomName.Allows(Room)) faults.Add("room", FaultCodes.InvalidFormat, "Expected room_…, or ext: and your own id.");
        if (User is not null || Users is not null) faults.Add("room", FaultCodes.NotAllowed, "Expected user, users or room, one of them.");
        if (Email is not null) faults.Add("email", FaultCodes.NotAllowed, "One address cannot be everybody's: not together with a room.");
    }
}

/// <summary>An endpoint, or a bare URL that is signed with the secret of its origin.</summary>
internal sealed record WebhookTarget : IRuled
{
    public EndpointId? Endpoint { get; init; }

    [Text(1, 2048)]
    public string? Url { get; init; }

    public void Check(Faults faults)
    {
        if (Endpoint is null == Url is null) faults.Add(FaultCodes.NotAllowed, "Expected endpoint or url, one of the two.");
    }
}

/// <summary>One step of a route.</summary>
internal sealed record StepInput
{
    public const int UsualScreenTime = 30;

    public required ChannelKind Channel { get; init; }

    [Note("What the step must reach: accepted, delivered or read. The default depends on the channel.")]
    public Until? Until { get; init; }

    [Between(1, 2_592_000), Note("How long the step has, counted from its beginning. A websocket step has 30 s when another follows.")]
    public int? WithinS { get; init; }

    [Note("Websocket only: leave the step out when the user is, or is not, connected as it begins.")]
    public SkipIf? SkipIf { get; init; }

    [Items(1, 10), Unique]
    public IReadOnlyList<ProviderId>? Providers { get; init; }

    [Note("What follows when a mail may have gone out and nobody answered for it.")]
    public OnUnknown OnUnknown { get; init; }

    [Note("Laid over the common content, member by member.")]
    public ContentInput? Content { get; init; }

    [JsonIgnore]
    public Until Goal => Until ?? (Channel is ChannelKind.Websocket ? Deliveries.Until.Delivered : Deliveries.Until.Accepted);

    public void CheckPlace(NotificationInput of, int index, Faults faults)
    {
        using var _ = faults.In("route", index);
        var allowed = Channel switch
        {
            ChannelKind.Websocket => (Until[])[Deliveries.Until.Delivered, Deliveries.Until.Read],
            ChannelKind.Email => [Deliveries.Until.Accepted, Deliveries.Until.Delivered],
            _ => [Deliveries.Until.Accepted],
        };
        if (!allowed.Contains(Goal)) faults.Add("until", FaultCodes.NotAllowed, $"A {Words.Of(Channel)} step can wait for {string.Join(" or ", allowed.Select(a => Words.Of(a)))}.");
        if (index + 1 < of.Steps.Count && WithinS is null && Goal > allowed[0]) faults.Add("within_s", FaultCodes.Missing, "A step that waits longer than by default needs within_s when another follows.");
        if (SkipIf is not null && Channel is not ChannelKind.Websocket) faults.Add("skip_if", FaultCodes.NotAllowed, "Only a websocket step can be skipped so.");
        if (Providers is not null && Channel is not ChannelKind.Email) faults.Add("providers", FaultCodes.NotAllowed, "Only an email step has providers.");
        if (OnUnknown is not OnUnknown.Hold && Channel is not ChannelKind.Email) faults.Add("on_unknown", FaultCodes.NotAllowed, "Only an email step can be in doubt.");
        if (Channel is ChannelKind.Websocket && of.To is { User: null, Users: null, Room: null }) faults.Add("channel", FaultCodes.NotAllowed, "A websocket step needs to.user, to.users or to.room.");
        if (Channel is ChannelKind.Email && !of.To.MayHaveAddress) faults.Add("channel", FaultCodes.NotAllowed, "An email step needs to.email, or a user.");
        if (Channel is ChannelKind.Webhook && of.To.Webhook is null) faults.Add("channel", FaultCodes.NotAllowed, "A webhook step needs to.webhook.");
        if (Content is null && of.Content is null) faults.Add("content", FaultCodes.Missing, "Expected content, here or for all steps.");
        else if (Channel is ChannelKind.Email && (Content?.Subject ?? of.Content?.Subject) is null) faults.Add("content", FaultCodes.Missing, "An email step needs a subject.");
        else if (Channel is ChannelKind.Email && (Content?.Text ?? of.Content?.Text ?? Content?.Html ?? of.Content?.Html) is null) faults.Add("content", FaultCodes.Missing, "An email step needs text or html.");
    }
}
