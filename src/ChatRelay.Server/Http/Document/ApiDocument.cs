using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using Microsoft.OpenApi;

namespace ChatRelay.Http.Document;

/// <summary>The interface as OpenAPI 3.1, put together from what the endpoints say of themselves and from the shapes that read their bodies.</summary>
internal sealed class ApiDocument
{
    private const string About = """
        Notifications over several channels with honest delivery records, webhooks that arrive, and rooms in real time.

        **Who is calling.** `Authorization: Bearer cr_live_…` or `cr_test_…` names a tenant, an environment and scopes; `cr_op_…` is an operator. Live and test share nothing.

        **Refusals** are `application/problem+json`, always; 422 lists every fault of the body with its pointer. What never becomes a request (a broken request line, headers beyond twice the limits) is an empty 4xx and a close. A path that does not exist is 404, another method on one that does is 405, before anybody asks who is calling.

        **Bodies** are JSON in UTF-8: no member twice, none unknown, none missing, at most 32 levels deep. Every query parameter is known, and given once.

        **Repeating safely.** With an `Idempotency-Key` a POST can be sent again: it has one effect and one answer.

        **Lists** are newest first; `next_cursor` goes into `after`.
        """;

    private static readonly JsonSerializerOptions Indented = new(RelayJson.Options) { WriteIndented = true };

    private readonly Lazy<JsonObject> document;
    private readonly Lazy<byte[]> json;
    private readonly Lazy<byte[]> yaml;

    public ApiDocument(Func<IReadOnlyList<ApiOperation>> operations)
    {
        document = new(() => Build(operations()));
        json = new(() => JsonSerializer.SerializeToUtf8Bytes(document.Value, Indented));
        yaml = new(() => Encoding.UTF8.GetBytes(RenderYaml(document.Value)));
    }

    public JsonObject Model => document.Value;
    public ReadOnlyMemory<byte> Json => json.Value;

    /// <summary>What stands in openapi.yaml.</summary>
    public ReadOnlyMemory<byte> Yaml => yaml.Value;

    internal static string RenderYaml(JsonObject document)
    {
        var text = new StringWriter { NewLine = "\n" };
        var writer = new OpenApiYamlWriter(text);
        writer.WriteAny(document);
        text.WriteLine();
        return string.Join('\n', text.ToString().Split('\n').Select(line => line.TrimEnd())).TrimStart('\n');
    }

    private static JsonObject Build(IReadOnlyList<ApiOperation> operations)
    {
        var (book, problems, paths) = (new SchemaBook(), new ApiProblems(), new JsonObject());
        foreach (var operation in operations)
        {
            if (paths[operation.Path] is not JsonObject path) paths[operation.Path] = path = [];
            path[operation.Method.ToLowerInvariant()] = Describe(operation, book, problems);
        }
        ApiProblems.AddSchemas(book.Schemas);
        var refused = operations.SelectMany(ApiProblems.CodesOf).ToHashSet();
        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "ChatRelay",
                ["version"] = "v1",
                ["description"] = About,
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/", ["description"] = "The server that gave this document." }),
            ["tags"] = ApiTags.Describe(operations.Select(o => o.Tag)),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["tenant_key"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "A tenant's API key: `cr_live_…` or `cr_test_…`. An operation names the scopes that it needs." },
                    ["user_token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["bearerFormat"] = "JWT", ["description"] = "A token of one of your users, minted by `POST /v1/tokens` or signed by you: it acts as that user." },
                    ["operator_key"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "An operator's key: `cr_op_…`. An operation names the least role that it needs." },
                },
                ["parameters"] = ApiParameters.Shared(),
                ["headers"] = ApiHeaders.Shared(),
                ["responses"] = Sorted(problems.Responses),
                ["examples"] = ApiProblems.Examples(ProblemCode.All.Where(refused.Contains)),
                ["schemas"] = Sorted(book.Schemas),
            },
        };
    }

    private static JsonObject Describe(ApiOperation operation, SchemaBook book, ApiProblems problems)
    {
        var described = new JsonObject
        {
            ["operationId"] = operation.Id,
            ["summary"] = operation.Summary,
            ["description"] = DescriptionOf(operation),
            ["tags"] = new JsonArray(ApiTags.TitleOf(operation.Tag)),
            ["security"] = SecurityOf(operation.Access),
        };
        if (ApiParameters.Of(operation, book) is { Count: > 0 } parameters) described["parameters"] = parameters;
        if (operation.Body is { } body)
        {
            described["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["description"] = $"At most {body.MaxBytes} bytes.",
                ["content"] = Content("application/json", book.ForRequest(Shape.Of(body.Request)), body.Example),
            };
        }
        var responses = new JsonObject { [$"{operation.Success.Status}"] = SuccessOf(operation, book) };
        foreach (var also in operation.Also) responses[$"{also.Status}"] = SuccessOf(operation with { Success = also }, book);
        problems.AddTo(responses, operation);
        described["responses"] = responses;
        return described;
    }

    private static JsonObject SuccessOf(ApiOperation operation, SchemaBook book)
    {
        var response = new JsonObject
        {
            ["description"] = operation.Success.Status switch { 201 => "Made.", 202 => "Accepted and committed; the rest follows.", 204 => "Done.", _ => "The answer." },
            ["headers"] = ApiHeaders.OfSuccess(operation),
        };
        if (operation.Success.View is { } view) response["content"] = Content("application/json", book.ForAnswer(Shape.Of(view)), operation.Success.Example!);
        if (operation.Text is { } text)
        {
            response["content"] = new JsonObject
            {
                [text.MediaType] = new JsonObject { ["schema"] = new JsonObject { ["type"] = text.MediaType == "application/json" ? "object" : "string" }, ["example"] = text.MediaType == "application/json" ? JsonNode.Parse(text.Example) : text.Example },
            };
        }
        return response;
    }

    private static JsonObject Content(string mediaType, JsonObject schema, string example) =>
        new() { [mediaType] = new JsonObject { ["schema"] = schema, ["example"] = JsonNode.Parse(example) } };

    private static string DescriptionOf(ApiOperation operation)
    {
        var needs = operation.Access switch
        {
            Access.Tenant { Scope: Scope.None } => "Needs an API key; any scope will do.",
            Access.Tenant tenant => $"Needs an API key with the scope {string.Join(" and ", tenant.Scope.ToNames().Select(s => $"`{s}`"))}{(tenant.OrUser ? ", or a user's token" : "")}.",
            Access.Operator { Role: var role } => $"Needs an operator's key with the role `{ShapeTypes.Snake(role.ToString())}`{(role == OperatorRole.Admin ? "" : " or a higher one")}.",
            Access.TokenInBody => "Needs a user's token, in the body.",
            _ => "Open to everybody.",
        };
        return operation.Description is { } said ? $"{said} {needs}" : needs;
    }

    private static JsonArray SecurityOf(Access access) => access switch
    {
        Access.Tenant tenant =>
        [
            new JsonObject { ["tenant_key"] = new JsonArray([.. tenant.Scope.ToNames().Select(s => (JsonNode)s)]) },
            .. tenant.OrUser ? [new JsonObject { ["user_token"] = new JsonArray() }] : Array.Empty<JsonNode>(),
        ],
        Access.Operator { Role: var role } => [new JsonObject { ["operator_key"] = new JsonArray(ShapeTypes.Snake(role.ToString())) }],
        _ => [],
    };

    private static JsonObject Sorted(JsonObject members)
    {
        var sorted = members.OrderBy(m => m.Key, StringComparer.Ordinal).ToArray();
        members.Clear();
        return new(sorted);
    }
}
