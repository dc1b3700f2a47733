using System.Text.RegularExpressions;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Architecture;

/// <summary>The server's folders stand in dependency order: a folder may use only folders above it. Read from the sources.</summary>
public sealed partial class FolderOrderTests
{
    // Folders on one line may use each other: "who is calling" is one subject.
    private static readonly string[][] Order =
    [
        ["Settings"], ["Telemetry"], ["Storage"], ["Secrets"], ["Http"], ["Outbound"], ["Events"], ["Jobs"], ["Tenants", "ApiKeys", "UserTokens"], ["Users"], ["Providers"],
        ["Channels"], ["Suppressions"], ["Deliveries"], ["Notifications"], ["Inbound"], ["Webhooks"], ["Realtime"],
        ["Rooms"], ["Messages"], ["Presence"], ["Inbox"], ["Operations"], ["Console"],
    ];

    private static readonly string Server = Path.Combine(Repository.Root, "src", "ChatRelay.Server");

    [Fact]
    public void Every_folder_has_its_place() =>
        Assert.Empty(Directory.GetDirectories(Server).Select(Path.GetFileName).Except([.. Order.SelectMany(o => o), "bin", "obj", "Properties"]));

    [Fact]
    public void A_folder_uses_only_folders_above_it()
    {
        var wrong = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Server, "*.cs", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(Server, "*.razor", SearchOption.AllDirectories)))
        {
            var parts = Path.GetRelativePath(Server, file).Split(Path.DirectorySeparatorChar);
            if (parts.Length == 1 || parts[0] is "bin" or "obj") continue; // the root composes
            foreach (Match use in Uses().Matches(File.ReadAllText(file)))
            {
                var used = use.Groups["folder"].Value;
                if (RankOf(used) > RankOf(parts[0])) wrong.Add($"{string.Join('/', parts)} uses {used}");
            }
        }
        Assert.Empty(wrong.Distinct());
    }

    [Fact]
    public void The_protocol_stands_on_the_base_library_alone()
    {
        var project = File.ReadAllText(Path.Combine(Repository.Root, "src", "ChatRelay.Protocol", "ChatRelay.Protocol.csproj"));
        Assert.DoesNotContain("Reference Include", project, StringComparison.Ordinal);
    }

    private static int RankOf(string folder) => Array.FindIndex(Order, o => o.Contains(folder)) is >= 0 and var rank ? rank : -1;

    /// <summary>`using ChatRelay.Jobs;`, `@using …`, `ChatRelay.Jobs.X` and the short `Jobs.X`.</summary>
    [GeneratedRegex(@"(?:using (?:static )?ChatRelay\.|(?<![\w.])ChatRelay\.|(?<=[\s(<!,])(?=(?:Settings|Telemetry|Storage|Secrets|Http|Outbound|Events|Jobs|Tenants|ApiKeys|UserTokens|Providers|Channels|Deliveries|Notifications|Webhooks|Realtime|Operations|Console)\.[A-Z]\w+\.))(?<folder>[A-Z]\w+)")]
    private static partial Regex Uses();
}
