namespace ChatRelay.Client;

/// <summary>Where a device connects, as whom, and how much it keeps.</summary>
public sealed class RelaySocketOptions
{
    /// <summary>The relay's addresses, as for HTTP: after a cut the next one is tried.</summary>
    public required IReadOnlyList<Uri> Urls { get; init; }

    /// <summary>Gives a token of the user. It is asked before each connection, and in time before a token ends.</summary>
    public required Func<CancellationToken, ValueTask<string>> Token { get; init; }

    /// <summary>This device's name among the user's devices; the same over restarts.</summary>
    public string? Device { get; init; }

    /// <summary>What the application has from before, by room: it goes on from there.</summary>
    public IReadOnlyDictionary<string, RelayPosition> Rooms { get; init; } = new Dictionary<string, RelayPosition>();

    /// <summary>Where the application stands in the user's inbox.</summary>
    public RelayPosition? Inbox { get; init; }

    /// <summary>Whether who is there is told: `none`, `count` or `list`.</summary>
    public string? Presence { get; init; }

    /// <summary>How many messages may wait to be acknowledged. One more is refused at once.</summary>
    public int OutboxLimit { get; init; } = 1_000;

    /// <summary>How many events may wait for the application. What comes meanwhile stays with the relay, and is fetched when there is room.</summary>
    public int EventLimit { get; init; } = 1_000;

    /// <summary>The first wait before coming back is a random part of this; each further one of twice as much.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long connecting, and the answer to the hello, may take.</summary>
    public TimeSpan HelloTime { get; init; } = TimeSpan.FromSeconds(10);

    public TimeProvider Clock { get; init; } = Defaults.Clock;

    /// <summary>A number from 0 to below 1.</summary>
    public Func<double> Chance { get; init; } = Defaults.Chance;
}
