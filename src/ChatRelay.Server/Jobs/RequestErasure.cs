using System.Text.Json;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Storage;

namespace ChatRelay.Jobs;

/// <summary>POST /v1/erasures: what is stored about a person, or what one event says, is blanked in the background.</summary>
internal static class RequestErasure
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPost("/erasures", Handle).WithName("erasures.create").WithSummary("Erase what is stored about a person, or what an event says")
        .RequireScope(Scope.TenantAdmin).Idempotent()
        .Reads<Request>("""{"user":"u_42"}""")
        .Answers<JobView>(202, JobView.Example);

    internal sealed record Request : IRuled
    {
        [ExternalId, Note("The end user, by your own id.")]
        public string? User { get; init; }

        [Note("Or a mail address, in capital or small letters.")]
        public EmailAddress? Email { get; init; }

        [Note("Or one event of your own: its data is gone from the log and from what is sent later.")]
        public Protocol.EventId? Event { get; init; }

        public void Check(Faults faults)
        {
            if (((object?[])[User, Email, Event]).Count(one => one is not null) != 1) faults.Add(FaultCodes.NotAllowed, "Expected one of user, email and event.");
        }
    }

    private static async Task<IResult> Handle(
        Body<Request> body, Caller caller, Keyed keyed, CalmWrites writes, JobRunner jobs, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead(out var request)) return body.Problem;

        var person = JsonSerializer.Serialize(new Person(request.User, request.Email?.Text.ToLowerInvariant(), request.Event?.Value.ToString()), RelayJson.Options);
        var job = Job.Make(caller.Wall, Erasure.Name, person, caller.Actor, clock.GetUtcNow());
        var result = await writes.ForTenantAsync(caller.Wall, keyed, async db =>
        {
            db.Add(job);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "erasure.requested", caller.Actor, job.Id.ToString(), clock), ct); // not whom: the log outlives it
            return Answer.Accepted($"/v1/jobs/{job.Id}", JobView.Of(job));
        }, ct);
        jobs.Wake();
        return result;
    }
}
