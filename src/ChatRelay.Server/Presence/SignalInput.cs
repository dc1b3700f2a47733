using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Messages;
using ChatRelay.Realtime;
using ChatRelay.Rooms;

namespace ChatRelay.Presence;

/// <summary>A signal as a client says it: to a room with `r` alone, to a user's devices with `to`.</summary>
internal sealed record SignalInput : OpInput, IRuled
{
    public const string Typing = "typing", Select = "select", AllDevices = "*";
    public const int MostToRoom = 1024, MostToDevices = 16 * 1024, LongestMs = 60_000;

    [Text(1, 160)]
    public string? R { get; init; }
    public Devices? To { get; init; }

    [Pattern("[a-z][a-z0-9_.-]{0,63}", "a word such as typing or offer")]
    public required string Kind { get; init; }

    [MaxBytes(MostToDevices)]
    public RawJson? Data { get; init; }
    public SealedInput? Encrypted { get; init; }

    [Text(1, 64)]
    public string? Call { get; init; }

    [Between(1, LongestMs)]
    public int? TtlMs { get; init; }

    public PathRoom Room => PathRoom.Of(R);
    public string? Payload => Data?.Text ?? Encrypted?.ToText();

    internal sealed record Devices
    {
        [ExternalId]
        public required string User { get; init; }

        [Text(1, 128)]
        public string Device { get; init; } = AllDevices;
    }

    public void Check(Faults faults)
    {
        if (R is null && To is null) faults.Add("r", FaultCodes.Missing, "A room, or to whose devices?");
        if (Data is not null && Encrypted is not null) faults.Add("encrypted", FaultCodes.NotAllowed, "Either data or encrypted.");
        if (To is null)
        {
            if (TtlMs is not null) faults.Add("ttl_ms", FaultCodes.NotAllowed, "What goes to a room is not kept.");
            if (Call is not null) faults.Add("call", FaultCodes.NotAllowed, "Calls are between devices.");
        }
        else if (Kind == Select && To.Device == AllDevices) faults.Add("to", FaultCodes.NotAllowed, "select names one device.");
        if (SizeOf(Data, Encrypted) > (To is null ? MostToRoom : MostToDevices))
            faults.Add(Data is not null ? "data" : "encrypted", FaultCodes.TooLarge, $"At most {(To is null ? MostToRoom : MostToDevices)} bytes.");
    }

    private static int SizeOf(RawJson? data, SealedInput? encrypted) => data is not null ? System.Text.Encoding.UTF8.GetByteCount(data.Text) : encrypted?.Ciphertext.Length ?? 0;
}
