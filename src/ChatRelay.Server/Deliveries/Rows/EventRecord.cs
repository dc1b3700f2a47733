using ChatRelay.Protocol;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>An event that is appended only if the settlement beside it passes its fence. It points to content and holds none.</summary>
internal sealed record EventRecord(Guid Id, string Type, string Subject, string Data)
{
    public static EventRecord OfDelivery(string type, Guid notification, Guid delivery, DateTimeOffset at, int? attempt = null) => Of(type, notification, delivery, at, attempt);

    public static EventRecord OfNotification(NotificationStatus status, Guid notification, Guid delivery, DateTimeOffset at) =>
        Of($"notification.{Words.Of(status)}", notification, delivery, at, null);

    private static EventRecord Of(string type, Guid notification, Guid delivery, DateTimeOffset at, int? attempt)
    {
        var ntf = new NotificationId(notification).ToString();
        var more = attempt is { } number ? $",\"attempt\":{number}" : ""; // ids and numbers have nothing to escape
        return new(RelayId.New<Protocol.EventId>(at).Value, type, ntf, $$"""{"notification_id":"{{ntf}}","delivery_id":"{{new DeliveryId(delivery)}}"{{more}}}""");
    }

    public const int Columns = 4;
    public const string Names = "event_id, event_type, event_subject, event_data";

    public static string Unnested(int first) => $"${first}::uuid[], ${first + 1}::text[], ${first + 2}::text[], ${first + 3}::text[]";

    public static string Insert(string from) => $"""
        insert into events (tenant_id, id, generation, type, subject, ordering_key, data)
          select tenant_id, event_id, (select generation from installation), event_type, event_subject, event_subject, event_data from {from} where event_id is not null
          on conflict do nothing
        """;

    /// <summary>One tenant's, without a fence.</summary>
    public static NpgsqlBatchCommand Append(Guid tenant, IReadOnlyList<EventRecord> told) => new NpgsqlBatchCommand($"""
        with e as (select $1::uuid as tenant_id, i.* from unnest({Unnested(2)}) as i({Names}))
        {Insert("e")}
        """) { Parameters = { new() { Value = tenant } } }.Adding(Of(told));

    public static NpgsqlParameter[] Of(IReadOnlyList<EventRecord?> rows) =>
    [
        UnnestedColumn.Of(rows, r => r?.Id, NpgsqlDbType.Uuid), UnnestedColumn.Of(rows, r => r?.Type, NpgsqlDbType.Text),
        UnnestedColumn.Of(rows, r => r?.Subject, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r?.Data, NpgsqlDbType.Text),
    ];
}

internal static class BatchCommandWords
{
    public static NpgsqlBatchCommand Adding(this NpgsqlBatchCommand command, IEnumerable<NpgsqlParameter> parameters)
    {
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    public static NpgsqlCommand Adding(this NpgsqlCommand command, IEnumerable<NpgsqlParameter> parameters)
    {
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }
}
