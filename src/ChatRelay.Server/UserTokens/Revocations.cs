using System.Collections.Concurrent;
using ChatRelay.Http;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.UserTokens;

/// <summary>Whose tokens, or which token, were revoked.</summary>
internal readonly record struct Revoked(Guid Wall, RevokedKind Kind, string Subject);

internal enum RevokedKind { User, Token }

/// <summary>
/// Every revocation that can still meet a token, in memory: a check reads nothing. What is known is never older than four seconds: a node that cannot
/// read any more answers nobody with a token. Rows are read again for a minute, since one may be committed late.
/// </summary>
internal sealed class Revocations(Databases databases, RelayClock clock) : IDisposable
{
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Revoked, DateTimeOffset> known = new();
    private readonly SemaphoreSlim turn = new(1);
    private DateTimeOffset seen = DateTimeOffset.MinValue;
    private long? readAt;
    private long version;

    /// <summary>Another number whenever something was revoked: who holds tokens open looks again.</summary>
    public long Version => Interlocked.Read(ref version);

    public async ValueTask<bool> HoldAsync(Guid wall, UserToken token, CancellationToken ct)
    {
        if (!IsFresh()) await FollowAsync(ct);
        return IsRevoked(wall, token);
    }

    /// <summary>As far as this node knows.</summary>
    public bool IsRevoked(Guid wall, UserToken token) =>
        Holds(new(wall, RevokedKind.Token, token.Id), token) || (token.User is { } user && Holds(new(wall, RevokedKind.User, user), token));

    /// <summary>
    /// In the caller's transaction: what was issued before this moment holds no more. It is the moment of this node's clock, which dates what it mints, and the next
    /// millisecond of it: a token that was minted just now is meant too. One that its tenant dated to the second counts as issued at the second's beginning.
    /// </summary>
    public Task WriteAsync(RelayDb db, Revoked revoked, CancellationToken ct)
    {
        var moment = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds() + 1);
        return db.Database.ExecuteSqlAsync($"""
            insert into relay.token_revocations (tenant_id, kind, subject, before) values ({revoked.Wall}, {KindText(revoked.Kind)}, {revoked.Subject}, {moment})
            on conflict (tenant_id, kind, subject) do update set before = greatest(token_revocations.before, excluded.before)
            """, ct);
    }

    /// <summary>Reads what is new. Several who need it wait for one read.</summary>
    public async Task FollowAsync(CancellationToken ct)
    {
        var wanted = clock.GetTimestamp();
        await turn.WaitAsync(ct);
        try
        {
            if (readAt >= wanted) return; // by somebody who began after us
            var asked = clock.GetTimestamp();
            await ReadAsync(ct);
            readAt = asked;
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        var from = seen == DateTimeOffset.MinValue ? clock.GetUtcNow() - UserToken.Longest - Overlap : seen - Overlap;
        await using var command = databases.Engine.CreateCommand("select tenant_id, kind, subject, before from token_revocations where before > $1");
        command.Parameters.AddWithValue(from);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var before = reader.GetFieldValue<DateTimeOffset>(3);
            Note(new(reader.GetGuid(0), reader.GetString(1) == KindText(RevokedKind.User) ? RevokedKind.User : RevokedKind.Token, reader.GetString(2)), before);
            if (before > seen) seen = before;
        }
    }

    /// <summary>No token that was issued before can live any more.</summary>
    public void ForgetOld()
    {
        var past = clock.GetUtcNow() - UserToken.Longest - Overlap;
        foreach (var (revoked, before) in known)
            if (before < past) known.TryRemove(new(revoked, before));
    }

    public void Dispose() => turn.Dispose();

    // A token that is named is meant whenever it says that it was issued: its tenant's clock may be ahead. Of a user's, those are meant that were issued before.
    private bool Holds(Revoked revoked, UserToken token) => known.TryGetValue(revoked, out var before) && (revoked.Kind is RevokedKind.Token || token.IssuedAt < before);

    private void Note(Revoked revoked, DateTimeOffset before)
    {
        if (known.TryGetValue(revoked, out var old) && old >= before) return;
        known[revoked] = before;
        Interlocked.Increment(ref version);
    }

    private static string KindText(RevokedKind kind) => kind == RevokedKind.User ? "user" : "token";

    private bool IsFresh() => readAt is { } at && clock.GetElapsedTime(at) < FreshCache.Believed;
}
