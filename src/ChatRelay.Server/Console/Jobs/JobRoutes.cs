using ChatRelay.Http;
using ChatRelay.Protocol;

namespace ChatRelay.Console;

/// <summary>GET /ops/jobs and /ops/jobs/{owner}/{job}. /hangfire leads there.</summary>
internal static class JobRoutes
{
    public const string Path = $"{ConsoleDoor.Path}/jobs";
    public const string List = $"{Path}/list";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, () => ConsoleAnswer.Page<JobsPage>()).InConsole(OperatorRole.Viewer);
        app.MapGet(List, () => ConsoleAnswer.Page<JobListPage>()).InConsole(OperatorRole.Viewer);
        app.MapGet($"{Path}/{{wall}}/{{id}}", ShowAsync).InConsole(OperatorRole.Viewer);
        app.MapGet("/hangfire/{**rest}", () => TypedResults.Redirect(Path)).Open().ExcludeFromDescription();
    }

    public static string PathOf(Guid owner, JobId id) => $"{Path}/{new TenantId(owner)}/{id}";

    private static async Task<IResult> ShowAsync(PathId<TenantId> wall, string id, HttpContext http, ConsoleApi api)
    {
        var said = await api.AskAsync(http, wall.Id.Value == Jobs.Job.Operators ? ApiCall.Of("ops.jobs.get", null, id) : ApiCall.Of("jobs.get", wall.Id.Value, id));
        if (!said.Good) return ConsoleAnswer.Missing;
        http.Features.Set(said.Read<Jobs.JobView>());
        return ConsoleAnswer.Page<JobPage>();
    }
}
