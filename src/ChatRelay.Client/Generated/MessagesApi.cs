// Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
#nullable enable
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatRelay.Client;

/// <summary>Operations on messages.</summary>
public sealed class MessagesApi
{
    private readonly RelayHttp wire;

    internal MessagesApi(RelayHttp wire) => this.wire = wire;

    /// <summary>Send one message into up to 100 rooms. Needs an API key with the scope `rooms:write`.</summary>
    public Task<RelayResult<MultiSent>> SendMultiAsync(MultiSendRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, "/v1/messages/multi", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.MultiSendRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.MultiSent, ct);

    /// <summary>Read a room's log. Needs an API key with the scope `rooms:read`, or a user's token.</summary>
    public Task<RelayResult<MessageList>> ListAsync(string room, int? limit = null, long? afterSeq = null, long? beforeSeq = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With($"/v1/rooms/{PathText.Segment(room)}/messages", ("limit", PathText.Of(limit)), ("after_seq", PathText.Of(afterSeq)), ("before_seq", PathText.Of(beforeSeq))), Repeatable: true), RelayJson.Default.MessageList, ct);

    /// <summary>Send a message into a room. Needs an API key with the scope `rooms:write`, or a user's token.</summary>
    public Task<RelayResult<Sent>> SendAsync(string room, MessageInput request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/rooms/{PathText.Segment(room)}/messages", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.MessageInput), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Sent, ct);

    /// <summary>Send up to 100 messages into a room, numbered in their order. Needs an API key with the scope `rooms:write`.</summary>
    public Task<RelayResult<BatchSent>> SendBatchAsync(string room, BatchSendRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/rooms/{PathText.Segment(room)}/messages/batch", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.BatchSendRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.BatchSent, ct);

    /// <summary>Search a room's messages, the newest first. Needs an API key with the scope `rooms:read`, or a user's token.</summary>
    public Task<RelayResult<SearchMessages>> SearchAsync(string room, string? q = null, int? limit = null, string? from = null, string? type = null, DateTimeOffset? createdAfter = null, DateTimeOffset? createdBefore = null, long? beforeSeq = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With($"/v1/rooms/{PathText.Segment(room)}/messages/search", ("q", q), ("limit", PathText.Of(limit)), ("from", from), ("type", type), ("created_after", PathText.Of(createdAfter)), ("created_before", PathText.Of(createdBefore)), ("before_seq", PathText.Of(beforeSeq))), Repeatable: true), RelayJson.Default.SearchMessages, ct);

    /// <summary>Delete a message. Needs an API key with the scope `rooms:write`, or a user's token.</summary>
    public Task<RelayResult<Done>> DeleteAsync(string room, string message, CancellationToken ct = default) =>
        wire.DoAsync(new(HttpMethod.Delete, $"/v1/rooms/{PathText.Segment(room)}/messages/{PathText.Segment(message)}", Repeatable: true), ct);

    /// <summary>Edit a message. Needs an API key with the scope `rooms:write`, or a user's token.</summary>
    public Task<RelayResult<Sent>> EditAsync(string room, string message, EditMessageRequest request, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Patch, $"/v1/rooms/{PathText.Segment(room)}/messages/{PathText.Segment(message)}", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.EditMessageRequest)), RelayJson.Default.Sent, ct);

    /// <summary>Read a message and all of its edits. Needs an API key with the scope `rooms:read`, or a user's token.</summary>
    public Task<RelayResult<MessageHistory>> HistoryAsync(string room, string message, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, $"/v1/rooms/{PathText.Segment(room)}/messages/{PathText.Segment(message)}/history", Repeatable: true), RelayJson.Default.MessageHistory, ct);

    /// <summary>Who has reacted to a message. Needs an API key with the scope `rooms:read`, or a user's token.</summary>
    public Task<RelayResult<ReactionList>> ReactionsAsync(string room, string message, int? limit = null, long? afterSeq = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With($"/v1/rooms/{PathText.Segment(room)}/messages/{PathText.Segment(message)}/reactions", ("limit", PathText.Of(limit)), ("after_seq", PathText.Of(afterSeq))), Repeatable: true), RelayJson.Default.ReactionList, ct);

    /// <summary>React to a message. Needs an API key with the scope `rooms:write`, or a user's token.</summary>
    public Task<RelayResult<Sent>> ReactAsync(string room, string message, ReactRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/rooms/{PathText.Segment(room)}/messages/{PathText.Segment(message)}/reactions", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ReactRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Sent, ct);

    /// <summary>Take a reaction back. Needs an API key with the scope `rooms:write`, or a user's token.</summary>
    public Task<RelayResult<Sent>> UnreactAsync(string room, string message, ReactRequest request, string? idempotencyKey = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Post, $"/v1/rooms/{PathText.Segment(room)}/messages/{PathText.Segment(message)}/reactions/remove", JsonSerializer.SerializeToUtf8Bytes(request, RelayJson.Default.ReactRequest), IdempotencyKey: idempotencyKey ?? Defaults.NewName(), Repeatable: true), RelayJson.Default.Sent, ct);

    /// <summary>Read a message and the replies to it. Needs an API key with the scope `rooms:read`, or a user's token.</summary>
    public Task<RelayResult<MessageThread>> ThreadAsync(string room, string message, int? limit = null, long? afterSeq = null, CancellationToken ct = default) =>
        wire.AskAsync(new(HttpMethod.Get, PathText.With($"/v1/rooms/{PathText.Segment(room)}/messages/{PathText.Segment(message)}/thread", ("limit", PathText.Of(limit)), ("after_seq", PathText.Of(afterSeq))), Repeatable: true), RelayJson.Default.MessageThread, ct);
}
