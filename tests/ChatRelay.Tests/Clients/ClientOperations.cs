using System.Text;
using System.Text.Json.Nodes;

namespace ChatRelay.Tests.Clients;

/// <summary>The document's operations as methods: `rooms.members.list` becomes `Rooms.MembersListAsync`.</summary>
internal sealed class ClientOperations(JsonObject document, ClientTypes types)
{
    /// <summary>Minting twice is no harm: it takes no key, and may be repeated all the same.</summary>
    private static readonly HashSet<string> RepeatableWithoutKey = ["tokens.mint"];

    public static IEnumerable<(string Id, JsonObject Said)> Of(JsonObject document)
    {
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, said) in methods!.AsObject())
            {
                if (said?["operationId"]?.GetValue<string>() is not { } id || ClientNames.LeftOut.Contains(id)) continue;
                var operation = said.DeepClone().AsObject();
                (operation["path"], operation["method"]) = (path, method);
                yield return (id, operation);
            }
        }
    }

    public static string? BodyOf(JsonObject operation) => Last(operation["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"]);

    public static string? AnswerOf(JsonObject operation) => Good(operation) is { } content ? Last(content["application/json"]?["schema"]?["$ref"]) : null;

    /// <summary>One file for each group, and the class that holds them.</summary>
    public IEnumerable<(string File, string Text)> Render()
    {
        var groups = Of(document).GroupBy(o => o.Id.Split('.')[0]).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        yield return ("RelayClient", $$"""
            public sealed partial class RelayClient
            {
            {{string.Join("\n\n", groups.Select(g => ClientNames.Pascal(g.Key)).Select(name => $"    public {name}Api {name} => field ??= new(Wire);"))}}
            }

            """);
        foreach (var group in groups)
        {
            var name = ClientNames.Pascal(group.Key);
            var tags = group.First().Said["tags"]![0]!.GetValue<string>();
            var about = document["tags"]!.AsArray().First(t => t!["name"]!.GetValue<string>() == tags)!["description"]!.GetValue<string>();
            yield return ($"{name}Api", $$"""
                /// <summary>{{ClientNames.Escaped(about)}}</summary>
                public sealed class {{name}}Api
                {
                    private readonly RelayHttp wire;

                    internal {{name}}Api(RelayHttp wire) => this.wire = wire;
                {{string.Concat(group.Select(o => Method(o.Id, o.Said)))}}}

                """);
        }
    }

    private string Method(string id, JsonObject said)
    {
        var name = string.Concat(id.Split('.')[1..].Select(ClientNames.Pascal)) is { Length: > 0 } rest ? rest : "Get";
        var method = said["method"]!.GetValue<string>();
        var parameters = (said["parameters"] as JsonArray ?? []).Select(p => p!).ToList();
        var path = parameters.Where(p => p["in"]?.GetValue<string>() == "path").Select(p => p["name"]!.GetValue<string>()).ToList();
        var query = parameters.Where(p => p["in"]?.GetValue<string>() == "query").Select(p => (Name: p["name"]!.GetValue<string>(), types.TypeOf(p["schema"]!).Type)).ToList();
        var keyed = parameters.Any(p => p["$ref"]?.GetValue<string>().EndsWith("/IdempotencyKey", StringComparison.Ordinal) == true);
        var body = BodyOf(said) is { } request ? ClientNames.Type(request) : null;

        List<string> taken = [.. path.Select(p => $"string {ClientNames.Camel(p)}")];
        if (body is not null) taken.Add($"{body} request");
        taken.AddRange(query.Select(q => $"{q.Type}? {ClientNames.Camel(q.Name)} = null"));
        if (keyed) taken.Add("string? idempotencyKey = null");

        var target = $"\"{path.Aggregate(said["path"]!.GetValue<string>(), (text, p) => text.Replace($"{{{p}}}", $"{{PathText.Segment({ClientNames.Camel(p)})}}", StringComparison.Ordinal))}\"";
        if (path.Count > 0) target = "$" + target;
        if (query.Count > 0) target = $"PathText.With({target}, {string.Join(", ", query.Select(q => $"(\"{q.Name}\", {QueryText(ClientNames.Camel(q.Name), q.Type)})"))})";
        var call = new StringBuilder($"new(HttpMethod.{ClientNames.Pascal(method)}, {target}");
        if (body is not null) call.Append($", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.{body})");
        if (keyed) call.Append(", IdempotencyKey: idempotencyKey ?? Defaults.NewName()");
        if (keyed || method is "get" or "put" or "delete" || RepeatableWithoutKey.Contains(id)) call.Append(", Repeatable: true");
        call.Append(')');

        var (type, ask) = Good(said) switch
        {
            null => ("Done", $"wire.DoAsync({call}, ct)"),
            _ when AnswerOf(said) is { } answer => (ClientNames.Type(answer), $"wire.AskAsync({call}, RelayJson.Default.{ClientNames.Type(answer)}, ct)"),
            _ => ("string", $"wire.AskTextAsync({call}, ct)"),
        };
        var text = new StringBuilder("\n");
        var summary = said["summary"]!.GetValue<string>();
        text.Append($"    /// <summary>{ClientNames.Escaped($"{summary}. {said["description"]!.GetValue<string>()}")}</summary>\n");
        text.Append($"    public Task<RelayResult<{type}>> {name}Async({string.Join(", ", taken.Append("CancellationToken ct = default"))}) =>\n        {ask};\n");
        if (AnswerOf(said) is { } page && document["components"]!["schemas"]![page]!["properties"]!["next_cursor"] is not null) text.Append(Walk(name, page, path, query));
        return text.ToString();
    }

    private string Walk(string name, string page, List<string> path, List<(string Name, string Type)> query)
    {
        var item = types.TypeOf(document["components"]!["schemas"]![page]!["properties"]!["data"]!["items"]!).Type;
        var filters = query.Where(q => q.Name is not ("limit" or "after" or "before")).ToList();
        IEnumerable<string> taken = [.. path.Select(p => $"string {ClientNames.Camel(p)}"), .. filters.Select(q => $"{q.Type}? {ClientNames.Camel(q.Name)} = null"), "CancellationToken ct = default"];
        IEnumerable<string> given = [.. path.Select(ClientNames.Camel), "limit: 100", "after: after", .. filters.Select(q => $"{ClientNames.Camel(q.Name)}: {ClientNames.Camel(q.Name)}"), "ct: token"];
        return $"""

                /// <summary>The same over all pages, each asked for when it is reached. A failure is a <see cref="RelayException"/>.</summary>
                public IAsyncEnumerable<{item}> {name}AllAsync({string.Join(", ", taken)}) =>
                    Pages.WalkAsync(async (after, token) => (await {name}Async({string.Join(", ", given)})).Value is var page ? (page.Data, page.HasMore ? page.NextCursor : null) : default, ct);

            """;
    }

    private static string QueryText(string name, string type) => type switch
    {
        "string" => name,
        "int" or "long" or "DateTimeOffset" => $"PathText.Of({name})",
        _ => $"{name}?.Text",
    };

    /// <summary>The content of the good answer; null where nothing is answered.</summary>
    private static JsonNode? Good(JsonObject said) => said["responses"]!.AsObject().Where(r => r.Key.StartsWith('2')).Select(r => r.Value!["content"]).FirstOrDefault(c => c is not null);

    private static string? Last(JsonNode? reference) => reference?.GetValue<string>().Split('/')[^1];
}
