using System.Text.RegularExpressions;

namespace ChatRelay.TestKit.Pages;

/// <summary>A page of the documentation: its fenced blocks and its links.</summary>
public sealed partial record Page(string Path, IReadOnlyList<PageBlock> Blocks, IReadOnlyList<string> Links, IReadOnlySet<string> Anchors)
{
    /// <summary>Every page that readers are sent to, by its path from the root.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. new[] { "README.md", "CHANGELOG.md" }
            .Concat(((string[])["docs", "samples", "src", "deploy", "tests"]).SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*.md", SearchOption.AllDirectories)).Select(path => System.IO.Path.GetRelativePath(Repository.Root, path)))
            .Where(path => !Built().IsMatch(path)).Order(StringComparer.Ordinal).Select(path => Of(path, File.ReadAllText(Repository.File(path)))),
    ];

    public static Page Of(string path, string text)
    {
        var (blocks, prose, anchors) = (new List<PageBlock>(), new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        var (said, lines) = ("", text.Split('\n'));
        for (var at = 0; at < lines.Length; at++)
        {
            if (!lines[at].TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                prose.Add(lines[at]);
                if (lines[at].Trim().Length > 0) said = lines[at].Trim();
                if (Heading().Match(lines[at]) is { Success: true } heading) anchors.Add(AnchorOf(heading.Groups[1].Value));
                continue;
            }
            var (fence, first) = (lines[at].Trim()[3..], at + 1);
            while (++at < lines.Length && lines[at].Trim() != "```") { }
            blocks.Add(new(path, first, fence.Split(' ')[0], fence.Split(' ').Contains("run"), NotRun().Match(said) is { Success: true } why ? why.Groups[1].Value : null, string.Join('\n', lines[first..at])));
            said = "";
        }
        return new(path, blocks, [.. prose.SelectMany(line => Link().Matches(InlineCode().Replace(line, ""))).Select(link => link.Groups[1].Value)], anchors);
    }

    // As GitHub makes them.
    private static string AnchorOf(string heading) => NotInAnchors().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"(^|/)(bin|obj|node_modules|dist|artifacts)/")]
    private static partial Regex Built();

    [GeneratedRegex(@"^#{1,6} (.*)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^<!-- not run: (.+) -->$")]
    private static partial Regex NotRun();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();
}

/// <summary>A fenced block: run by a test, or with the reason why it is not.</summary>
public sealed record PageBlock(string Page, int Line, string Language, bool Runs, string? NotRunBecause, string Text)
{
    public override string ToString() => $"{Page}:{Line}";
}
