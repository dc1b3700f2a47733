using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Providers;

/// <summary>A mail server of the tenant's choice.</summary>
internal sealed record SmtpConfig : ProviderConfig, IRuled
{
    [Text(1, 253), Note("A name, or an address.", Example = "\"mail.example.com\"")]
    public required string Host { get; init; }

    [Between(1, 65535), Note("25, 465, 587 or 2525; others only where an operator has opened them.")]
    public int Port { get; init; } = 587;

    [Note("none only where an operator has opened the address.")]
    public SmtpSecurity Security { get; init; } = SmtpSecurity.Starttls;
    public SmtpAuth Auth { get; init; } = SmtpAuth.Plain;
    public DkimConfig? Dkim { get; init; }

    internal override string Place => $"{Host.ToLowerInvariant()}:{Port} {Security}";

    internal override IReadOnlyList<string> Needs =>
        [.. Auth is SmtpAuth.None ? (string[])[] : ["username", "password"], .. Dkim is null ? (string[])[] : ["dkim_private_key"]];

    public void Check(Faults faults)
    {
        if (!HostText.TryRead(Host, out _, out var fault)) faults.Add("host", FaultCodes.InvalidFormat, fault);
    }

    public override void Check(IReadOnlyCollection<string> credentials, Faults faults)
    {
        base.Check(credentials, faults);
        using var _ = faults.In("credentials");
        foreach (var name in credentials.Except(Needs))
            faults.Add(name, FaultCodes.NotAllowed, name == "dkim_private_key" ? "It belongs to config.dkim, which is not given." : "Without auth nobody signs in.");
    }

    public override IEnumerable<Fault> Forbidden(OutboundPolicy policy, OutboundAllow tenant)
    {
        if (!HostText.TryRead(Host, out var host, out _)) yield break;
        var to = new Destination(Host.ToLowerInvariant(), Port, Security is SmtpSecurity.Tls, OutboundUse.Smtp);
        if (!policy.MayReach(host, to, tenant))
            yield return new Fault("/config/host", FaultCodes.NotAllowed, "The host, or its port, is not one that the relay calls.");
        else if (!policy.MayReach(host, to with { Clear = Security is SmtpSecurity.None }, tenant))
            yield return new Fault("/config/security", FaultCodes.NotAllowed, "Mail goes in clear only to addresses that an operator has opened.");
    }

    public override ProviderAccount Open(ProviderId id, ReadOnlySpan<byte> credentials)
    {
        var secrets = ProviderCredentials.Read<SmtpCredentials>(credentials);
        return new ProviderAccount.Smtp
        {
            Id = id,
            Host = HostText.TryRead(Host, out var host, out _) && host is HostText.Literal { Address: var address } ? address.ToString() : Host,
            Port = Port,
            Security = Security,
            Auth = Auth,
            Username = secrets.Username,
            Password = secrets.Password is { } password ? new(password) : null,
            Dkim = Dkim is { } dkim && secrets.DkimPrivateKey is { } key ? new DkimKey(dkim.Domain, dkim.Selector, new(key)) : null,
        };
    }
}

/// <summary>What a mail's signature names: where the public key stands.</summary>
internal sealed record DkimConfig
{
    [Pattern(@"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}", "a domain such as example.com")]
    public required string Domain { get; init; }

    [Pattern(@"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", "a selector such as mail")]
    public required string Selector { get; init; }
}
