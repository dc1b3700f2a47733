using ChatRelay.Deliveries;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Jobs;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ChatRelay.Operations;

/// <summary>
/// POST /v1/ops/channels/{channel}/pause and /resume, /v1/ops/tenants/{id}/pause and /resume, GET /v1/ops/pauses. What is accepted waits, and spends no attempt.
/// Here at once, on the other nodes within a second. An attempt that is under way ends.
/// </summary>
internal static class PauseSending
{
    private const int MostShown = 1000;

    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/ops/pauses", List).WithName("ops.pauses.list").WithSummary("List paused channels and tenants")
            .OperatorsOnly(OperatorRole.Viewer).Answers<PausesView>(200, PausesView.Example);
        Act(v1.MapPost("/ops/channels/{channel}/pause", (string channel, OperatorCaller caller, Keyed keyed, Parts parts, CancellationToken ct) => ChannelAsync(true, channel, caller, keyed, parts, ct)),
            "ops.channels.pause", "Send nothing over a channel until it is resumed");
        Act(v1.MapPost("/ops/channels/{channel}/resume", (string channel, OperatorCaller caller, Keyed keyed, Parts parts, CancellationToken ct) => ChannelAsync(false, channel, caller, keyed, parts, ct)),
            "ops.channels.resume", "Let a paused channel go on");
        Act(v1.MapPost("/ops/tenants/{id}/pause", (PathId<TenantId> id, OperatorCaller caller, Keyed keyed, Parts parts, CancellationToken ct) => TenantAsync(true, id.Id, caller, keyed, parts, ct)),
            "ops.tenants.pause", "Send nothing of a tenant until it is resumed");
        Act(v1.MapPost("/ops/tenants/{id}/resume", (PathId<TenantId> id, OperatorCaller caller, Keyed keyed, Parts parts, CancellationToken ct) => TenantAsync(false, id.Id, caller, keyed, parts, ct)),
            "ops.tenants.resume", "Let a paused tenant go on");
    }

    private static void Act(RouteHandlerBuilder route, string name, string summary) =>
        route.WithName(name).WithSummary(summary).OperatorsOnly(OperatorRole.Operator).Idempotent().AnswersNothing().Refuses(ProblemCode.NotFound);

    /// <summary>What both kinds of pause need.</summary>
    internal sealed record Parts(CalmWrites Writes, PauseNews News, WakeUps Wake, RelayClock Clock);

    // Through the door that keeps to indexes, however many tenants there are.
    private static async Task<IResult> List(QueueDoor door, CancellationToken ct)
    {
        await using var connection = await door.OpenAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select channel, since, by from channel_pauses order by channel"),
                new($"select live_id, name, paused_at, coalesce(paused_by, '') from tenants where paused_at is not null and environment = 'live' order by tenant_id limit {MostShown}"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var (channels, tenants) = (new List<PausesView.Channel>(), new List<PausesView.Tenant>());
        while (await reader.ReadAsync(ct)) channels.Add(new() { Name = Words.Read<ChannelKind>(reader.GetString(0)), Since = reader.GetFieldValue<DateTimeOffset>(1), By = reader.GetString(2) });
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct)) tenants.Add(new() { Id = new(reader.GetGuid(0)), Name = reader.GetString(1), Since = reader.GetFieldValue<DateTimeOffset>(2), By = reader.GetString(3) });
        return Answer.Ok(new PausesView { Channels = channels, Tenants = tenants });
    }

    private static Task<IResult> ChannelAsync(bool pause, string name, OperatorCaller caller, Keyed keyed, Parts parts, CancellationToken ct)
    {
        if (!Enum.GetValues<ChannelKind>().Select(Words.Of).Contains(name)) return Task.FromResult<IResult>(Problem.NotFound);
        return ChangeAsync(pause, $"channel.{(pause ? "paused" : "resumed")}", name, caller, keyed, parts, async db => pause
            ? await db.Database.ExecuteSqlAsync($"insert into channel_pauses (channel, by) values ({name}, {caller.Actor}) on conflict do nothing", ct) >= 0
            : await db.Database.ExecuteSqlAsync($"delete from channel_pauses where channel = {name}", ct) >= 0, ct);
    }

    private static Task<IResult> TenantAsync(bool pause, TenantId id, OperatorCaller caller, Keyed keyed, Parts parts, CancellationToken ct) =>
        ChangeAsync(pause, $"tenant.{(pause ? "paused" : "resumed")}", id.ToString(), caller, keyed, parts, async db => pause
            ? await db.Database.ExecuteSqlAsync($"update tenants set paused_at = coalesce(paused_at, relay.now()), paused_by = coalesce(paused_by, {caller.Actor}) where live_id = {id.Value}", ct) > 0
            : await db.Database.ExecuteSqlAsync($"update tenants set paused_at = null, paused_by = null where live_id = {id.Value}", ct) > 0, ct);

    private static async Task<IResult> ChangeAsync(bool pause, string what, string subject, OperatorCaller caller, Keyed keyed, Parts parts, Func<RelayDb, Task<bool>> change, CancellationToken ct)
    {
        var result = await parts.Writes.ForEngineAsync(keyed, async db =>
        {
            if (!await change(db)) return Problem.NotFound;
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, what, caller.Actor, subject, parts.Clock), ct);
            return Answer.NoContent;
        }, ct);
        if (result is not Answer) return result;
        await parts.News.HearAsync(ct);
        if (!pause) parts.Wake.Now();
        return result;
    }
}

/// <summary>What operators have paused beside the relay as a whole, an account or an endpoint.</summary>
internal sealed record PausesView
{
    public required IReadOnlyList<Channel> Channels { get; init; }

    [Http.Json.Note("The first thousand.")]
    public required IReadOnlyList<Tenant> Tenants { get; init; }

    internal sealed record Channel
    {
        public required ChannelKind Name { get; init; }
        public required DateTimeOffset Since { get; init; }
        public required string By { get; init; }
    }

    internal sealed record Tenant
    {
        public required TenantId Id { get; init; }
        public required string Name { get; init; }
        public required DateTimeOffset Since { get; init; }
        public required string By { get; init; }
    }

    public const string Example = """
        {"channels":[{"name":"email","since":"2026-01-31T12:00:00.000Z","by":"operator:opk_01jd3m7q8x6zv9k2b4n5c8d1fg"}],
         "tenants":[{"id":"ten_01jd3m7q8x6zv9k2b4n5c8d1fg","name":"Acme","since":"2026-01-31T12:00:00.000Z","by":"operator:opk_01jd3m7q8x6zv9k2b4n5c8d1fg"}]}
        """;
}
