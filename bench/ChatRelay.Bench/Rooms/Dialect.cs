using System.Text;

namespace ChatRelay.Bench.Rooms;

/// <summary>What a server's clients say and hear, as much of it as a reader needs: how it opens, what is a message, what wants an answer.</summary>
internal abstract class Dialect
{
    /// <summary>A path and its query, with the rooms where they stand there.</summary>
    protected abstract string PathOf(int reader, int[] rooms);

    protected virtual string MoreHeaders => "";

    /// <summary>Messages are posted over HTTP; otherwise a socket without rooms says them.</summary>
    public virtual bool PostsOverHttp => false;

    /// <summary>The upgrade's answer is all there is to wait for.</summary>
    public virtual bool ReadyWhenUpgraded => false;

    /// <summary>The first frame, sent when the upgrade was answered.</summary>
    public virtual byte[]? Greeting(int reader, int[] rooms) => null;

    /// <summary>While it opens: null to wait on, empty when it reads its rooms, else what is to be said next.</summary>
    public virtual byte[]? Next(ReadOnlySpan<byte> heard, int reader, int[] rooms) => null;

    /// <summary>How many messages a frame of so many bytes bears; frames without any are short.</summary>
    public virtual int MessagesIn(int bytes) => bytes >= Body.Bytes ? 1 : 0;

    /// <summary>Of a frame that is as long as a message: whether it is one. Where nothing else is that long, nobody looks.</summary>
    public virtual bool IsMessage(ReadOnlySpan<byte> heard) => true;

    /// <summary>What a frame without messages wants to hear.</summary>
    public virtual byte[]? AnswerTo(ReadOnlySpan<byte> heard) => null;

    /// <summary>A request, or a frame, that publishes one message now.</summary>
    public abstract byte[] Message(int room, ReadOnlySpan<byte> body);

    public byte[] Upgrade(int reader, int[] rooms) => Encoding.ASCII.GetBytes(
        $"GET {PathOf(reader, rooms)} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{MoreHeaders}\r\n");

    protected static string Query(IEnumerable<int> rooms) => string.Join('&', rooms.Select(room => $"room=r{room}"));
}
