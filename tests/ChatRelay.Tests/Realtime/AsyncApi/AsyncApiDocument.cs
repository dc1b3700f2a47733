using System.Text.Json.Nodes;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;
using ChatRelay.TestKit.Frames;

namespace ChatRelay.Tests.Realtime.AsyncApi;

/// <summary>The socket as AsyncAPI 3.0: requests from the shapes that read them, what is pushed from the shapes that every test's socket compares with.</summary>
internal static class AsyncApiDocument
{
    public static JsonObject Of(IEnumerable<SocketOp> ops)
    {
        var (book, messages, operations) = (new SchemaBook(), new JsonObject(), new JsonObject());
        foreach (var op in ops.OrderBy(o => o.Name, StringComparer.Ordinal).Prepend(new(Hello.Op, typeof(Hello.Request), null!)))
        {
            var name = string.Concat(op.Name.Split('.', '_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
            messages[$"{name}Request"] = Message($"A request: {op.Name}.", new JsonObject
            {
                ["allOf"] = new JsonArray(book.ForRequest(Shape.Of(op.Input)), new JsonObject { ["properties"] = new JsonObject { ["op"] = new JsonObject { ["const"] = op.Name } } }),
            });
            operations[op.Name] = new JsonObject
            {
                ["action"] = "receive",
                ["channel"] = Ref("#/channels/socket"),
                ["messages"] = new JsonArray(Ref($"#/channels/socket/messages/{name}Request")),
                ["reply"] = new JsonObject { ["channel"] = Ref("#/channels/socket"), ["messages"] = new JsonArray(Ref("#/channels/socket/messages/Answer")) },
            };
        }
        messages["Answer"] = Message("What a request gets, under its `id`: `ok`, or `error` with a code of openapi.yaml.", Answer());
        foreach (var (ev, (shape, says)) in SocketFrames.Pushed)
        {
            var name = string.Concat(ev.Split('.').Select(word => char.ToUpperInvariant(word[0]) + word[1..])) + "Push";
            messages[name] = Message(says, shape.ToSchema());
            operations[$"push.{ev}"] = new JsonObject { ["action"] = "send", ["channel"] = Ref("#/channels/socket"), ["messages"] = new JsonArray(Ref($"#/channels/socket/messages/{name}")) };
        }
        foreach (var (name, schema) in FrameShape.Schemas()) book.Schemas[name] = schema!.DeepClone();
        return new()
        {
            ["asyncapi"] = "3.0.0",
            ["info"] = new JsonObject
            {
                ["title"] = "ChatRelay's socket",
                ["version"] = "v1",
                ["description"] = "Frames of the sub-protocol chatrelay.v1. How they are used, and what a client keeps to miss nothing: docs/socket.md.",
                ["license"] = new JsonObject { ["name"] = "MIT", ["url"] = "https://opensource.org/license/mit" },
            },
            ["servers"] = new JsonObject { ["relay"] = new JsonObject { ["host"] = "127.0.0.1:8080", ["protocol"] = "ws", ["description"] = "The relay; wss behind TLS." } },
            ["defaultContentType"] = "application/json",
            ["channels"] = new JsonObject
            {
                ["socket"] = new JsonObject
                {
                    ["address"] = "/v1/connect",
                    ["description"] = "One JSON object a text frame, of at most 128 KB. The first op is hello, with the token: none stands in a URL.",
                    ["messages"] = new JsonObject(messages.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)Ref($"#/components/messages/{m.Key}")))),
                },
            },
            ["operations"] = operations,
            ["components"] = new JsonObject { ["messages"] = messages, ["schemas"] = book.Schemas },
        };
    }

    private static JsonObject Message(string summary, JsonObject payload) => new() { ["summary"] = summary, ["payload"] = payload };

    private static JsonObject Ref(string to) => new() { ["$ref"] = to };

    private static JsonObject Answer() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("id"),
        ["properties"] = new JsonObject
        {
            ["id"] = new JsonObject { ["type"] = "integer", ["format"] = "int64" },
            ["ok"] = new JsonObject { ["type"] = "object", ["description"] = "By op: docs/socket.md." },
            ["error"] = new JsonObject
            {
                ["type"] = "object",
                ["required"] = new JsonArray("code", "detail", "retryable"),
                ["properties"] = new JsonObject
                {
                    ["code"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. ProblemCode.All.Select(c => (JsonNode)c.Code).Append("epoch_changed")]) },
                    ["detail"] = new JsonObject { ["type"] = "string" },
                    ["pointer"] = new JsonObject { ["type"] = "string" },
                    ["retryable"] = new JsonObject { ["type"] = "boolean" },
                    ["retry_ms"] = new JsonObject { ["type"] = "integer" },
                },
            },
        },
    };
}
