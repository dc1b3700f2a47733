using System.Text;
using System.Text.Json.Nodes;

namespace ChatRelay.EndToEnd.BadRequests;

/// <summary>Takes a good body and makes it wrong: in its form (wrong types, members, sizes), or below that (syntax, encoding).</summary>
internal static class BadBody
{
    private static readonly string[] Odd =
    [
        "null", "true", "0", "-1", "1.5", "1e999", "-1e999", "1e-999", "99999999999999999999", "9007199254740993", "\"\"", "\" \"", "\"x\"", "\"null\"",
        "\"\\u0007\"", "\"\\u202e\"", "\"\\ud83d\\ude00\"", "\"../..\"", "\"2026-13-01T00:00:00Z\"", "\"9999-12-31T23:59:59-23:59\"", "\"ten_01jd3m7q8x6zv9k2b4n5c8d1fg\"",
        "\"'; drop table tenants; --\"", "\"%00\"", "\"http://127.0.0.1\"", "[]", "[null]", "[[[]]]", "{}", "{\"a\":1}", "{\"__proto__\":{}}",
        $"\"{new string('x', 70_000)}\"", $"[{string.Join(',', Enumerable.Range(0, 3000))}]", $"{new string('[', 25)}{new string(']', 25)}",
        $"{{{string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"m{i}\":1"))}}}",
    ];

    /// <summary>Parses still, and is not what the route takes.</summary>
    public static string OfForm(string good, Random random, List<string> wrong)
    {
        var root = JsonNode.Parse(good)!;
        var places = Places(root).ToArray();
        var odd = JsonNode.Parse(Odd[random.Next(Odd.Length)]);
        if (places.Length == 0 || random.Next(12) == 0)
        {
            wrong.Add("another root");
            return odd?.ToJsonString() ?? "null";
        }
        var (parent, key, index) = places[random.Next(places.Length)];
        switch (random.Next(4))
        {
            case 0 when parent is JsonObject members:
                wrong.Add($"without {key}");
                members.Remove(key!);
                break;
            case 1 when parent is JsonObject members:
                wrong.Add("an unknown member");
                members[$"{key}_{random.Next(9)}"] = odd;
                break;
            default:
                wrong.Add($"an odd {key ?? "item"}");
                if (parent is JsonObject into) into[key!] = odd;
                else parent[index] = odd;
                break;
        }
        return root.ToJsonString();
    }

    private static IEnumerable<(JsonNode Parent, string? Key, int Index)> Places(JsonNode node) => node switch
    {
        JsonObject members => members.SelectMany(m => (IEnumerable<(JsonNode, string?, int)>)[(members, m.Key, 0), .. m.Value is null ? [] : Places(m.Value)]),
        JsonArray items => items.SelectMany((item, i) => (IEnumerable<(JsonNode, string?, int)>)[(items, null, i), .. item is null ? [] : Places(item)]),
        _ => [],
    };

    /// <summary>Is no JSON in UTF-8 that means one thing.</summary>
    public static byte[] OfSyntax(string good, Random random, List<string> wrong)
    {
        var text = Encoding.UTF8.GetBytes(good);
        (string Name, Func<byte[]> Make)[] ways =
        [
            ("cut off", () => text[..random.Next(text.Length)]),
            ("a stray byte", () => [.. text[..(text.Length / 2)], (byte)random.Next(256), .. text[(text.Length / 2)..]]),
            ("more after its end", () => [.. text, .. "{}"u8]),
            ("byte order mark", () => [.. Encoding.UTF8.Preamble, .. text]),
            ("UTF-16", () => Encoding.Unicode.GetBytes(good)),
            ("UTF-16, big end first", () => Encoding.BigEndianUnicode.GetBytes(good)),
            ("UTF-32", () => Encoding.UTF32.GetBytes(good)),
            ("latin-1", () => Encoding.Latin1.GetBytes("{\"name\":\"é\"}")),
            ("an overlong NUL", () => [.. "{\"name\":\""u8, 0xC0, 0x80, .. "\"}"u8]),
            ("an escaped NUL", () => Encoding.UTF8.GetBytes("{\"name\":\"a\\u0000\"}")),
            ("half a surrogate pair", () => Encoding.UTF8.GetBytes("{\"name\":\"\\ud83d\"}")),
            ("a member twice", () => Encoding.UTF8.GetBytes("{\"name\":\"a\",\"n\\u0061me\":\"b\"}")),
            ("a comment", () => [.. "/* x */"u8, .. text]),
            ("a trailing comma", () => Encoding.UTF8.GetBytes("{\"name\":\"a\",}")),
            ("NaN", () => Encoding.UTF8.GetBytes("{\"name\":NaN}")),
            ("single quotes", () => Encoding.UTF8.GetBytes("{'name':'a'}")),
            ("empty", () => []),
            ("white space", () => Encoding.UTF8.GetBytes(" \r\n\t")),
            ("deep", () => Encoding.UTF8.GetBytes(new string('[', random.Next(33, 20_000)))),
            ("random bytes", () =>
            {
                var bytes = new byte[random.Next(1, 400)];
                random.NextBytes(bytes);
                return bytes;
            }),
        ];
        var (name, make) = ways[random.Next(ways.Length)];
        wrong.Add(name);
        return make();
    }
}
