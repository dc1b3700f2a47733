using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ChatRelay.Suppressions;

/// <summary>GET, POST and DELETE /v1/suppressions, and POST …/batch.</summary>
internal static class SuppressionEndpoints
{
    public static void Map(IEndpointRouteBuilder v1)
    {
        v1.MapGet("/suppressions", List).WithName("suppressions.list").WithSummary("List addresses that get no mail")
            .RequireScope(Scope.SuppressionsWrite).Takes([.. Pages.Parameters, .. Filters])
            .Answers<Page<SuppressionView>>(200, $$"""{"data":[{{SuppressionView.Example}}],"has_more":false,"next_cursor":null}""");
        v1.MapGet("/suppressions/{id}", Read).WithName("suppressions.get").WithSummary("Read a suppression")
            .RequireScope(Scope.SuppressionsWrite).Answers<SuppressionView>(200, SuppressionView.Example).Refuses(ProblemCode.NotFound);
        v1.MapPost("/suppressions", Create).WithName("suppressions.create").WithSummary("Suppress an address")
            .WithDescription("An address that is suppressed for this reason already is found, not made twice; its end becomes the one given.")
            .RequireScope(Scope.SuppressionsWrite).Idempotent().Reads<SuppressionInput>("""{"email":"ann@example.com"}""")
            .Answers<SuppressionView>(200, SuppressionView.Example).Answers<SuppressionView>(201, SuppressionView.Example);
        v1.MapPost("/suppressions/batch", CreateMany).WithName("suppressions.create_batch").WithSummary("Suppress up to 1000 addresses")
            .RequireScope(Scope.SuppressionsWrite).Idempotent().Reads<Batch>("""{"suppressions":[{"email":"ann@example.com","reason":"unsubscribe"}]}""")
            .Answers<BatchView>(200, $$"""{"data":[{{SuppressionView.Example}}]}""");
        v1.MapDelete("/suppressions/{id}", Delete).WithName("suppressions.delete").WithSummary("Let an address get mail again")
            .RequireScope(Scope.SuppressionsWrite).AnswersNothing().Refuses(ProblemCode.NotFound);
    }

    private static readonly QueryParameter[] Filters =
    [
        new QueryParameter.Text("email", "Those of this address, however it is written.", 254),
        new QueryParameter.OneOf("reason", "Why.", [.. Enum.GetValues<SuppressionReason>().Select(WordsOfReason.Of)]),
    ];

    internal sealed record Batch
    {
        [Items(1, 1000)]
        public required IReadOnlyList<SuppressionInput> Suppressions { get; init; }

        public void CheckAt(DateTimeOffset now, Faults faults)
        {
            for (var i = 0; i < Suppressions.Count; i++)
                using (faults.In("suppressions", i)) Suppressions[i].CheckAt(now, faults);
        }
    }

    internal sealed record BatchView
    {
        [Note("In the order of the request; those that were there already as they are now.")]
        public required IReadOnlyList<SuppressionView> Data { get; init; }
    }

    private static async Task<IResult> List(Caller caller, Query query, Pages pages, SuppressionReads reads, CancellationToken ct)
    {
        var (page, problem) = pages.Read(query, caller.Wall, "suppressions");
        if (problem is not null) return problem;
        var rows = await reads.ListAsync(caller.Wall, page, query.Text("email"), query.Text("reason") is { } reason ? WordsOfReason.Read(reason) : null, ct);
        return Answer.Ok(pages.Of(page, rows, r => r.Id.Value, SuppressionView.Of));
    }

    private static async Task<IResult> Read(PathId<SuppressionId> id, Caller caller, SuppressionReads reads, CancellationToken ct) =>
        await reads.FindAsync(caller.Wall, id.Id.Value, ct) is { } one ? Answer.Ok(SuppressionView.Of(one)) : Problem.NotFound;

    private static async Task<IResult> Create(Body<SuppressionInput> body, Caller caller, Keyed keyed, CalmWrites writes, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead((request, faults) => request.CheckAt(clock.GetUtcNow(), faults), out var request)) return body.Problem;
        var row = request.RowOf(caller.Wall, caller.Actor, clock.GetUtcNow());
        return await writes.ForTenantAsync(caller.Wall, keyed, async db =>
        {
            var (made, views) = await PutAsync(db, caller.Wall, [row], ct);
            return made.Contains(row.Id) ? Answer.Created($"/v1/suppressions/{views[0].Id}", views[0]) : Answer.Ok(views[0]);
        }, ct);
    }

    private static async Task<IResult> CreateMany(Body<Batch> body, Caller caller, Keyed keyed, CalmWrites writes, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead((request, faults) => request.CheckAt(clock.GetUtcNow(), faults), out var request)) return body.Problem;
        var rows = request.Suppressions.Select(s => s.RowOf(caller.Wall, caller.Actor, clock.GetUtcNow())).ToList();
        return await writes.ForTenantAsync(caller.Wall, keyed, async db => Answer.Ok(new BatchView { Data = (await PutAsync(db, caller.Wall, rows, ct)).Views }), ct);
    }

    private static async Task<IResult> Delete(PathId<SuppressionId> id, Caller caller, CalmWrites writes, RelayClock clock, CancellationToken ct) =>
        await writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            await using var delete = new NpgsqlCommand("delete from suppressions where tenant_id = $1 and id = $2", ConnectionOf(db)) { Parameters = { new() { Value = caller.Wall }, new() { Value = id.Id.Value } } };
            if (await delete.ExecuteNonQueryAsync(ct) == 0) return Problem.NotFound;
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "suppression.deleted", caller.Actor, id.Id.ToString(), clock), ct);
            return Answer.NoContent;
        }, ct);

    /// <summary>Which were new, and each as it stands now, in the order of the rows.</summary>
    private static async Task<(HashSet<Guid> Made, List<SuppressionView> Views)> PutAsync(RelayDb db, Guid wall, List<SuppressionRow> rows, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(ConnectionOf(db))
        {
            BatchCommands =
            {
                SuppressionRow.Insert(rows),
                new($"""
                    select {Suppression.Columns} from unnest($2::bytea[], $3::text[]) with ordinality as i(asked_mark, asked_reason, n)
                    join suppressions on tenant_id = $1 and mark = asked_mark and reason = asked_reason order by n
                    """)
                {
                    Parameters = { new() { Value = wall }, new() { Value = rows.Select(r => r.Mark).ToArray() }, new() { Value = rows.Select(r => WordsOfReason.Of(r.Reason)).ToArray() } },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var made = new HashSet<Guid>();
        while (await reader.ReadAsync(ct)) made.Add(reader.GetGuid(0));
        await reader.NextResultAsync(ct);
        var views = new List<SuppressionView>();
        while (await reader.ReadAsync(ct)) views.Add(SuppressionView.Of(Suppression.Of(reader)));
        return (made, views);
    }

    private static NpgsqlConnection ConnectionOf(RelayDb db) => (NpgsqlConnection)db.Database.CurrentTransaction!.GetDbTransaction().Connection!;
}
