using ChatRelay.Settings;

namespace ChatRelay.Operations.Alerts;

/// <summary>Where the outside hears of this relay, also when the relay itself can tell nobody.</summary>
internal sealed record AlertOptions
{
    [Setting("CHATRELAY_ALERT_URL", "Gets a POST with JSON for each alert that fires or resolves, straight from a node, also when the database is out of reach. Any address may stand here, private ones too.", Form = "an absolute http or https URL", Hidden = true)]
    public SecretUrl? Url { get; init; }

    [Setting("CHATRELAY_HEARTBEAT_URL", "Gets a GET every minute from each node that delivers: it reaches its database, is neither paused nor draining, and looks for work. Silence is the alarm.", Form = "an absolute http or https URL", Hidden = true)]
    public SecretUrl? Heartbeat { get; init; }
}
