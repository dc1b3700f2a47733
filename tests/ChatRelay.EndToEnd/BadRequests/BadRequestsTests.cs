using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using ChatRelay.Http.Document;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Document;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.EndToEnd.BadRequests;

/// <summary>Twenty thousand requests with something wrong in them: none fails the server, none hangs, every answer is one that the document has.</summary>
public sealed class BadRequestsTests(ITestOutputHelper output)
{
    private static readonly int Seed = Number("CHATRELAY_SEED", 20261121);
    private static readonly int Count = Number("CHATRELAY_BAD_REQUESTS", 20_000);

    [Fact]
    public async Task Twenty_thousand_bad_requests_are_refused_as_the_document_says()
    {
        await using var host = await RelayHost.StartAsync();
        var tenant = await host.NewTenantAsync();
        var document = JsonNode.Parse(host.Services.GetRequiredService<ApiDocument>().Json.Span)!.AsObject();
        var requests = new BadRequest[Count];
        var maker = new BadRequestMaker(document, tenant.Key, host.OperatorKey, Seed);
        for (var i = 0; i < Count; i++) requests[i] = maker.Make(i);

        var (next, faults, statuses) = (-1, new ConcurrentQueue<string>(), new ConcurrentDictionary<int, int>());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            using var connection = new RawConnection(host.Address);
            while (Interlocked.Increment(ref next) is var i && i < Count && faults.Count < 20)
            {
                var (status, fault) = await JudgeAsync(requests[i], connection, host.Answers);
                statuses.AddOrUpdate(status, 1, (_, seen) => seen + 1);
                if (fault is not null) faults.Enqueue($"seed {Seed}, request {i}: {requests[i]}\n    {fault}");
            }
        })));

        output.WriteLine(string.Join(", ", statuses.OrderBy(s => s.Key).Select(s => $"{(s.Key == 0 ? "closed" : s.Key)}: {s.Value}")));
        Assert.True(faults.IsEmpty, string.Join('\n', faults));
        Assert.True(statuses.Where(s => s.Key is >= 400 and < 500).Sum(s => s.Value) > Count * 8 / 10, "too many of the bad requests were good");
        Assert.True(host.Services.GetRequiredService<Http.Pipeline.RequestCounts>().ByClass().Single(c => c.Class == "5xx").Count == 0, "a 5xx was counted");
        Assert.DoesNotContain(host.Warnings, w => w.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal)); // every connection ended in order
        Assert.Equal(200, (await host.Anonymous.ReadAsync("/health/ready")).Status);
    }

    private static async Task<(int Status, string? Fault)> JudgeAsync(BadRequest request, RawConnection connection, ApiAnswers allowed)
    {
        try
        {
            if (await connection.AskAsync(request) is not { } answer) return (0, request.MayGoUnanswered || request.MayBeNoRequest ? null : "closed without an answer");
            if (answer.Status >= 500) return (answer.Status, $"answered {answer.Status}");
            if (request.MayBeNoRequest && answer.Status >= 400 && answer.Body.IsEmpty && !answer.Headers.ContainsKey("request-id")) return (answer.Status, null);
            var faults = allowed.Compare(answer);
            return (answer.Status, faults.Count == 0 ? null : $"answered {answer.Status}, not as openapi.yaml says: {string.Join("; ", faults)}");
        }
        catch (Exception e) when (e is TimeoutException or InvalidDataException)
        {
            return (0, e.Message);
        }
    }

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
