using System.Text;
using ChatRelay.Channels.Email.Mime;
using ChatRelay.Http.Json;

namespace ChatRelay.Notifications;

/// <summary>What is said. The relay renders nothing of its own into it.</summary>
internal sealed record ContentInput : IRuled
{
    private const int MostBytes = 256 * 1024;
    private const long MostAttached = 10 * 1024 * 1024;

    [Text(1, 998)]
    public string? Subject { get; init; }

    [MaxBytes(MostBytes)]
    public string? Text { get; init; }

    [MaxBytes(MostBytes)]
    public string? Html { get; init; }

    [MaxBytes(MostBytes)]
    public RawJson? Data { get; init; }
    public EmailInput? Email { get; init; }
    public EncryptedInput? Encrypted { get; init; }

    public void Check(Faults faults)
    {
        if (Subject is null && Text is null && Html is null && Data is null && Email is null && Encrypted is null) faults.Add(FaultCodes.Missing, "Expected at least one member.");
        if (BytesOf(Text) + BytesOf(Html) + BytesOf(Data?.Text) > MostBytes) faults.Add(FaultCodes.TooLarge, "Content is at most 256 KB, without attachments.");
        if (Email?.Attachments.Sum(a => (long)a.Content.Length) > MostAttached) faults.Add("email", FaultCodes.TooLarge, "Attachments are at most 10 MB together.");
    }

    private static int BytesOf(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);
}

/// <summary>What only a mail has.</summary>
internal sealed record EmailInput : IRuled
{
    public MailboxInput? From { get; init; }

    [Items(0, 10)]
    public IReadOnlyList<MailboxInput> ReplyTo { get; init; } = [];

    [Items(0, 50)]
    public IReadOnlyList<MailboxInput> Cc { get; init; } = [];

    [Items(0, 50)]
    public IReadOnlyList<MailboxInput> Bcc { get; init; } = [];

    [Items(0, 50), Keys(1, 76), Text(0, 998), Note("Headers of your own. Those that shape a mail, say who it is from and to, or belong to servers on its way are refused.")]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    [Items(0, 20)]
    public IReadOnlyList<AttachmentInput> Attachments { get; init; } = [];
    public MailStream Stream { get; init; }

    public void Check(Faults faults)
    {
        using var _ = faults.In("headers");
        foreach (var name in Headers.Keys)
        {
            if (!CustomHeaders.IsName(name)) faults.Add(name, FaultCodes.InvalidFormat, CustomHeaders.Expected);
            else if (CustomHeaders.IsOurs(name)) faults.Add(name, FaultCodes.NotAllowed, CustomHeaders.Ours);
        }
    }
}

/// <summary>Mail that was asked for, or that goes to many.</summary>
internal enum MailStream { Transactional, Broadcast }

/// <summary>A file, as base64.</summary>
internal sealed record AttachmentInput
{
    [Text(1, 255, OneWay = true)]
    public required string Filename { get; init; }

    [Pattern("[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}", "a media type such as application/pdf")]
    public required string ContentType { get; init; }
    public required byte[] Content { get; init; }

    [Pattern("[A-Za-z0-9!#$%&'*+./=?^_`{|}~@-]{1,255}", "an id for cid: references")]
    public string? ContentId { get; init; }
}

/// <summary>Ciphertext: the relay only carries it.</summary>
internal sealed record EncryptedInput
{
    [Text(1, 64)]
    public required string Alg { get; init; }

    [MaxBytes(64 * 1024)]
    public required byte[] Ciphertext { get; init; }

    [MaxBytes(4096)]
    public RawJson? Header { get; init; }
}
