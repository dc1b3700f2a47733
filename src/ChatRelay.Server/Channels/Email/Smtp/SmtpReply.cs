using System.Globalization;
using ChatRelay.Outbound;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>One answer of the server, or why there is none.</summary>
internal sealed record SmtpReply
{
    /// <summary>200 to 599; zero when no answer was read.</summary>
    public int Code { get; private init; }

    /// <summary>All its lines as they came, each with its code and CR LF. Bytes, one for each character.</summary>
    public string Text { get; private init; } = "";

    public OutboundFailure? Failure { get; private init; }

    public bool IsPositive => Code is >= 200 and < 300;
    public bool IsRefusal => Code is >= 400 and < 600;

    /// <summary>The server says that it closes the connection.</summary>
    public bool IsGoodbye => Code == 421;

    /// <summary>The enhanced status (RFC 3463) of the first line that has one.</summary>
    public EnhancedStatus? Status => Lines.Select(line => EnhancedStatus.At(line)).FirstOrDefault(status => status is not null);

    /// <summary>Its lines, without code and CR LF.</summary>
    public IEnumerable<string> Lines => Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Length > 4 ? line[4..] : "");

    /// <summary>`550 5.1.1`: the far end's verdict in digits only, safe to show anywhere.</summary>
    public string Digits => Status is { } status ? $"{Code} {status}" : $"{Code}";

    public static SmtpReply Of(int code, string text) => new() { Code = code, Text = text };

    public static SmtpReply Failed(OutboundFailure failure) => new() { Failure = failure };
}

/// <summary>class.subject.detail of RFC 3463.</summary>
internal readonly record struct EnhancedStatus(int Class, int Subject, int Detail)
{
    /// <summary>There is no such mailbox or domain, said clearly. 5.1.7 and 5.1.8 are about the sender.</summary>
    public bool SaysNoMailbox => this is { Subject: 1, Detail: 0 or 1 or 2 or 3 or 4 or 6 or 10 } or { Subject: 2, Detail: 1 };

    public override string ToString() => $"{Class}.{Subject}.{Detail}";

    public static EnhancedStatus? At(string line)
    {
        var word = line.AsSpan();
        if (word.IndexOf(' ') is >= 0 and var end) word = word[..end];
        Span<Range> parts = stackalloc Range[4];
        if (word.Length > 9 || word.Split(parts, '.') != 3) return null;
        return Digits(word[parts[0]]) is { } first and (2 or 4 or 5) && Digits(word[parts[1]]) is { } subject && Digits(word[parts[2]]) is { } detail
            ? new(first, subject, detail) : null;
    }

    private static int? Digits(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 3 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
