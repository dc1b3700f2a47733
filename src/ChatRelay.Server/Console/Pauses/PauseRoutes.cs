using ChatRelay.Http;

namespace ChatRelay.Console;

/// <summary>GET /ops/pauses: what rests, what would be sent, and letting it go.</summary>
internal static class PauseRoutes
{
    public const string Path = $"{ConsoleDoor.Path}/pauses";

    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Path, () => ConsoleAnswer.Page<PausesPage>()).InConsole(OperatorRole.Viewer);
}

/// <summary>What is stopped and let go as a whole.</summary>
internal static class PauseActs
{
    public static IReadOnlyList<Act> All { get; } =
    [
        new("pause-relay", OperatorRole.Operator, "The relay rests: requests are taken, nothing is sent.", _ => [new("ops.pause")]),
        new("resume-relay", OperatorRole.Operator, "The relay sends again.", _ => [new("ops.resume")]),
        new("pause-channel", OperatorRole.Operator, "Paused: what is accepted for it waits.", f => Channel(f, "ops.channels.pause")),
        new("resume-channel", OperatorRole.Operator, "It goes on.", f => Channel(f, "ops.channels.resume")),
        new("pause-sending", OperatorRole.Operator, "Paused: what this tenant sends waits.", f => Tenant(f, "ops.tenants.pause")),
        new("resume-sending", OperatorRole.Operator, "What this tenant sends goes on.", f => Tenant(f, "ops.tenants.resume")),
    ];

    private static IEnumerable<ApiCall>? Channel(ActForm form, string operation) =>
        form.Text("channel") is { } channel ? [new(operation) { Path = new Dictionary<string, string> { ["channel"] = channel } }] : null;

    private static IEnumerable<ApiCall>? Tenant(ActForm form, string operation) => form.Text("tenant") is { } tenant ? [ApiCall.Of(operation, null, tenant)] : null;
}
