using System.Text;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Rooms;

/// <summary>SignalR's JSON over WebSocket, without negotiation: records that end with 0x1e, several in a frame when they are many.</summary>
internal sealed class HubDialect : Dialect
{
    // A record that bears a message: what is around a body of that length.
    private static readonly int OneMessage = Encoding.ASCII.GetByteCount("""{"type":1,"target":"m","arguments":[]}""" + "\u001e") + Body.Bytes;

    protected override string PathOf(int reader, int[] rooms) => $"/hub?{Query(rooms)}";
    public override byte[] Greeting(int reader, int[] rooms) => Frame.Of(Frame.Text, "{\"protocol\":\"json\",\"version\":1}\u001e"u8);
    public override byte[]? Next(ReadOnlySpan<byte> heard, int reader, int[] rooms) => heard.IndexOf("ready"u8) >= 0 ? [] : null;
    public override int MessagesIn(int bytes) => bytes / OneMessage; // a ping among them is shorter than any rest

    public override byte[] Message(int room, ReadOnlySpan<byte> body) =>
        Frame.Of(Frame.Text, [.. Encoding.ASCII.GetBytes($$"""{"type":1,"target":"Publish","arguments":["r{{room}}","""), .. body, .. "]}\u001e"u8]);
}

/// <summary>engine.io's packets with socket.io's in them.</summary>
internal sealed class SocketIoDialect : Dialect
{
    protected override string PathOf(int reader, int[] rooms) => "/socket.io/?EIO=4&transport=websocket";

    public override byte[]? Next(ReadOnlySpan<byte> heard, int reader, int[] rooms) => heard switch
    {
        [(byte)'0', ..] => Frame.Of(Frame.Text, Encoding.ASCII.GetBytes($$"""40{"rooms":[{{string.Join(',', rooms.Select(room => $"\"r{room}\""))}}]}""")),
        [(byte)'4', (byte)'0', ..] => [],
        _ => throw new IOException(Encoding.ASCII.GetString(heard)),
    };

    public override byte[]? AnswerTo(ReadOnlySpan<byte> heard) => heard is [(byte)'2'] ? Frame.Of(Frame.Text, "3"u8) : null;

    public override byte[] Message(int room, ReadOnlySpan<byte> body) =>
        Frame.Of(Frame.Text, [.. Encoding.ASCII.GetBytes($"""42["publish","r{room}","""), .. body, .. "]"u8]);
}

/// <summary>What bench/node/rooms.mjs makes of npm ws.</summary>
internal sealed class BareWsDialect : Dialect
{
    protected override string PathOf(int reader, int[] rooms) => $"/?{Query(rooms)}";
    public override byte[]? Next(ReadOnlySpan<byte> heard, int reader, int[] rooms) => [];
    public override byte[] Message(int room, ReadOnlySpan<byte> body) => Frame.Of(Frame.Text, [.. Encoding.ASCII.GetBytes($"r{room} "), .. body]);
}

/// <summary>nchan's own locations: a channel or two by the query, messages posted.</summary>
internal sealed class NchanDialect : Dialect
{
    protected override string PathOf(int reader, int[] rooms) => rooms is [var a, var b] ? $"/sub2?a=r{a}&b=r{b}" : $"/sub?a=r{rooms[0]}";
    public override bool PostsOverHttp => true;
    public override bool ReadyWhenUpgraded => true;
    public override byte[] Message(int room, ReadOnlySpan<byte> body) => HttpLoad.Post($"/pub?id=r{room}", null, body);
}
