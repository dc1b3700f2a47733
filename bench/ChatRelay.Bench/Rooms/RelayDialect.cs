using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.TestKit.Load;
using ChatRelay.UserTokens;

namespace ChatRelay.Bench.Rooms;

/// <summary>
/// The relay's sockets: each reader is a user of its own whose token, signed by the tenant, grants its rooms; they are channels, so there are no member rows.
/// Messages are posted with an API key, and durable before anybody hears of them. Members need no grants, want to know who is there, and say more than a reader does.
/// </summary>
internal sealed class RelayDialect(string tenant, string key, string secret, string[] rooms, bool members = false) : Dialect
{
    public const string Kid = "bench";
    private static readonly byte[] Header = Encoding.ASCII.GetBytes($$"""{"alg":"HS256","kid":"{{Kid}}","typ":"cr+jwt"}""");
    private readonly byte[] secret = Encoding.ASCII.GetBytes(secret);
    private readonly TenantId tenant = RelayId.TryParse<TenantId>(tenant, out var id) ? id : throw new ArgumentException(tenant, nameof(tenant));

    protected override string PathOf(int reader, int[] mine) => "/v1/connect";
    protected override string MoreHeaders => "Sec-WebSocket-Protocol: chatrelay.v1\r\n";
    public override bool PostsOverHttp => true;

    public override byte[] Greeting(int reader, int[] mine)
    {
        var resume = new JsonObject { ["rooms"] = new JsonObject(mine.Select(room => KeyValuePair.Create<string, JsonNode?>(rooms[room], null))) };
        var hello = new JsonObject { ["id"] = 1, ["op"] = "hello", ["v"] = 1, ["token"] = TokenOf(reader, mine), ["resume"] = resume };
        if (members) hello["presence"] = "list";
        return Frame.Of(Frame.Text, Encoding.ASCII.GetBytes(hello.ToJsonString()));
    }

    public override byte[]? Next(ReadOnlySpan<byte> heard, int reader, int[] mine) =>
        heard.IndexOf("\"ok\""u8) >= 0 && heard.IndexOf("denied"u8) < 0 ? [] : throw new IOException($"hello: {Encoding.UTF8.GetString(heard)}");

    public override bool IsMessage(ReadOnlySpan<byte> heard) => !members || Body.IsIn(heard);

    public override byte[]? AnswerTo(ReadOnlySpan<byte> heard)
    {
        if (members && heard.StartsWith("{\"id\":"u8) && heard.IndexOf("\"error\""u8) >= 0) throw new IOException($"refused: {Encoding.UTF8.GetString(heard)}");
        return heard.IndexOf("\"ping\""u8) >= 0 ? Frame.Of(Frame.Text, "{\"op\":\"pong\"}"u8) : null;
    }

    public byte[] Typing(int room) => Say(new() { ["op"] = "signal", ["r"] = rooms[room], ["kind"] = "typing" });

    public byte[] Read(int room, long number) => Say(new() { ["op"] = "read", ["r"] = rooms[room], ["s"] = number });

    public byte[] React(int room, string message, bool takesBack) => Say(new() { ["op"] = takesBack ? "unreact" : "react", ["r"] = rooms[room], ["msg"] = message, ["key"] = "+1" });

    public static byte[] Shows(string status) => Say(new() { ["op"] = "presence", ["status"] = status });

    private static byte[] Say(JsonObject op)
    {
        op["id"] = 2;
        return Frame.Of(Frame.Text, Encoding.ASCII.GetBytes(op.ToJsonString()));
    }

    public override byte[] Message(int room, ReadOnlySpan<byte> body) => HttpLoad.Post($"/v1/rooms/{rooms[room]}/messages", key, [.. "{\"body\":"u8, .. body, .. "}"u8]);

    private string TokenOf(int reader, int[] mine)
    {
        var now = new RelayClock(TimeProvider.System).GetUtcNow();
        var token = new UserToken(tenant, TenantEnvironment.Live, $"{reader}", now, now.AddHours(12))
        {
            User = $"u{reader}",
            Rooms = members ? null : [.. mine.Select(room => new RoomGrant(rooms[room], RoomRights.Read))],
        };
        return TokenText.Write(Header, TokenClaims.Write(token), text => HMACSHA256.HashData(secret, text));
    }
}
