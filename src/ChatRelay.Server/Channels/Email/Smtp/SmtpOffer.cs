using System.Globalization;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>What the server said that it can do. What it said before TLS counts for nothing after it.</summary>
internal sealed record SmtpOffer
{
    public bool StartTls { get; private init; }
    public bool Pipelining { get; private init; }

    /// <summary>MAIL may say how large the mail is.</summary>
    public bool Size { get; private init; }

    /// <summary>The largest mail that it takes; null when it names none.</summary>
    public long? MaxSize { get; private init; }

    /// <summary>Mechanisms in capitals.</summary>
    public IReadOnlyList<string> Auth { get; private init; } = [];

    public static SmtpOffer Of(SmtpReply ehlo)
    {
        var offer = new SmtpOffer();
        foreach (var line in ehlo.Lines.Skip(1)) // the first greets
        {
            // Old servers write AUTH=PLAIN.
            var words = line.ToUpperInvariant().Split([' ', '='], StringSplitOptions.RemoveEmptyEntries);
            offer = words switch
            {
                ["STARTTLS"] => offer with { StartTls = true },
                ["PIPELINING"] => offer with { Pipelining = true },
                ["SIZE", ..] => offer with { Size = true, MaxSize = LimitOf(words) },
                ["AUTH", .. var mechanisms] => offer with { Auth = [.. offer.Auth, .. mechanisms] },
                _ => offer,
            };
        }
        return offer;
    }

    // No number and zero both mean that none is fixed.
    private static long? LimitOf(string[] words) =>
        words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? limit : null;
}
