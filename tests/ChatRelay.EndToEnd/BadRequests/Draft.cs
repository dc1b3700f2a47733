using System.Text;

namespace ChatRelay.EndToEnd.BadRequests;

/// <summary>A request while it is being spoilt.</summary>
internal sealed class Draft
{
    public required string Method { get; set; }
    public required string Target { get; set; }
    public byte[]? Body { get; set; }
    public bool Broken { get; set; }
    public required string? Key { get; set; }
    public string? Authorization { get; set; }
    public string? ContentType { get; set; } = "application/json";
    public List<string> Headers { get; } = [];
    public List<string> Wrong { get; } = [];
    public Func<byte[], (string Header, byte[] Body)>? Frame { get; set; }
    public bool Host { get; set; } = true;
    public bool Ends { get; set; }
    public bool Last { get; set; }
    public bool MayBeNoRequest { get; set; }
    public bool MayGoUnanswered { get; set; }

    public BadRequest ToRequest(string operation)
    {
        var head = new StringBuilder().Append($"{Method} {Target} HTTP/1.1\r\n");
        if (Host) head.Append("Host: relay.test\r\n");
        if (Authorization is not null) head.Append($"{Authorization}\r\n");
        else if (Key is not null) head.Append($"Authorization: Bearer {Key}\r\n");
        foreach (var line in Headers) head.Append($"{line}\r\n");
        var body = Body ?? [];
        if (Body is not null)
        {
            if (ContentType is not null) head.Append($"Content-Type: {ContentType}\r\n");
            var (header, framed) = Frame?.Invoke(body) ?? ($"Content-Length: {body.Length}", body);
            head.Append($"{header}\r\n");
            body = framed;
        }
        head.Append("\r\n");
        var beyond = Headers.Count > 190 || head.Length > 30_000 || Target.Length > 16_000 || Target.LastIndexOf("http://", StringComparison.Ordinal) > 0; // what the server itself refuses
        return new BadRequest(operation, Method, Target, Wrong, [.. Encoding.Latin1.GetBytes(head.ToString()), .. body])
        {
            Ends = Ends,
            Last = Last,
            MayBeNoRequest = MayBeNoRequest || beyond,
            MayGoUnanswered = MayGoUnanswered || Ends || beyond || (Body is { Length: > 200_000 }),
        };
    }
}
