using System.Collections.Frozen;
using ChatRelay.Protocol;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>What operators have stopped: channels for all, and environments of tenants. What belongs to it waits.</summary>
internal sealed record SendPauses(FrozenSet<ChannelKind> Channels, FrozenSet<Guid> Walls)
{
    public static SendPauses None { get; } = new([], []);

    public bool Any => Channels.Count + Walls.Count > 0;

    public bool Cover(Target target) => Any && Cover(target.Tenant.Value, target.Channel);

    public bool Cover(Guid wall, ChannelKind channel) => Walls.Contains(wall) || Channels.Contains(channel);

    public Guid[] WallArray => [.. Walls];
    public string[] ChannelArray => [.. Channels.Select(Words.Of)];

    public bool Equals(SendPauses? other) => other is not null && Channels.SetEquals(other.Channels) && Walls.SetEquals(other.Walls);
    public override int GetHashCode() => HashCode.Combine(Channels.Count, Walls.Count);
}

/// <summary>Follows the tables: before the node claims anything, then twice a second, and at once where an operator asked.</summary>
internal sealed class PauseNews(QueueDoor door, WorkBoard board, WakeUps wake)
{
    public const string Sql = "select (select coalesce(array_agg(channel), '{}') from channel_pauses), (select coalesce(array_agg(tenant_id), '{}') from tenants where paused_at is not null)";

    public async Task HearAsync(CancellationToken ct)
    {
        var heard = await ReadAsync(ct);
        if (heard == board.Pauses) return;
        board.Pauses = heard;
        wake.Here();
    }

    public async Task<SendPauses> ReadAsync(CancellationToken ct)
    {
        // Through the door that keeps to indexes: without statistics the planner takes most tenants for paused, and would walk them all twice a second.
        await using var connection = await door.OpenAsync(ct);
        await using var read = new NpgsqlCommand(Sql, connection);
        await using var reader = await read.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new([.. reader.GetFieldValue<string[]>(0).Select(Words.Read<ChannelKind>)], [.. reader.GetFieldValue<Guid[]>(1)]);
    }
}
