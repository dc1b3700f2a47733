using ChatRelay.Settings;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>How many connections a node has to SMTP servers, and how it calls itself there.</summary>
internal sealed record SmtpOptions
{
    [Setting("CHATRELAY_SMTP_CONNECTIONS", "The most connections that a node has to the SMTP server of one provider account.", Min = 1, Max = 1000)]
    public int PerAccount { get; init; } = 10;

    [Setting("CHATRELAY_SMTP_CONNECTIONS_ALL", "The most connections that a node has to SMTP servers in all.", Min = 1, Max = 10_000)]
    public int All { get; init; } = 256;

    [Setting("CHATRELAY_SMTP_NAME", "The name that a node greets SMTP servers with. Servers that relay by address may want one that resolves to the node.", Form = "a host name, or an address in brackets")]
    public HeloName Name { get; init; } = HeloName.Loopback;
}
