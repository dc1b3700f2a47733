namespace ChatRelay.Bench.Engine;

/// <summary>What a node is told when one target takes everything it can send.</summary>
internal static class EngineSettings
{
    public static (string, string?)[] Of(Uri target) =>
    [
        ("CHATRELAY_OUTBOUND_ALLOW", $"127.0.0.1/32:{target.Port}"), ("CHATRELAY_DELIVERY_SLOTS", "1024"), ("CHATRELAY_DELIVERY_PER_TARGET", "1024"),
        ("CHATRELAY_BACKLOG_TENANT", "10000000"),
    ];
}
