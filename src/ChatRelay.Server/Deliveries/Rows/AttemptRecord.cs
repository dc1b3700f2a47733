using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace ChatRelay.Deliveries;

/// <summary>One try, as it is recorded.</summary>
internal sealed record AttemptRecord
{
    public required Guid Id { get; init; }
    public required int Number { get; init; }
    public required string Trigger { get; init; }
    public ProviderId? Provider { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required TimeSpan Took { get; init; }
    public required Outcome Outcome { get; init; }
    public bool MaybeSent { get; init; }
    public string? Detail { get; init; }
    public int? Status { get; init; }
    public string? Headers { get; init; }
    public byte[]? Body { get; init; }
    public string? ProviderMessageId { get; init; }

    public static AttemptRecord Of(ClaimedDelivery delivery, SendOutcome outcome, DateTimeOffset startedAt, TimeSpan took) => new()
    {
        Id = RelayId.New<AttemptId>(startedAt).Value,
        Number = delivery.Attempt,
        Trigger = delivery.Trigger,
        Provider = delivery.Provider,
        StartedAt = startedAt,
        Took = took,
        Outcome = outcome.Outcome,
        MaybeSent = outcome.MaybeSent,
        Detail = outcome.Detail,
        Status = outcome.Reply is { Status: > 0 } reply ? reply.Status : null,
        Headers = outcome.Reply is { Headers.Count: > 0 } answered ? HeadersText(answered) : null,
        Body = outcome.Reply is { Body.IsEmpty: false } read ? read.Body.ToArray() : null,
        ProviderMessageId = (outcome as SendOutcome.Accepted)?.ProviderMessageId,
    };

    private static string HeadersText(OutboundReply reply) => JsonSerializer.Serialize(reply.Headers.Select(h => new[] { h.Key, h.Value }));

    public const int Columns = 13;
    public const string Names =
        "number, attempt_id, trigger, provider_id, started_at, duration_ms, outcome, maybe_sent, detail, response_status, response_headers, response_body, provider_message_id";
    public const string Stored =
        "number, id, trigger, provider_id, started_at, duration_ms, outcome, maybe_sent, detail, response_status, response_headers, response_body, provider_message_id";

    private static readonly string[] Types =
        ["int", "uuid", "text", "uuid", "timestamptz", "int", "text", "boolean", "text", "int", "text", "bytea", "text"];

    public static string Unnested(int first) => string.Join(", ", Types.Select((type, i) => $"${first + i}::{type}[]"));

    public static NpgsqlParameter[] Of(IReadOnlyList<AttemptRecord> rows) =>
    [
        UnnestedColumn.Of(rows, r => r.Number, NpgsqlDbType.Integer), UnnestedColumn.Of(rows, r => r.Id, NpgsqlDbType.Uuid),
        UnnestedColumn.Of(rows, r => r.Trigger, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Provider?.Value, NpgsqlDbType.Uuid),
        UnnestedColumn.Of(rows, r => r.StartedAt, NpgsqlDbType.TimestampTz), UnnestedColumn.Of(rows, r => (int)r.Took.TotalMilliseconds, NpgsqlDbType.Integer),
        UnnestedColumn.Of(rows, r => Words.Of(r.Outcome), NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.MaybeSent, NpgsqlDbType.Boolean),
        UnnestedColumn.Of(rows, r => r.Detail, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Status, NpgsqlDbType.Integer),
        UnnestedColumn.Of(rows, r => r.Headers, NpgsqlDbType.Text), UnnestedColumn.Of(rows, r => r.Body, NpgsqlDbType.Bytea),
        UnnestedColumn.Of(rows, r => r.ProviderMessageId, NpgsqlDbType.Text),
    ];
}
