using System.Text;
using ChatRelay.TestKit.Document;

namespace ChatRelay.Tests.TestKit;

/// <summary>The check that stands behind every HTTP test must itself find something.</summary>
public sealed class ApiAnswersTests
{
    private static readonly ApiAnswers Answers = ApiAnswers.Of("""
        {"paths": {
          "/v1/things/{id}": {"get": {"operationId": "things.get", "responses": {
            "200": {"headers": {"Request-Id": {}}, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
            "404": {"content": {"application/problem+json": {"schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": {"code": {"enum": ["not_found"]}}}]}}}}}},
            "delete": {"operationId": "things.delete", "responses": {"204": {}}}}},
         "components": {"schemas": {
          "Thing": {"type": "object", "required": ["id", "size", "at", "part"], "properties": {
            "id": {"type": "string", "pattern": "^thi_[a-z]+$"}, "size": {"type": ["integer", "null"], "minimum": 1}, "at": {"type": "string", "format": "date-time"},
            "kind": {"type": "string", "enum": ["a", "b"]}, "data": {}, "tags": {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 3}},
            "part": {"anyOf": [{"$ref": "#/components/schemas/Part"}, {"type": "null"}]}}},
          "Part": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
          "Problem": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}}}}}
        """u8);

    private static string[] Faults(string body, int status = 200, string method = "GET", string type = "application/json", string target = "/v1/things/thi_a?x=1", bool id = true)
    {
        var headers = new Dictionary<string, string> { ["content-type"] = $"{type}; charset=utf-8" };
        if (id) headers["request-id"] = "not_found";
        return [.. Answers.Compare(new SeenAnswer(method, target, status, headers, Encoding.UTF8.GetBytes(body)))];
    }

    private const string Good = """{"id":"thi_a","size":null,"at":"2026-01-31T12:00:00.000Z","part":null}""";

    [Theory]
    [InlineData(Good)]
    [InlineData("""{"id":"thi_a","size":3,"at":"2026-01-31T12:00:00.000Z","part":{"name":"x"},"kind":"a","data":{"any":["thing"]},"tags":["a","b"]}""")]
    public void What_the_document_has_passes(string body) => Assert.Empty(Faults(body));

    [Theory]
    [InlineData("""{"id":"thi_a","size":null,"part":null}""", "/at: missing")]
    [InlineData("""{"id":"thi_a","size":null,"at":"2026-01-31T12:00:00.000Z","part":null,"secret":1}""", "/secret: not in the document")]
    [InlineData("""{"id":"thi_a","size":null,"at":"2026-01-31T12:00:00.000Z","part":{"name":"x","more":1}}""", "/part/more: not in the document")]
    [InlineData("""{"id":"THI","size":null,"at":"2026-01-31T12:00:00.000Z","part":null}""", "/id: not of the pattern")]
    [InlineData("""{"id":"thi_a","size":0,"at":"2026-01-31T12:00:00.000Z","part":null}""", "/size: under 1")]
    [InlineData("""{"id":"thi_a","size":"3","at":"2026-01-31T12:00:00.000Z","part":null}""", "/size: is String")]
    [InlineData("""{"id":"thi_a","size":null,"at":"2026-01-31T12:00:00Z","part":null}""", "/at: not a time")]
    [InlineData("""{"id":"thi_a","size":null,"at":"2026-01-31T12:00:00.000Z","part":null,"kind":"c"}""", "/kind: is not one of")]
    [InlineData("""{"id":"thi_a","size":null,"at":"2026-01-31T12:00:00.000Z","part":null,"tags":["a","b","c"]}""", "/tags: more than 2")]
    [InlineData("""{"id":"thi_a","size":null,"at":"2026-01-31T12:00:00.000Z","part":null,"tags":["long"]}""", "/tags/0: longer than 3")]
    [InlineData("""{"id":""", "the body is not JSON")]
    public void What_it_has_not_is_found(string body, string fault) => Assert.StartsWith(fault, Assert.Single(Faults(body)), StringComparison.Ordinal);

    [Fact]
    public void Status_media_type_headers_and_methods_are_compared_too()
    {
        Assert.Contains("418 is not declared for things.get", Faults(Good, status: 418));
        Assert.Contains("text/html is not a declared media type", Faults(Good, type: "text/html"));
        Assert.Contains("no Request-Id header", Faults(Good, id: false));
        Assert.Contains("a body where the document has none", Faults("{}", status: 204, method: "DELETE"));
        Assert.Contains("200 for a method that the document does not have", Faults(Good, method: "PUT"));
        Assert.Contains("no Allow header", Faults("""{"code":"not_found"}""", status: 405, method: "PUT", type: "application/problem+json"));
        Assert.Contains("application/json is not a problem", Faults("{}", status: 404, target: "/nowhere"));
        Assert.Empty(Faults("""{"code":"not_found"}""", status: 404, type: "application/problem+json"));
        Assert.NotEmpty(Faults("""{"code":"gone"}""", status: 404, type: "application/problem+json"));
    }
}
