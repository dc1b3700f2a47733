using System.Text.Json;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Jobs;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.Notifications;

/// <summary>The count first, and then the job.</summary>
internal sealed class StartJob(CalmWrites writes, JobRunner runner, RelayClock clock)
{
    public async Task<IResult> AsTenantAsync(Caller caller, Keyed keyed, string kind, object selection, long count, CancellationToken ct, Func<RelayDb, Task>? first = null) =>
        await StartAsync(Job.Make(caller.Wall, kind, JsonSerializer.Serialize(selection, RelayJson.Options), caller.Actor, clock.GetUtcNow()), keyed, count, $"/v1/jobs/", ct, first);

    public async Task<IResult> AsOperatorAsync(OperatorCaller caller, Keyed keyed, string kind, object selection, long count, CancellationToken ct) =>
        await StartAsync(Job.Make(Job.Operators, kind, JsonSerializer.Serialize(selection, RelayJson.Options), caller.Actor, clock.GetUtcNow()), keyed, count, $"/v1/ops/jobs/", ct);

    private async Task<IResult> StartAsync(Job job, Keyed keyed, long count, string at, CancellationToken ct, Func<RelayDb, Task>? first = null)
    {
        job.Total = count;
        var result = await writes.ForEngineAsync(keyed, async db =>
        {
            if (first is not null) await first(db);
            db.Add(job);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(job.TenantId, $"deliveries.{job.Kind}", job.CreatedBy, job.Id.ToString(), clock, new { count }), ct);
            return Answer.Accepted($"{at}{job.Id}", new CountedView { Count = count, Job = JobView.Of(job) });
        }, ct);
        runner.Wake();
        return result;
    }
}

/// <summary>How many are meant, and the job that works on them; a dry run has none.</summary>
internal sealed record CountedView
{
    public required long Count { get; init; }
    public required JobView? Job { get; init; }

    [Note("The first of what is meant, ten at most. Only a dry run of hold, release, discard and of the replay of deliveries has it.")]
    public IReadOnlyList<SampledView>? Sample { get; init; }

    public const string DryExample = """{"count":1200,"job":null,"sample":null}""";
    public const string SampledExample = $$"""{"count":1200,"job":null,"sample":[{{SampledView.Example}}]}""";
    public const string Example = $$"""{"count":1200,"job":{{JobView.Example}},"sample":null}""";
}

/// <summary>One delivery of a selection, by all that tells it from another tenant's.</summary>
internal sealed record SampledView
{
    public const int Most = 10;

    public required DeliveryId Delivery { get; init; }
    public required TenantId Tenant { get; init; }
    public required TenantEnvironment Environment { get; init; }

    public const string Example = """{"delivery":"dlv_01jk8p0000e5rv3d2m7q1w9x4z","tenant":"ten_01jk8p0000e5rv3d2m7q1w9x4z","environment":"live"}""";
}
