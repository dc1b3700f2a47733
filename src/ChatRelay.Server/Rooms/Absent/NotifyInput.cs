using System.Text.Json;
using System.Text.Json.Serialization;
using ChatRelay.Http.Json;
using ChatRelay.Notifications;
using ChatRelay.Protocol;

namespace ChatRelay.Rooms;

/// <summary>How members are told who have not read: after how long, which way, and in which words. Nothing of a message is ever put into them.</summary>
internal sealed record NotifyInput : IRuled
{
    /// <summary>The category of these notifications: by it users switch channels off.</summary>
    public const string Category = "messages";
    private const int MostBytes = 16 * 1024;

    [Between(5, 604_800), Note("Who has not read a message so many seconds after it was sent gets one notification, and no other until they have read.")]
    public required int AfterS { get; init; }

    [Items(1, 8), Note("As of a notification. Without it: email.")]
    public IReadOnlyList<StepInput>? Route { get; init; }

    [Note("Your own words. In subject, text and html {count} stands for how many messages are unread, {room} for the room's name.")]
    public ContentInput? Content { get; init; }

    public void Check(Faults faults)
    {
        AsRequest().Check(faults);
        if (Stored.Length > MostBytes) faults.Add(FaultCodes.TooLarge, "Route and content are at most 16 KB together.");
    }

    [JsonIgnore]
    public string Stored => StoredText.Whole(this);

    /// <summary>As a request to anybody in the room.</summary>
    public NotificationInput AsRequest() => new() { To = new RecipientInput { Room = "ext:room" }, Route = Route, Content = Content, Category = Category };

    /// <summary>What each of the absent gets, as a group stores it.</summary>
    public static string RequestOf(RoomId room, string stored)
    {
        using var document = JsonDocument.Parse(stored);
        var parts = document.RootElement.EnumerateObject().Where(p => p.Name is "route" or "content").Select(p => $",\"{p.Name}\":{p.Value.GetRawText()}");
        return $$"""{"to":{"room":"{{room}}"},"category":"{{Category}}","metadata":{"room":"{{room}}"}{{string.Concat(parts)}}}""";
    }
}
