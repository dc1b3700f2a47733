using System.Collections.Frozen;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>Which headers a tenant may add to a mail: those that neither shape it, nor say who it is from and to, nor speak for a server on its way.</summary>
internal static class CustomHeaders
{
    public const string Expected = "Expected a header's name: letters, digits, '-' and '_', beginning with a letter.";
    public const string Ours = "The relay writes this header itself, or nobody may.";

    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Subject", "Date", "Message-ID", "MIME-Version", "Return-Path", "Delivered-To", "Envelope-To", "Apparently-To",
        "Authentication-Results", "DKIM-Signature", "DomainKey-Signature", "List-Unsubscribe", "List-Unsubscribe-Post");

    private static readonly string[] ReservedFamilies = ["Content-", "Resent-", "ARC-", "Received"];

    public static bool IsName(string name) =>
        name.Length is > 0 and <= 76 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    public static bool IsOurs(string name) =>
        Reserved.Contains(name) || ReservedFamilies.Any(family => name.StartsWith(family, StringComparison.OrdinalIgnoreCase));
}
