using ChatRelay.Protocol;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Console;

/// <summary>Somebody who signed in with an operator's key.</summary>
internal sealed class ConsoleSession
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>Random, not by time: it is half of what the cookie says.</summary>
    public required Guid Id { get; init; }
    public required OperatorKeyId KeyId { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    public static ConsoleSession Start(OperatorKeyId key, DateTimeOffset at, Chance chance)
    {
        Span<byte> id = stackalloc byte[16];
        chance.Fill(id);
        return new() { Id = new Guid(id), KeyId = key, StartedAt = at, ExpiresAt = at + Lifetime };
    }
}

/// <summary>The sessions' table, and the door to it.</summary>
internal static class ConsoleSessionTable
{
    public static TableMap Map { get; } = new(model => model.Entity<ConsoleSession>().ToTable("console_sessions").HasKey(s => s.Id));

    extension(RelayDb db)
    {
        public IQueryable<ConsoleSession> ConsoleSessions() => db.Set<ConsoleSession>();
    }
}
