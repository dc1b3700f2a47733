using System.Collections.Concurrent;
using ChatRelay.Protocol;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;

namespace ChatRelay.Http;

/// <summary>Requests per tenant and per key. A node's share is the limit over the live nodes that take such requests.</summary>
internal sealed class RateLimits(RelayClock clock, ThisNode node)
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<(string Kind, Guid Id), TokenBucket> buckets = new();
    private readonly ConcurrentDictionary<(RateLimit Tenant, RateLimit Key), string> policies = new();
    private long sweptAt;

    /// <summary>Null when the request may pass; its headers are set either way.</summary>
    /// <param name="own">the key's, where it is not the tenant's as well</param>
    public Problem? Check(HttpContext http, RateLimit limit, Guid tenant, Guid key, RateLimit? own = null)
    {
        var ofKey = own ?? limit;
        var now = clock.GetUtcNow();
        var sharers = node.LiveAs(http.GetEndpoint()?.Metadata.GetMetadata<Access>() is Access.TokenInBody ? Role.Realtime : Role.Api);
        Sweep(now);
        var byTenant = Bucket("tenant", tenant, limit).TryTake(Share(limit.PerSecond), Share(limit.Burst), now);
        var byKey = byTenant.Taken ? Bucket("key", key, ofKey).TryTake(Share(ofKey.PerSecond), Share(ofKey.Burst), now) : byTenant;
        var keyIsTighter = byTenant.Taken && (!byKey.Taken || byKey.Left < byTenant.Left);
        var (name, tighter, over) = keyIsTighter ? ("key", byKey, ofKey) : ("tenant", byTenant, limit);

        http.Response.Headers["RateLimit-Policy"] = policies.GetOrAdd((limit, ofKey), PolicyText);
        http.Response.Headers["RateLimit"] = $"\"{name}\";r={tighter.Left};t={(int)Math.Ceiling(tighter.Wait.TotalSeconds)}";
        return tighter.Taken ? null
            : new Problem(ProblemCode.RateLimited, $"Over {over.PerSecond} requests a second for this {name}.") { RetryAfter = tighter.Wait };

        double Share(int whole) => Math.Max(1.0, (double)whole / sharers);
        TokenBucket Bucket(string kind, Guid id, RateLimit of) => buckets.GetOrAdd((kind, id), static (_, made) => new TokenBucket(made.burst, made.now), (burst: Share(of.Burst), now));
    }

    private static string PolicyText((RateLimit Tenant, RateLimit Key) of) => $"\"tenant\";{TermsOf(of.Tenant)}, \"key\";{TermsOf(of.Key)}";

    private static string TermsOf(RateLimit limit) => $"q={limit.Burst};w={Math.Max(1, limit.Burst / limit.PerSecond)}";

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
