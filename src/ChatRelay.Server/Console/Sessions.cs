using ChatRelay.ApiKeys;
using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Jobs;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Console;

/// <summary>Who is signed in, for the length of a request.</summary>
internal sealed record SignedIn(Guid Session, OperatorCaller Operator, string KeyName);

/// <summary>Begins, finds and ends sessions. Both the session and its key must hold at each request; what ends elsewhere ends here within five seconds.</summary>
internal sealed class Sessions(RelayDbs dbs, CalmWrites writes, CallerCache callers, Chance chance, RelayClock clock)
{
    private readonly FreshCache<Guid, Found> cache = new(clock, (id, ct) => ReadAsync(dbs, id, ct), capacity: 10_000);

    public async ValueTask<SignedIn?> FindAsync(Guid id, CancellationToken ct)
    {
        if (await cache.GetAsync(id, ct) is not { } found) return null;
        var now = clock.GetUtcNow();
        if (found.ExpiresAt <= now) return null;
        if (await callers.FindOperatorAsync(found.Key, ct) is not { RevokedAt: null, Operator: { Role: >= OperatorRole.Viewer } caller } key || key.ExpiresAt <= now) return null;
        callers.NoteUse(key);
        return new(id, caller, found.KeyName);
    }

    /// <summary>The session and its audit event in one commit; null if the database did not take it.</summary>
    public async Task<ConsoleSession?> BeginAsync(OperatorCaller caller, CancellationToken ct)
    {
        var session = ConsoleSession.Start(caller.Key, clock.GetUtcNow(), chance);
        var written = await writes.ForEngineAsync(Keyed.None, async db =>
        {
            db.Add(session);
            await db.SaveChangesAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "console.signed_in", caller.Actor, caller.Key.ToString(), clock), ct);
            return Answer.NoContent;
        }, ct);
        return written is Answer ? session : null;
    }

    public async Task<bool> EndAsync(SignedIn who, CancellationToken ct)
    {
        var written = await writes.ForEngineAsync(Keyed.None, async db =>
        {
            await db.ConsoleSessions().Where(s => s.Id == who.Session).ExecuteDeleteAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(Job.Operators, "console.signed_out", who.Operator.Actor, who.Operator.Key.ToString(), clock), ct);
            return Answer.NoContent;
        }, ct);
        cache.Forget(who.Session);
        return written is Answer;
    }

    /// <summary>Upkeep: rows whose time is over.</summary>
    public async Task<long> SweepAsync(CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        return await db.Database.ExecuteSqlAsync($"delete from console_sessions where id in (select id from console_sessions where expires_at < relay.now() limit 1000)", ct);
    }

    private static async Task<Found?> ReadAsync(RelayDbs dbs, Guid id, CancellationToken ct)
    {
        await using var db = dbs.ForEngine();
        return await db.ConsoleSessions().Where(s => s.Id == id)
            .Join(db.OperatorKeys(), s => s.KeyId, k => k.Id, (s, k) => new Found(k.Id, k.Name, s.ExpiresAt))
            .SingleOrDefaultAsync(ct);
    }

    private sealed record Found(Protocol.OperatorKeyId Key, string KeyName, DateTimeOffset ExpiresAt);
}
