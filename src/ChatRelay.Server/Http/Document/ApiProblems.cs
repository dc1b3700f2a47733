using System.Text.Json.Nodes;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Http.Document;

/// <summary>The refusals of an operation: those that its kind always has, and its own. One response for each status.</summary>
internal sealed class ApiProblems
{
    private static readonly ProblemCode[] OfAll = [ProblemCode.InvalidParameter, ProblemCode.UriTooLong, ProblemCode.HeadersTooLarge, ProblemCode.Internal, ProblemCode.Unavailable];
    private static readonly ProblemCode[] OfKnownCallers = [ProblemCode.Unauthorized, ProblemCode.KeyExpired, ProblemCode.KeyRevoked, ProblemCode.Forbidden, ProblemCode.RateLimited];
    private static readonly ProblemCode[] OfBodies = [ProblemCode.InvalidJson, ProblemCode.PayloadTooLarge, ProblemCode.UnsupportedMediaType, ProblemCode.ValidationFailed];
    private static readonly ProblemCode[] OfKeptAnswers = [ProblemCode.InvalidIdempotencyKey, ProblemCode.IdempotencyInProgress];

    /// <summary>`components/responses`: operations that refuse alike share them.</summary>
    public JsonObject Responses { get; } = [];

    public static IReadOnlyList<ProblemCode> CodesOf(ApiOperation operation)
    {
        var codes = new List<ProblemCode>(OfAll);
        if (operation.Access is not (Access.Open or Access.TokenInBody)) codes.AddRange(OfKnownCallers);
        if (operation.Access is Access.Tenant) codes.AddRange([ProblemCode.MissingScope, ProblemCode.TenantSuspended]);
        if (operation.Body is not null) codes.AddRange(OfBodies);
        if (operation.KeepsAnswer) codes.AddRange(OfKeptAnswers);
        if (operation is { KeepsAnswer: true, Body: not null }) codes.Add(ProblemCode.IdempotencyKeyReused);
        if (operation.Query.Any(p => p.Name is "after" or "before")) codes.Add(ProblemCode.InvalidCursor);
        if (operation.Access is not Access.Open && operation.PathParameters.Any(p => p.Type != typeof(PathUser))) codes.Add(ProblemCode.NotFound); // whoever is named is a user
        codes.AddRange(operation.Refusals.Codes);
        return [.. codes.Distinct().OrderBy(c => c.Status).ThenBy(c => c.Code, StringComparer.Ordinal)];
    }

