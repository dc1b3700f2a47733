using System.Text.Json;
using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.UserTokens;

namespace ChatRelay.Realtime;

/// <summary>An op that sockets take, and what its frame is read as. Slices put theirs into the table when the node starts.</summary>
internal sealed record SocketOp(string Name, Type Input, Func<SocketCall, CancellationToken, Task<OpAnswer>> HandleAsync);

/// <summary>The ops of a slice.</summary>
internal sealed record SocketOps(IEnumerable<SocketOp> All);

/// <summary>What every request has.</summary>
internal abstract record OpInput
{
    public required long Id { get; init; }
    public required string Op { get; init; }
}

/// <summary>A request on a socket.</summary>
internal sealed record SocketCall(SocketConnection Connection, Verified Who, JsonElement Frame, Caller Caller)
{
    /// <summary>An op that writes takes no member that it does not know: a mistyped expiry must not make a message permanent.</summary>
    public bool TryRead<T>(bool writes, out T input, out OpAnswer refusal) where T : OpInput
    {
        var faults = new Faults { PassUnknown = !writes };
        var good = Shape.Of<T>().TryRead(Frame, faults, out input);
        refusal = good && !faults.Any ? OpAnswer.Nothing : OpAnswer.Of(Problem.Validation(faults));
        return good && !faults.Any;
    }
}

/// <summary>What a request gets.</summary>
internal abstract record OpAnswer
{
    private OpAnswer() { }

    /// <summary>Then is done when the answer stands before everything that comes later, and before the next op.</summary>
    public sealed record Ok(Action<Utf8JsonWriter> Write) : OpAnswer
    {
        public Func<Task>? Then { get; init; }
    }

    public sealed record Failed(string Code, string Detail, string? Pointer = null, bool Retryable = false, int? RetryMs = null) : OpAnswer;

    public static readonly OpAnswer Nothing = new Ok(static json =>
    {
        json.WriteStartObject();
        json.WriteEndObject();
    });

    public static Ok View<T>(T view) => new(json => JsonSerializer.Serialize(json, view, RelayJson.Options));

    public static OpAnswer Of(Problem problem) => new Failed(
        problem.Code.Code, problem.Faults is [var first, ..] ? first.Detail : problem.Detail, problem.Faults is [var at, ..] ? at.Pointer : null,
        problem.Code.Retryable, problem.RetryAfter is { } after ? (int)after.TotalMilliseconds : null);

    public byte[] ToFrame(long id)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer, Written))
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            if (this is Ok ok)
            {
                json.WritePropertyName("ok");
                ok.Write(json);
            }
            else if (this is Failed failed) WriteFailed(json, failed);
            json.WriteEndObject();
        }
        return Frames.Text(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void WriteFailed(Utf8JsonWriter json, Failed failed)
    {
        json.WriteStartObject("error");
        json.WriteString("code", failed.Code);
        json.WriteString("detail", failed.Detail);
        if (failed.Pointer is { } pointer) json.WriteString("pointer", pointer);
        json.WriteBoolean("retryable", failed.Retryable);
        if (failed.RetryMs is { } wait) json.WriteNumber("retry_ms", wait);
        json.WriteEndObject();
    }

    private static readonly JsonWriterOptions Written = new() { Encoder = RelayJson.Options.Encoder, SkipValidation = true };
}
