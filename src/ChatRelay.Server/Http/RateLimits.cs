using System.Collections.Concurrent;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Http;

/// <summary>Requests per tenant and per key. A node's share is the limit over the live nodes.</summary>
internal sealed class RateLimits(RelayClock clock, ThisNode node)
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<(string Kind, Guid Id), TokenBucket> buckets = new();
    private readonly ConcurrentDictionary<RateLimit, string> policies = new();
    private long sweptAt;

    /// <summary>Null when the request may pass; its headers are set either way.</summary>
    public Problem? Check(HttpContext http, RateLimit limit, Guid tenant, Guid key)
    {
        var now = clock.GetUtcNow();
        Sweep(now);
        var perSecond = Math.Max(1.0, (double)limit.PerSecond / node.Live);
        var burst = Math.Max(1.0, (double)limit.Burst / node.Live);
        var byTenant = Bucket("tenant", tenant).TryTake(perSecond, burst, now);
        var byKey = byTenant.Taken ? Bucket("key", key).TryTake(perSecond, burst, now) : byTenant;
        var (name, tighter) = byKey.Taken && byKey.Left >= byTenant.Left ? ("tenant", byTenant) : byTenant.Taken ? ("key", byKey) : ("tenant", byTenant);

        http.Response.Headers["RateLimit-Policy"] = policies.GetOrAdd(limit, PolicyText);
        http.Response.Headers["RateLimit"] = $"\"{name}\";r={tighter.Left};t={(int)Math.Ceiling(tighter.Wait.TotalSeconds)}";
        return tighter.Taken ? null
            : new Problem(ProblemCode.RateLimited, $"Over {limit.PerSecond} requests a second for this {name}.") { RetryAfter = tighter.Wait };

        TokenBucket Bucket(string kind, Guid id) => buckets.GetOrAdd((kind, id), static (_, made) => new TokenBucket(made.burst, made.now), (burst, now));
    }

    private static string PolicyText(RateLimit limit)
    {
        var terms = $"q={limit.Burst};w={Math.Max(1, limit.Burst / limit.PerSecond)}";
        return $"\"tenant\";{terms}, \"key\";{terms}";
    }

    private void Sweep(DateTimeOffset now)
    {
        var last = Interlocked.Read(ref sweptAt);
        if (now.UtcTicks - last < Idle.Ticks || Interlocked.CompareExchange(ref sweptAt, now.UtcTicks, last) != last) return;
        foreach (var (key, bucket) in buckets)
        {
            if (now - bucket.LastUsed > Idle) buckets.TryRemove(key, out _);
        }
    }
}
