using System.Text.Json.Nodes;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Protocol;

namespace ChatRelay.Console;

/// <summary>Everything that can be done at the console. A test reads this list: each has its role, and each is an operation of the API.</summary>
internal static class Acts
{
    public static IReadOnlyList<Act> All { get; } =
    [
        new("retry", OperatorRole.Operator, "It goes out again.", f => f.Picked.Select(p => ApiCall.Of("deliveries.retry", p.Wall, p.Delivery))),
        new("cancel", OperatorRole.Operator, "Canceled.", f => f.Picked.Where(p => p.Notification is not null).DistinctBy(p => p.Notification).Select(p => ApiCall.Of("notifications.cancel", p.Wall, p.Notification!))),
        Job(QueueJobs.Hold, "Holding what waits."),
        Job(QueueJobs.Release, "Letting it go."),
        Job(QueueJobs.Discard, "Throwing it away."),
        new(QueueJobs.Replay, OperatorRole.Operator, "Sending again what failed.", f => f.Wall is { } wall ? [new("deliveries.replay", wall) { Body = SelectionOf(f.Text) }] : null) { LeadsTo = JobPageOf, Noted = Act.Noting(Selection) },
        new("run-upkeep", OperatorRole.Operator, "It runs as soon as a node looks.", f => f.Text("task") is { } task ? [new("ops.upkeep.run") { Path = new Dictionary<string, string> { ["task"] = task } }] : null),
        new("drain-node", OperatorRole.Operator, "It takes no new work until it is started again.", f => f.Text("node") is { } node ? [new("ops.nodes.drain") { Path = new Dictionary<string, string> { ["node"] = node } }] : null),
        new("disconnect-user", OperatorRole.Operator, "Their connections and tokens have ended.", f => f.Wall is { } wall && f.Text("user") is { } user
            ? [new("users.disconnect", wall) { Path = new Dictionary<string, string> { ["user"] = user } }] : null),
        .. TenantActs.All,
        .. PauseActs.All,
        .. AlertActs.All,
    ];

    private static string[] Selection => ["tenant", "channel", "provider", "endpoint", "tag", "since", "until", "outcome"];

    public static Act Of(string name) => All.First(a => a.Name == name);

    private static Act Job(string kind, string done) =>
        new(kind, OperatorRole.Operator, done, f => [new($"ops.{kind}") { Body = SelectionOf(f.Text) }]) { LeadsTo = JobPageOf, Noted = Act.Noting(Selection) };

    /// <summary>A filter as the API takes it: what is empty is left out, and a browser's field for a time says no zone.</summary>
    public static JsonObject SelectionOf(Func<string, string?> text)
    {
        var body = new JsonObject();
        foreach (var name in Selection)
            if (text(name) is { } value) body[name] = name is "since" or "until" ? TimeOf(value) : value;
        return body;
    }

    private static string TimeOf(string field) => field.Length is 16 ? $"{field}:00Z" : field.EndsWith('Z') ? field : $"{field}Z";

    private static string? JobPageOf(ApiCall call, ApiSaid said) =>
        said.Location is { } at && RelayId.TryParse<JobId>(at.AsSpan(at.LastIndexOf('/') + 1), out var id) ? JobRoutes.PathOf(call.Wall ?? Jobs.Job.Operators, id) : null;
}
