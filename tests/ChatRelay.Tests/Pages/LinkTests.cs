using ChatRelay.TestKit;
using ChatRelay.TestKit.Pages;

namespace ChatRelay.Tests.Pages;

/// <summary>Every link from a page to a file, a folder or a heading of this project leads somewhere.</summary>
public sealed class LinkTests
{
    [Fact]
    public void Every_link_within_the_project_leads_somewhere()
    {
        var pages = Page.All.ToDictionary(page => page.Path);
        Assert.True(pages.Count > 40 && pages.Values.Sum(p => p.Links.Count) > 150, $"{pages.Count} pages");
        var broken = new List<string>();
        foreach (var page in pages.Values)
        {
            foreach (var link in page.Links.Where(l => !l.Contains("://", StringComparison.Ordinal) && !l.StartsWith("mailto:", StringComparison.Ordinal)))
            {
                var parts = link.Split('#', 2);
                var target = parts[0].Length == 0 ? page.Path : Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(page.Path)!, parts[0])));
                if (target.StartsWith("..", StringComparison.Ordinal) || !Path.Exists(Repository.File(target))) broken.Add($"{page.Path}: {link}");
                else if (parts.Length > 1 && pages.TryGetValue(target, out var there) && !there.Anchors.Contains(parts[1])) broken.Add($"{page.Path}: {link} has no such heading");
            }
        }
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }
}
