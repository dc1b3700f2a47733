using System.Security.Cryptography;

namespace ChatRelay.Client;

/// <summary>Where the relay is, who is calling, and how patient to be.</summary>
public sealed class RelayOptions
{
    /// <summary>The relay's own address, such as `https://relay.example.com`. A path before `/v1` is kept.</summary>
    public required Uri Url { get; init; }

    /// <summary>A tenant's or an operator's key, or a user's token where a route takes one. It is sent as Bearer, and shown nowhere.</summary>
    public required string Key { get; init; }

    /// <summary>How often one call is tried in all.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>How long one try may take.</summary>
    public TimeSpan AttemptTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The first wait is a random part of this; each further one of twice as much.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>No wait is longer. Where the relay asks for more, the failure is given back, with the time that it named.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    public TimeProvider Clock { get; init; } = Defaults.Clock;

    /// <summary>A number from 0 to below 1.</summary>
    public Func<double> Chance { get; init; } = Defaults.Chance;

    public override string ToString() => $"{Url} ***";
}

/// <summary>What stands where an application passes nothing in: the root of the client's own composition.</summary>
internal static class Defaults
{
#pragma warning disable RS0030 // The one place that names the system's clock and chance.
    public static TimeProvider Clock => TimeProvider.System;
    public static Func<double> Chance => Random.Shared.NextDouble;
#pragma warning restore RS0030

    /// <summary>A name for one request or message, that nobody else gives.</summary>
    public static string NewName() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
