using System.Text.Json;

namespace ChatRelay.Tests.Realtime;

/// <summary>What a client makes of a room's frames, as docs/socket.md says: the reactions, replies, pin and last edit of each message that it has.</summary>
internal sealed class MarkSums
{
    private readonly HashSet<(string Key, string User)> reactions = [];

    public HashSet<string> Replies { get; } = [];
    public bool Pinned { get; private set; }
    public string? Edit { get; private set; }

    /// <summary>`key count`, and `own` where it is.</summary>
    public IEnumerable<string> Reactions(string user) =>
        reactions.GroupBy(r => r.Key).Select(g => $"{g.Key} {g.Count()}{(g.Any(r => r.User == user) ? " own" : "")}").Order(StringComparer.Ordinal);

    public static Dictionary<string, MarkSums> Of(IEnumerable<JsonElement> frames)
    {
        var (sums, parents) = (new Dictionary<string, MarkSums>(), new Dictionary<string, string>());
        foreach (var frame in frames)
        {
            var (id, kind) = (frame.GetProperty("id").GetString()!, frame.GetProperty("kind").GetString());
            if (frame.TryGetProperty("deleted", out _)) continue; // counts for nothing
            if (kind == "message")
            {
                sums[id] = new();
                if (!frame.TryGetProperty("reply_to", out var to)) continue;
                parents[id] = to.GetString()!;
                sums.GetValueOrDefault(to.GetString()!)?.Replies.Add(id);
            }
            if (!frame.TryGetProperty("ref", out var about) || !sums.TryGetValue(about.GetString()!, out var sum)) continue;
            sum.Take(kind!, frame);
            if (kind != "delete") continue;
            sums.Remove(about.GetString()!);
            if (parents.TryGetValue(about.GetString()!, out var parent)) sums.GetValueOrDefault(parent)?.Replies.Remove(about.GetString()!);
        }
        return sums;
    }

    private void Take(string kind, JsonElement frame)
    {
        var user = frame.GetProperty("from").TryGetProperty("user", out var named) ? named.GetString()! : "";
        switch (kind)
        {
            case "react":
                reactions.Add((frame.GetProperty("body").GetProperty("key").GetString()!, user));
                break;
            case "unreact":
                reactions.Remove((frame.GetProperty("body").GetProperty("key").GetString()!, user));
                break;
            case "pin" or "unpin":
                Pinned = kind == "pin";
                break;
            case "edit":
                Edit = frame.GetProperty("body").GetRawText();
                break;
        }
    }
}
