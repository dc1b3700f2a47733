using System.Collections.Concurrent;
using ChatRelay.Http;
using ChatRelay.Protocol;
using ChatRelay.Storage;

namespace ChatRelay.ApiKeys;

/// <summary>Wrong keys by address: so many a minute, then 429.</summary>
internal sealed class FailedKeys(HttpOptions options, RelayClock clock)
{
    private const int Remembered = 50_000;
    private readonly ConcurrentDictionary<string, TokenBucket> addresses = new();

    /// <summary>A wrong key counts against its address. The limit only changes how a wrong key is refused: a valid one never gets here.</summary>
    public Problem Refusal(HttpContext http, Problem problem) => Count(ClientAddress.LimitKey(ClientAddress.Of(http, options.TrustedProxies))) is { } wait
        ? new(ProblemCode.RateLimited, "Too many wrong keys from this address.") { RetryAfter = wait }
        : problem;

    public static Problem Unauthorized(string detail) => new(ProblemCode.Unauthorized, detail) { Header = ("WWW-Authenticate", "Bearer") };

    /// <summary>Null while the address may go on trying; else how long it should wait.</summary>
    public TimeSpan? Count(string address)
    {
        var now = clock.GetUtcNow();
        if (addresses.Count >= Remembered) Forget(now);
        var bucket = addresses.GetOrAdd(address, static (_, made) => new TokenBucket(made.FailedKeysPerMinute, made.now), (options.FailedKeysPerMinute, now));
        var result = bucket.TryTake(options.FailedKeysPerMinute / 60.0, options.FailedKeysPerMinute, now);
        return result.Taken ? null : result.Wait;
    }

    /// <summary>A minute later a bucket is full again and says nothing.</summary>
    private void Forget(DateTimeOffset now)
    {
        foreach (var (address, bucket) in addresses)
        {
            if (now - bucket.LastUsed > TimeSpan.FromMinutes(1)) addresses.TryRemove(address, out _);
        }
        if (addresses.Count >= Remembered) addresses.Clear(); // an attack from everywhere: bounded memory comes first
    }
}
