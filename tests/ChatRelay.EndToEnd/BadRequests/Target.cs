namespace ChatRelay.EndToEnd.BadRequests;

/// <summary>Wrong paths.</summary>
internal static class Target
{
    public static void Spoil(Draft draft, Random random)
    {
        var path = draft.Target;
        var last = path.LastIndexOf('/') + 1;
        (string Name, string Target, bool MayBeNoRequest)[] ways =
        [
            ("no such path", $"{path}/nothing", false),
            ("a trailing slash", $"{path}/", false),
            ("two slashes", path.Replace("/v1", "//v1", StringComparison.Ordinal), false),
            ("upper case", path.ToUpperInvariant(), false),
            ("an escaped NUL", $"{path[..last]}%00", true),
            ("escaped dots", $"{path}/%2e%2e/%2e%2e/etc/passwd", false),
            ("dots", $"{path}/../../../etc/passwd", false),
            ("an escaped slash", $"{path[..last]}a%2Fb", false),
            ("not UTF-8", $"{path[..last]}%ff%fe", true),
            ("a broken escape", $"{path[..last]}%zz", false),
            ("an emoji", $"{path[..last]}%F0%9F%98%80", false),
            ("another id", $"{path[..last]}key_01jd3m7q8x6zv9k2b4n5c8d1fg", false),
            ("an id that overflows", $"{path[..last]}ten_zzzzzzzzzzzzzzzzzzzzzzzzzz", false),
            ("ext", $"{path[..last]}ext:nobody", false),
            ("a long path", $"{path}/{new string('p', random.Next(8_200, 15_000))}", false),
            ("a path beyond the server's limit", $"{path}/{new string('p', random.Next(17_000, 40_000))}", true),
            ("a control character", $"{path[..last]}a\u0001b", true),
            ("a byte above ASCII", $"{path[..last]}é", true),
            ("a space", $"{path[..last]}a b", true),
            ("a fragment", $"{path}#x", true),
            ("an absolute form", $"http://relay.test{path}", false),
            ("an asterisk", "*", true),
            ("no slash", path[1..], true),
        ];
        var (name, target, mayBeNoRequest) = ways[random.Next(ways.Length)];
        draft.Target = target;
        draft.MayBeNoRequest |= mayBeNoRequest;
        draft.Wrong.Add(name);
    }
}
