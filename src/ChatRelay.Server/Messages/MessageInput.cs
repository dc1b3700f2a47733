using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;

namespace ChatRelay.Messages;

/// <summary>What is said: plain JSON of the tenant's, or bytes that only the members can read.</summary>
internal sealed record MessageInput : IRuled
{
    public const int MostBytes = 64 * 1024, MaxRequest = 128 * 1024;

    [ExternalId, Note("Yours: the same one again, from the same sender into the same room, is answered with the first message.")]
    public string? ClientId { get; init; }

    [ExternalId, Note("Whom an API key says it for. A user's token is its own user.")]
    public string? From { get; init; }

    [Pattern("[a-z][a-z0-9_.-]{0,63}", "a word such as text or order.shipped")]
    public string Type { get; init; } = "text";

    [MaxBytes(MostBytes)]
    public RawJson? Body { get; init; }
    public SealedInput? Encrypted { get; init; }
    public MessageId? ReplyTo { get; init; }

    [Items(0, 50), Unique, ExternalId]
    public IReadOnlyList<string> Mentions { get; init; } = [];

    [Between(1, 31_536_000)]
    public int? ExpiresInS { get; init; }

    [MaxBytes(4 * 1024)]
    public RawJson? Metadata { get; init; }

    [Between(0, long.MaxValue), Note("Only if this is the room's last number: else 409 with the one that is.")]
    public long? ExpectSeq { get; init; }

    [Text(1, 64), Note("The epoch that expect_seq is a number of: after a restore or a failover of the database there may be another message under it.")]
    public string? ExpectEpoch { get; init; }

    [Note("For whoever is connected now: judged like any other, neither numbered nor stored.")]
    public bool Ephemeral { get; init; }

    [Note("Asks the rules of the room of an API key too, as if `from` had sent it.")]
    public bool Enforce { get; init; }

    public void Check(Faults faults)
    {
        if (Body is null == Encrypted is null) faults.Add(Body is null ? "body" : "encrypted", Body is null ? FaultCodes.Missing : FaultCodes.NotAllowed, "Either body or encrypted.");
        if (ExpectEpoch is not null && ExpectSeq is null) faults.Add("expect_seq", FaultCodes.Missing, "Which number of that epoch?");
        if (Ephemeral && ExpectSeq is not null) faults.Add("expect_seq", FaultCodes.NotAllowed, "An ephemeral message has no number.");
        if (Enforce && From is null) faults.Add("from", FaultCodes.Missing, "Whose rights are to be asked?");
    }

    public string Payload => Body?.Text ?? Encrypted!.ToText();
}

/// <summary>Ciphertext and what its readers need. The relay looks at its size only.</summary>
internal sealed record SealedInput
{
    [Text(1, 64)]
    public required string Alg { get; init; }

    [MaxBytes(MessageInput.MostBytes)]
    public required byte[] Ciphertext { get; init; }

    [MaxBytes(256)]
    public byte[]? Nonce { get; init; }

    [Text(1, 128)]
    public string? KeyVersion { get; init; }

    [MaxBytes(4 * 1024)]
    public RawJson? Header { get; init; }

    public string ToText() => JsonSerializer.Serialize(this, Text);

    private static readonly JsonSerializerOptions Text = new(RelayJson.Options) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };
}
