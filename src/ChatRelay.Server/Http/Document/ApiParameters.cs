using System.Text.Json.Nodes;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;

namespace ChatRelay.Http.Document;

/// <summary>Path, query and header parameters of an operation.</summary>
internal static class ApiParameters
{
    public static JsonArray Of(ApiOperation operation, SchemaBook book)
    {
        var parameters = new JsonArray();
        foreach (var (name, type) in operation.PathParameters) parameters.Add(Path(name, type, book));
        foreach (var parameter in operation.Query) parameters.Add(QueryOf(parameter, book));
        if (operation.KeepsAnswer) parameters.Add(new JsonObject { ["$ref"] = "#/components/parameters/IdempotencyKey" });
        return parameters;
    }

    public static JsonObject Shared() => new()
    {
        ["IdempotencyKey"] = new JsonObject
        {
            ["name"] = IdempotencyKey.Header,
            ["in"] = "header",
            ["description"] = "A text of your own for this request, kept for 24 hours. The same key and body answer what the first answered; another body is refused.",
            ["schema"] = new JsonObject { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = 255, ["pattern"] = "^[!-~]+$" },
            ["example"] = "order-4711-shipped",
        },
    };

    private static JsonObject Path(string name, Type? type, SchemaBook book)
    {
        var id = type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(PathId<>) ? type.GetGenericArguments()[0] : null;
        var schema = id is null ? new JsonObject { ["type"] = "string" } : book.ForRequest(Shape.Of(id));
        return new()
        {
            ["name"] = name,
            ["in"] = "path",
            ["required"] = true,
            ["description"] = id is null ? $"The {name.Replace('_', ' ')}." : "The id. One that nothing has, or that cannot be read, is answered 404.",
            ["schema"] = schema,
            ["example"] = id is null ? name : ExampleId(schema),
        };
    }

    private static JsonObject QueryOf(QueryParameter parameter, SchemaBook book) => new()
    {
        ["name"] = parameter.Name,
        ["in"] = "query",
        ["description"] = parameter.Meaning,
        ["schema"] = SchemaOf(parameter, book),
    };

    private static JsonObject SchemaOf(QueryParameter parameter, SchemaBook book) => parameter switch
    {
        QueryParameter.Text text => new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = text.Max },
        QueryParameter.Number number => new() { ["type"] = "integer", ["minimum"] = number.Min, ["maximum"] = number.Max, ["default"] = number.Default },
        QueryParameter.Position position => new() { ["type"] = "integer", ["format"] = "int64", ["minimum"] = position.Min },
        QueryParameter.OneOf one => new() { ["type"] = "string", ["enum"] = new JsonArray([.. one.Values.Select(v => (JsonNode)v)]) },
        QueryParameter.Flag => new() { ["type"] = "boolean" },
        QueryParameter.Time => new() { ["type"] = "string", ["format"] = "date-time" },
        _ when parameter.GetType() is { IsGenericType: true } id => book.ForRequest(Shape.Of(id.GetGenericArguments()[0])),
        _ => new() { ["type"] = "string", ["description"] = parameter.Form },
    };

    // The pattern starts with the prefix: `^ten_[0-7]…`.
    private static string ExampleId(JsonObject schema) => $"{((string)schema["pattern"]!)[1..].Split('[')[0]}01jd3m7q8x6zv9k2b4n5c8d1fg";
}
