using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ChatRelay.Channels.Email.Rest;

/// <summary>A request's body in one rented array: an attachment is encoded once, straight to where it is sent from. Disposed when the call has ended.</summary>
internal sealed class RentedBody(int expected) : IBufferWriter<byte>, IDisposable
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // six bytes for each < would be most of an HTML body

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(expected);
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public static RentedBody OfJson<T>(T value, JsonTypeInfo<T> type, int expected)
    {
        var body = new RentedBody(expected);
        using var json = body.Json();
        JsonSerializer.Serialize(json, value, type);
        return body;
    }

    public Utf8JsonWriter Json() => new(this, Plain);

    /// <summary>An upper bound of what a mail takes as JSON or as a form, for bodies without much to escape.</summary>
    public static int Expect(EmailMessage mail) =>
        4096 + (2 * ((mail.Text?.Length ?? 0) + (mail.Html?.Length ?? 0))) + mail.Attachments.Sum(file => (file.Content.Length / 3 * 4) + 1024);

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private void MakeRoom(int wanted)
    {
        if (_bytes.Length - _length >= Math.Max(wanted, 1)) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + wanted));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _length) = ([], 0);
    }
}
