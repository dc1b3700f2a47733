using ChatRelay.ApiKeys;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Deliveries;
using ChatRelay.Http;
using ChatRelay.Operations.Alerts;
using ChatRelay.Operations.Backup;
using ChatRelay.Outbound;
using ChatRelay.Presence;
using ChatRelay.Realtime;
using ChatRelay.Secrets;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using ChatRelay.Storage.EmbeddedPostgres;
using ChatRelay.Suppressions;
using ChatRelay.Telemetry;

namespace ChatRelay;

/// <summary>Every options record of the server. A record that is not named here is never filled; a test says so.</summary>
internal static class AllOptions
{
    public static SettingsCatalog Catalog { get; } = new(
        typeof(ServerOptions),
        typeof(LogOptions),
        typeof(TracingOptions),
        typeof(DatabaseOptions),
        typeof(PostgresOptions),
        typeof(GroupCommitOptions),
        typeof(SecretsOptions),
        typeof(HttpOptions),
        typeof(OperatorOptions),
        typeof(RecipientOptions),
        typeof(DeliveryOptions),
        typeof(OutboundOptions),
        typeof(SmtpOptions),
        typeof(RealtimeOptions),
        typeof(BusOptions),
        typeof(PresenceOptions),
        typeof(BackupOptions),
        typeof(AlertOptions));
}
