using System.Buffers;
using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;

namespace ChatRelay.Presence;

/// <summary>Signals as sockets get them.</summary>
internal static class SignalFrames
{
    private static readonly JsonWriterOptions Written = new() { Encoder = RelayJson.Options.Encoder, SkipValidation = true };

    public static byte[] InRoom(RoomId room, string? user, string? device, SignalInput input) => Make(json =>
    {
        json.WriteString("r", room.ToString());
        WriteFrom(json, user, device);
        json.WriteString("kind", input.Kind);
        if (input.Kind == SignalInput.Typing) json.WriteNumber("show_ms", (long)PassingLimits.TypingIsShown.TotalMilliseconds);
        WritePayload(json, input.Payload, input.Encrypted is not null);
    });

    public static byte[] ToDevices(StoredSignal signal) => Make(json =>
    {
        json.WriteString("sid", signal.Id.ToString("n"));
        WriteFrom(json, signal.Sender, signal.SenderDevice);
        json.WriteStartObject("to");
        json.WriteString("user", signal.User);
        json.WriteString("device", signal.Device);
        json.WriteEndObject();
        json.WriteString("kind", signal.Kind);
        if (signal.Call is { } call) json.WriteString("call", call);
        json.WriteString("ts", Rfc3339.Format(signal.At));
        json.WriteString("exp", Rfc3339.Format(signal.ExpiresAt));
        WritePayload(json, signal.Payload, signal.Encrypted);
    });

    private static void WriteFrom(Utf8JsonWriter json, string? user, string? device)
    {
        json.WriteStartObject("from");
        if (user is not null) json.WriteString("user", user);
        if (device is not null) json.WriteString("device", device);
        json.WriteEndObject();
    }

    private static void WritePayload(Utf8JsonWriter json, string? payload, bool encrypted)
    {
        if (payload is null) return;
        json.WritePropertyName(encrypted ? "encrypted" : "data");
        json.WriteRawValue(payload, skipInputValidation: true); // it was read strictly when it came
    }

    private static byte[] Make(Action<Utf8JsonWriter> rest)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Written))
        {
            json.WriteStartObject();
            json.WriteString("ev", "signal");
            rest(json);
            json.WriteEndObject();
        }
        return Frames.Text(buffer.WrittenSpan);
    }
}
