using System.Buffers;
using System.Text;
using ChatRelay.Channels.Email.Rest;

namespace ChatRelay.Channels.Email.Mailgun;

/// <summary>Writes multipart/form-data as browsers do: names and values in UTF-8, files as they are. The boundary is nobody's to guess.</summary>
internal sealed class MultipartForm(RentedBody body, string boundary)
{
    public string ContentType => $"multipart/form-data; boundary={boundary}";

    public void Field(string name, string value)
    {
        Write($"--{boundary}\r\nContent-Disposition: form-data; name=\"{Safe(name)}\"\r\n\r\n");
        Write(value);
        Write("\r\n");
    }

    public void File(string name, string filename, string contentType, ReadOnlyMemory<byte> content)
    {
        Write($"--{boundary}\r\nContent-Disposition: form-data; name=\"{Safe(name)}\"; filename=\"{Safe(filename)}\"\r\nContent-Type: {TypeOf(contentType)}\r\n\r\n");
        body.Write(content.Span);
        Write("\r\n");
    }

    public void End() => Write($"--{boundary}--\r\n");

    private void Write(string text) => Encoding.UTF8.GetBytes(text, body);

    // Readers do not agree on how a quote in a name is escaped, and a line end in one would begin a header.
    private static string Safe(string name) => string.Concat(name.Select(c => c switch
    {
        '"' => '\'',
        '\\' or '/' => '_',
        _ => char.IsControl(c) ? '_' : c,
    }));

    private static string TypeOf(string contentType) =>
        contentType.Contains('/', StringComparison.Ordinal) && contentType.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 ? contentType : "application/octet-stream";
}
