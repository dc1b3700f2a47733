namespace ChatRelay.Operations.Alerts;

/// <summary>How a rule is set now.</summary>
internal sealed record AlertSetting(bool Enabled, double Threshold, TimeSpan For, bool Below);

/// <summary>What is remembered of a rule between two looks: whether it fires, and since when its figure has been wrong, or well again.</summary>
internal sealed record AlertMemory(bool Firing, DateTimeOffset? WrongSince, DateTimeOffset? RightSince)
{
    public static AlertMemory Quiet { get; } = new(false, null, null);
}

/// <summary>What a look changed.</summary>
internal enum AlertTurn { None, Fired, Resolved }

/// <summary>
/// Decides what fires: pure. A figure fires that has been beyond its threshold for the rule's time without a break, and resolves when it has been well clear of it,
/// by a fifth, for as long again. So one that dances about its threshold is told once.
/// </summary>
internal static class AlertPolicy
{
    private const double Clear = 0.8;

    public static (AlertMemory After, AlertTurn Turn) Decide(AlertMemory before, AlertSetting rule, double? figure, DateTimeOffset now)
    {
        if (!rule.Enabled) return (AlertMemory.Quiet, before.Firing ? AlertTurn.Resolved : AlertTurn.None);
        if (figure is not { } value) return (before with { WrongSince = null, RightSince = null }, AlertTurn.None); // nobody knows: nothing changes, and no time counts
        if (!before.Firing)
        {
            if (!IsWrong(rule, value)) return (AlertMemory.Quiet, AlertTurn.None);
            var since = Earlier(before.WrongSince, now);
            return now - since >= rule.For ? (new(true, since, null), AlertTurn.Fired) : (new(false, since, null), AlertTurn.None);
        }
        if (!IsClear(rule, value)) return (before with { RightSince = null }, AlertTurn.None);
        var well = Earlier(before.RightSince, now);
        return now - well >= rule.For ? (AlertMemory.Quiet, AlertTurn.Resolved) : (before with { RightSince = well }, AlertTurn.None);
    }

    public static bool IsWrong(AlertSetting rule, double value) => rule.Below ? value < rule.Threshold : value > rule.Threshold;

    public static bool IsClear(AlertSetting rule, double value) => rule.Below ? value >= rule.Threshold / Clear : value <= rule.Threshold * Clear;

    // A clock that was set back must not make anybody wait for longer.
    private static DateTimeOffset Earlier(DateTimeOffset? since, DateTimeOffset now) => since < now ? since.Value : now;
}
