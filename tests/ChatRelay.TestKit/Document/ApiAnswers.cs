using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatRelay.TestKit.Document;

/// <summary>An answer as it came over the wire. Header names are compared without case.</summary>
public sealed record SeenAnswer(string Method, string Target, int Status, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body);

/// <summary>Is what the server answered what the document says? Status, media type, headers, every member of the body.</summary>
public sealed class ApiAnswers
{
    private readonly Lock comparing = new(); // nodes of a parsed document fill themselves when they are first read
    private readonly SchemaCheck schemas;
    private readonly (string[] Segments, JsonObject Item)[] paths;

    public static ApiAnswers Of(ReadOnlySpan<byte> openApiJson) => new(JsonNode.Parse(openApiJson)!.AsObject());

    private ApiAnswers(JsonObject document)
    {
        schemas = new(document);
        paths =
        [
            .. document["paths"]!.AsObject().Select(p => (p.Key.Split('/'), p.Value!.AsObject()))
                .OrderBy(p => p.Item1.Count(s => s.StartsWith('{'))), // /jobs/latest before /jobs/{id}
        ];
    }

    /// <summary>Every answer of every operation that the document has.</summary>
    public IEnumerable<string> Documented() =>
        from path in paths
        from method in path.Item
        where method.Value?["operationId"] is not null
        from response in method.Value!["responses"]!.AsObject()
        select SeenAnswers.Line((string)method.Value["operationId"]!, response.Key);

    /// <summary>Empty if the answer is as the document says.</summary>
    public IReadOnlyList<string> Compare(SeenAnswer answer)
    {
        lock (comparing) return Faults(answer);
    }

    private List<string> Faults(SeenAnswer answer)
    {
        var faults = new List<string>();
        if (!answer.Headers.ContainsKey("request-id")) faults.Add("no Request-Id header");
        var items = PathsOf(answer.Target);
        var item = items.FirstOrDefault(i => i[answer.Method.ToLowerInvariant()] is not null) ?? items.FirstOrDefault();
        if (item?[answer.Method.ToLowerInvariant()] is JsonObject operation)
        {
            OfOperation(answer, operation, faults);
            if (faults.Count == 0) SeenAnswers.Note((string)operation["operationId"]!, answer.Status);
        }
        else if (answer.Status >= 400) OfNoOperation(answer, item, faults);
        else if (item is not null) faults.Add($"{answer.Status} for a method that the document does not have");
        return faults;
    }

    /// <summary>As the router has it: a path with the method before one without, and of those the one that says more.</summary>
    private JsonObject[] PathsOf(string target)
    {
        var segments = target.Split('?')[0].Split('/');
        return
        [
            .. paths.Where(p => p.Segments.Length == segments.Length
                && p.Segments.Zip(segments).All(pair => pair.First.StartsWith('{') ? pair.Second.Length > 0 : string.Equals(pair.First, pair.Second, StringComparison.OrdinalIgnoreCase)))
                .Select(p => p.Item),
        ];
    }

    private void OfOperation(SeenAnswer answer, JsonObject operation, List<string> faults)
    {
        if (operation["responses"]![$"{answer.Status}"] is not { } said)
        {
            faults.Add($"{answer.Status} is not declared for {operation["operationId"]}");
            return;
        }
        var response = schemas.Resolve(said);
        foreach (var (name, _) in response["headers"] as JsonObject ?? [])
        {
            // These two depend on the answer: a repeat, and (for Retry-After) on the code.
            if (name is not ("Idempotent-Replayed" or "Retry-After") && !answer.Headers.ContainsKey(name.ToLowerInvariant())) faults.Add($"no {name} header");
        }
        if (response["content"] is not JsonObject content)
        {
            if (answer.Body.Length > 0) faults.Add("a body where the document has none");
            return;
        }
        var mediaType = MediaTypeOf(answer);
        if (content[mediaType]?["schema"] is not { } schema) faults.Add($"{mediaType} is not a declared media type");
        else if (mediaType.EndsWith("json", StringComparison.Ordinal)) OfBody(answer, schema, faults);
        if (answer.Status >= 400) OfProblem(answer, faults);
    }

    private void OfNoOperation(SeenAnswer answer, JsonObject? item, List<string> faults)
    {
        if (item is not null && answer.Status is not (405 or 414 or 431 or 400)) faults.Add($"{answer.Status} for a method that the path does not have");
        if (answer.Status == 405 && !answer.Headers.ContainsKey("allow")) faults.Add("no Allow header");
        if (answer.Method == "HEAD") return;
        if (MediaTypeOf(answer) != "application/problem+json") faults.Add($"{MediaTypeOf(answer)} is not a problem");
        else OfBody(answer, new JsonObject { ["$ref"] = $"#/components/schemas/{(answer.Status == 422 ? "ValidationProblem" : "Problem")}" }, faults);
        OfProblem(answer, faults);
    }

    private void OfBody(SeenAnswer answer, JsonNode schema, List<string> faults)
    {
        try
        {
            using var body = JsonDocument.Parse(answer.Body, new() { AllowDuplicateProperties = false });
            faults.AddRange(schemas.Compare(body.RootElement, schema));
        }
        catch (JsonException broken)
        {
            faults.Add($"the body is not JSON: {broken.Message}");
        }
    }

    private static void OfProblem(SeenAnswer answer, List<string> faults)
    {
        if (answer.Status is 429 or 503 && !answer.Headers.ContainsKey("retry-after")) faults.Add("no Retry-After header");
        if (answer.Headers.TryGetValue("request-id", out var id) && !answer.Body.Span.IsEmpty && answer.Body.Span.IndexOf(System.Text.Encoding.UTF8.GetBytes(id)) < 0)
            faults.Add("request_id is not the Request-Id header");
    }

    private static string MediaTypeOf(SeenAnswer answer) => answer.Headers.GetValueOrDefault("content-type", "no content type").Split(';')[0];
}
