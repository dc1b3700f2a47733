using System.Diagnostics;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.Load;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Inbox;

/// <summary>A page of an inbox with one entry, a thousand and a hundred thousand: the first page, what is unread, and a move. None may grow with the inbox.</summary>
internal static class ListSpeed
{
    private static readonly int[] Lengths = [1, 1_000, 100_000];

    public static async Task RunAsync(RelayNode node, BenchArguments asked, Report report, CancellationToken ct)
    {
        foreach (var length in Lengths) await FillAsync(node, $"list{length}", length, ct);
        foreach (var (what, query) in new[] { ("the first page", ""), ("the last one that is unread", "?state=unread&limit=1"), ("a category", "?category=rare") })
            foreach (var length in Lengths)
            {
                var took = await OnceAsync(node, $"/v1/users/list{length}/inbox{query}", asked.Run, ct);
                report.Add(new Report.Fact($"{what} of an inbox with {length:#,0} entries, p50", Spread.Of([took.Percentile(50)]), "ms", null));
                report.Add(new Report.Fact($"{what} of an inbox with {length:#,0} entries, p99", Spread.Of([took.Percentile(99)]), "ms", null));
            }
    }

    private static async Task<Latencies> OnceAsync(RelayNode node, string path, TimeSpan time, CancellationToken ct)
    {
        var took = new Latencies();
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < time;)
        {
            var one = Stopwatch.GetTimestamp();
            using var answer = await node.Http.GetAsync(new Uri(path, UriKind.Relative), ct);
            await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(ct);
            if (Stopwatch.GetElapsedTime(since) > time / 5) took.Add(Stopwatch.GetElapsedTime(one)); // the first fifth warms up
        }
        return took;
    }

    /// <summary>All read but one, and one of a rare category: both at the far end.</summary>
    private static Task<long> FillAsync(RelayNode node, string user, int length, CancellationToken ct) => node.SqlAsync<long>("""
        with head as (
          insert into relay.inbox_heads (tenant_id, user_id, epoch, head, unread) select tenant_id, $1, 1, $2, 1 from relay.tenants where environment = 'live' returning tenant_id, id
        ), filled as (
          insert into relay.inbox_entries (tenant_id, inbox_id, seq, kind, notification_id, delivery_id, state, category, payload, expires_at)
          select tenant_id, id, n, 'notification', gen_random_uuid(), gen_random_uuid(), case when n = 1 then 0 else 2 end, case when n = 1 then 'rare' else 'orders' end,
            '{"category":"orders","external_id":null,"tags":[],"metadata":null,"content":{"text":"Your order is on its way."}}', relay.now() + interval '30 days'
          from head, generate_series(1, $2) n returning 1
        )
        select count(*) from filled
        """, ct, user, length);
}
