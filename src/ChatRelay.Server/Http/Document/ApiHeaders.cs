using System.Text.Json.Nodes;

namespace ChatRelay.Http.Document;

/// <summary>Headers of answers, as `components/headers`.</summary>
internal static class ApiHeaders
{
    public static JsonObject Shared() => new()
    {
        ["RequestId"] = Header("The id of this request; it finds it in the log.", "req_01jd3m7q8x6zv9k2b4n5c8d1fg"),
        ["RateLimitPolicy"] = Header("The limits that hold for this caller: quota and window in seconds. On answers to a known caller.", "\"tenant\";q=5000;w=5, \"key\";q=5000;w=5"),
        ["RateLimit"] = Header("What is left of the tighter one, and the seconds until there is more. On answers to a known caller.", "\"tenant\";r=4999;t=0"),
        ["RetryAfter"] = Header("How many seconds to wait. Absent where waiting does not help.", "1"),
        ["WwwAuthenticate"] = Header("How to say who is calling.", "Bearer"),
        ["Location"] = Header("Where the object is read.", "/v1/tenants/ten_01jd3m7q8x6zv9k2b4n5c8d1fg"),
        ["IdempotentReplayed"] = Header("`true` when this is the stored answer of an earlier request with the same Idempotency-Key.", "true"),
    };

    public static JsonObject Ref(string name) => new() { ["$ref"] = $"#/components/headers/{name}" };

    public static JsonObject OfEveryAnswer() => new() { ["Request-Id"] = Ref("RequestId") };

    public static JsonObject OfSuccess(ApiOperation operation)
    {
        var headers = OfEveryAnswer();
        if (operation.Access is not Access.Open)
        {
            headers["RateLimit-Policy"] = Ref("RateLimitPolicy");
            headers["RateLimit"] = Ref("RateLimit");
        }
        if (operation.Success.Status is 201 or 202) headers["Location"] = Ref("Location");
        if (operation.KeepsAnswer) headers["Idempotent-Replayed"] = Ref("IdempotentReplayed");
        return headers;
    }

    private static JsonObject Header(string description, string example) => new()
    {
        ["description"] = description,
        ["schema"] = new JsonObject { ["type"] = "string" },
        ["example"] = example,
    };
}
