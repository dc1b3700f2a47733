using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ChatRelay.TestKit.Document;

namespace ChatRelay.EndToEnd.BadRequests;

/// <summary>Makes bad requests from the document: a good request for one of its operations, then one to three things wrong in it. The same seed and number make the same request.</summary>
internal sealed class BadRequestMaker(JsonObject document, string tenantKey, string operatorKey, int seed)
{
    private readonly SchemaCheck schemas = new(document);
    private readonly (string Path, string Method, JsonObject Said)[] operations =
    [
        .. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(o => (path.Key, o.Key.ToUpperInvariant(), o.Value!.AsObject())))
            .SelectMany(o => Enumerable.Repeat(o, o.Item3["requestBody"] is null ? 1 : 4)), // there is more to be wrong where there is a body
    ];

    public BadRequest Make(int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var (path, method, said) = operations[random.Next(operations.Length)];
        var draft = new Draft
        {
            Method = method,
            Target = PathOf(path, said),
            Body = (string?)said["requestBody"]?["content"]?["application/json"]?["example"]?.ToJsonString() is { } example ? Encoding.UTF8.GetBytes(example) : null,
            Key = said["security"]!.AsArray() is { Count: > 0 } security ? security[0]!["tenant_key"] is not null ? tenantKey : operatorKey : null,
        };
        for (var faults = 1 + (random.Next(3) / 2) + (random.Next(6) / 5); faults > 0; faults--) Spoil(draft, said, random);
        return draft.ToRequest((string)said["operationId"]!);
    }

    private string PathOf(string path, JsonObject said)
    {
        foreach (var parameter in (said["parameters"] as JsonArray ?? []).Select(p => schemas.Resolve(p!)).Where(p => (string?)p["in"] == "path"))
            path = path.Replace($"{{{parameter["name"]}}}", (string)parameter["example"]!, StringComparison.Ordinal);
        return path;
    }

    private void Spoil(Draft draft, JsonObject said, Random random)
    {
        switch (random.Next(draft.Body is null ? 6 : 14))
        {
            case 0: Target.Spoil(draft, random); break;
            case 1: Query(draft, said, random); break;
            case 2: Method(draft, random); break;
            case 3: Head.Authorization(draft, random, tenantKey, operatorKey); break;
            case 4: Head.Spoil(draft, random); break;
            case 5: Head.Lines(draft, random); break;
            case 6: Head.ContentType(draft, random); break;
            case 7: Head.Framing(draft, random); break;
            default: Body(draft, random); break;
        }
    }

    private static void Body(Draft draft, Random random)
    {
        if (draft.Broken) return; // what is no JSON any more has no form
        var good = Encoding.UTF8.GetString(draft.Body!);
        draft.Broken = random.Next(3) == 0;
        draft.Body = draft.Broken ? BadBody.OfSyntax(good, random, draft.Wrong) : Encoding.UTF8.GetBytes(BadBody.OfForm(good, random, draft.Wrong));
    }

    private static void Method(Draft draft, Random random)
    {
        string[] methods = ["HEAD", "OPTIONS", "TRACE", "PUT", "POST", "DELETE", "PATCH", "GET", "PROPFIND", "get", new string('M', 60), "CONNECT", "P OST"];
        draft.Method = methods[random.Next(methods.Length)];
        draft.MayBeNoRequest |= draft.Method is "CONNECT" or "P OST" or "TRACE";
        draft.Wrong.Add($"the method {draft.Method[..Math.Min(8, draft.Method.Length)]}");
    }

    private void Query(Draft draft, JsonObject said, Random random)
    {
        string[] odd = ["", "0", "-1", "101", "1e3", "abc", "%00", "%ff", "%zz", "%F0%9F%98%80", "01", "+1", "null", "true", "2026-01-31", "ten_01jd3m7q8x6zv9k2b4n5c8d1fg", new string('c', 300), "a&a=b", "a;b", "%0d%0aX-Injected:1"];
        var known = (said["parameters"] as JsonArray ?? []).Select(p => schemas.Resolve(p!)).Where(p => (string?)p["in"] == "query").Select(p => (string)p["name"]!).ToArray();
        var name = known.Length > 0 && random.Next(5) > 0 ? known[random.Next(known.Length)] : "nonsense";
        var part = $"{name}={odd[random.Next(odd.Length)]}";
        if (random.Next(4) == 0) part += $"&{part}";
        draft.Target += $"{(draft.Target.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{part}";
        draft.Wrong.Add($"the query {part[..Math.Min(40, part.Length)]}");
    }
}
