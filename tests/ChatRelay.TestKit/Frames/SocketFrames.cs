using System.Text.Json;

namespace ChatRelay.TestKit.Frames;

/// <summary>All that a relay says on a socket, as asyncapi.yaml has it. Each frame that a test's socket gets is compared with this.</summary>
internal static class SocketFrames
{
    private const string Entry = "e:text r:text s?:int id:text cid?:text from:sender kind:text type?:text ref?:text reply_to?:text ts:time exp?:time mentions?:[text] metadata?:any body?:any encrypted?:any deleted?:bool ephemeral?:bool";

    /// <summary>What is pushed, by its `ev`, and what it says.</summary>
    public static IReadOnlyDictionary<string, (FrameShape Shape, string Says)> Pushed { get; } = new Dictionary<string, (FrameShape, string)>
    {
        ["msg"] = (FrameShape.Of($"ev:=msg {Entry}"), "The next number of a room; without `s` it is ephemeral."),
        ["skip"] = (FrameShape.Of("ev:=skip r:text e:text from:int to:int"), "Numbers that are not for you, or expired: count them as had."),
        ["head"] = (FrameShape.Of("ev:=head r:text e:text s:int"), "You are behind, or what you may see has changed: sync."),
        ["room"] = (FrameShape.Of("ev:=room r:text e:text state:joined|left|denied|deleted head:int"), "What became of the user's place in a room."),
        ["read"] = (FrameShape.Of("ev:=read r:text e:text user:text s:int"), "How far somebody has read."),
        ["inbox"] = (FrameShape.Of("ev:=inbox e:text s:int id:text state:new|acked|read|archived ts:time exp:time notification:any"), "A notification for this user."),
        ["inbox.state"] = (FrameShape.Of("ev:=inbox.state e:text s:int id:text|null about?:int up_to?:int state:new|acked|read|archived ts:time"), "What became of one, on whatever device; with `up_to`, of all up to a number."),
        ["inbox.skip"] = (FrameShape.Of("ev:=inbox.skip e:text from:int to:int"), "As skip, of the inbox."),
        ["inbox.head"] = (FrameShape.Of("ev:=inbox.head e:text s:int"), "As head, of the inbox."),
        ["inbox.gone"] = (FrameShape.Of("ev:=inbox.gone e:text"), "The inbox was erased: say hello again."),
        ["presence"] = (FrameShape.Of("ev:=presence r:text count:int all?:bool join?:[shown] leave?:[leaver] update?:[shown]"), "Who came, went and changed, at most once a second."),
        ["signal"] = (FrameShape.Of("ev:=signal r?:text sid?:text from:sender to?:devices kind:text show_ms?:int call?:text ts?:time exp?:time data?:any encrypted?:any"), "From somebody in a room, or to this device; in no log."),
        ["ping"] = (FrameShape.Of("ev:=ping"), "A sign of life is wanted: say pong."),
        ["bye"] = (FrameShape.Of("ev:=bye code:int reason:text retry_ms:[int]|null"), "The socket will be closed. `retry_ms` is a least and a most: come back after a random time between them; null: not as you are."),
    };

    /// <summary>Empty if it is as the document says.</summary>
    public static IReadOnlyList<string> Faults(JsonElement frame) =>
        Pushed.TryGetValue(frame.GetProperty("ev").GetString()!, out var known) ? [.. known.Shape.Faults(frame)] : ["no such ev"];
}