    public void AddTo(JsonObject responses, ApiOperation operation)
    {
        foreach (var status in CodesOf(operation).GroupBy(c => c.Status))
        {
            var name = string.Concat(status.Select(c => string.Concat(c.Code.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]))));
            if (Responses[name] is null) Responses[name] = Response([.. status]);
            responses[$"{status.Key}"] = new JsonObject { ["$ref"] = $"#/components/responses/{name}" };
        }
    }

    private static JsonObject Response(ProblemCode[] codes)
    {
        var status = codes[0].Status;
        var headers = ApiHeaders.OfEveryAnswer();
        if (status is 429 or 503 || codes.Contains(ProblemCode.IdempotencyInProgress)) headers["Retry-After"] = ApiHeaders.Ref("RetryAfter");
        if (status == 401) headers["WWW-Authenticate"] = ApiHeaders.Ref("WwwAuthenticate");
        return new()
        {
            ["description"] = string.Join(" ", codes.Select(c => $"`{c.Code}`: {c.Meaning}")),
            ["headers"] = headers,
            ["content"] = new JsonObject
            {
                ["application/problem+json"] = new JsonObject
                {
                    ["schema"] = new JsonObject
                    {
                        ["allOf"] = new JsonArray(
                            new JsonObject { ["$ref"] = $"#/components/schemas/{(status == 422 ? "ValidationProblem" : "Problem")}" },
                            new JsonObject
                            {
                                ["properties"] = new JsonObject
                                {
                                    ["status"] = new JsonObject { ["const"] = status },
                                    ["code"] = new JsonObject { ["enum"] = new JsonArray([.. codes.Select(c => (JsonNode)c.Code)]) },
                                },
                            }),
                    },
                    ["examples"] = new JsonObject(codes.Select(c => KeyValuePair.Create(c.Code, (JsonNode?)new JsonObject { ["$ref"] = $"#/components/examples/{c.Code}" }))),
                },
            },
        };
    }

    public static JsonObject Examples(IEnumerable<ProblemCode> codes) =>
        new(codes.Select(code => KeyValuePair.Create(code.Code, (JsonNode?)new JsonObject { ["summary"] = code.Title, ["value"] = Example(code) })));

    private static JsonObject Example(ProblemCode code)
    {
        var problem = new JsonObject
        {
            ["type"] = $"/docs/problems/{code.Code}",
            ["title"] = code.Title,
            ["status"] = code.Status,
            ["detail"] = code.Meaning,
            ["code"] = code.Code,
            ["request_id"] = "req_01jd3m7q8x6zv9k2b4n5c8d1fg",
            ["retryable"] = code.Retryable,
        };
        if (code.Status != 422) return problem;
        problem["errors"] = code == ProblemCode.ValidationFailed
            ? new JsonArray(new JsonObject { ["pointer"] = "/name", ["code"] = FaultCodes.Missing, ["detail"] = "This member is required." })
            : [];
        return problem;
    }

    public static void AddSchemas(JsonObject schemas)
    {
        schemas["Problem"] = Schema("Why a request was refused, as RFC 9457 has it.");
        var validation = Schema("A refusal that lists every fault of the body.");
        validation["required"]!.AsArray().Add("errors");
        validation["properties"]!["errors"] = new JsonObject
        {
            ["type"] = "array",
            ["maxItems"] = Faults.Most,
            ["description"] = "All faults at once; empty when the code itself says it.",
            ["items"] = new JsonObject { ["$ref"] = "#/components/schemas/Fault" },
        };
        schemas["ValidationProblem"] = validation;
        schemas["Fault"] = new JsonObject
        {
            ["type"] = "object",
            ["description"] = "One thing wrong in a body. What was given is never repeated.",
            ["required"] = new JsonArray("pointer", "code", "detail"),
            ["properties"] = new JsonObject
            {
                ["pointer"] = new JsonObject { ["type"] = "string", ["description"] = "Where, as an RFC 6901 pointer. Unknown names over 128 characters are cut off with an ellipsis.", ["examples"] = new JsonArray("/route/0/channel") },
                ["code"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. FaultCodes.All.Select(c => (JsonNode)c)]) },
                ["detail"] = new JsonObject { ["type"] = "string", ["description"] = "What would be right." },
            },
        };
    }

    private static JsonObject Schema(string description) => new()
    {
        ["type"] = "object",
        ["description"] = description,
        ["required"] = new JsonArray("type", "title", "status", "detail", "code", "request_id", "retryable"),
        ["properties"] = new JsonObject
        {
            ["type"] = new JsonObject { ["type"] = "string", ["format"] = "uri-reference", ["description"] = "A page that explains the code." },
            ["title"] = new JsonObject { ["type"] = "string" },
            ["status"] = new JsonObject { ["type"] = "integer" },
            ["detail"] = new JsonObject { ["type"] = "string", ["description"] = "For people; it may change." },
            ["code"] = new JsonObject { ["type"] = "string", ["description"] = "For programs; it never changes.", ["enum"] = new JsonArray([.. ProblemCode.All.Select(c => (JsonNode)c.Code)]) },
            ["request_id"] = new JsonObject { ["type"] = "string", ["description"] = "Finds the request in the log; also in the Request-Id header." },
            ["retryable"] = new JsonObject { ["type"] = "boolean", ["description"] = "Whether the same request may succeed later." },
        },
    };
}
