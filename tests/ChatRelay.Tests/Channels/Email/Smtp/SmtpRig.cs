using System.Security.Cryptography.X509Certificates;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Outbound;
using ChatRelay.Providers;
using ChatRelay.Settings;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email.Smtp;

/// <summary>The SMTP sender as it runs, with a clock that stands still.</summary>
internal sealed class SmtpRig : IDisposable
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(16);

    public SmtpRig(IReadOnlyList<AllowRule>? allow = null, X509Certificate2Collection? roots = null, SmtpOptions? options = null, OutboundRig? outbound = null)
    {
        Outbound = outbound ?? new OutboundRig(allow);
        options ??= new();
        Connections = new(options, Outbound.Relay);
        Sender = new(Connections, new(Outbound.Dialer, options, Outbound.Relay, roots), Outbound.Relay);
    }

    public OutboundRig Outbound { get; }
    public SmtpConnections Connections { get; }
    public SmtpSender Sender { get; }
    public FakeClock Clock => Outbound.Clock;

    public static ProviderAccount.Smtp Account(int port, SmtpSecurity security = SmtpSecurity.None, SmtpAuth auth = SmtpAuth.None) => new()
    {
        Id = new(Guid.Empty),
        Host = "127.0.0.1",
        Port = port,
        Security = security,
        Auth = auth,
        Username = auth is SmtpAuth.None ? null : "ann",
        Password = auth is SmtpAuth.None ? null : new Secret("open sesame"),
    };

    public static SendRequest.Email Mail(ProviderAccount.Smtp account, string text = "Hello", int copies = 0) => new()
    {
        Tenant = new(Guid.Empty),
        Delivery = new(Guid.Empty),
        Timeout = Timeout,
        Account = account,
        Message = new()
        {
            MessageId = "dlv_0@relay.example",
            From = new("relay@sender.example", "Relay"),
            To = new("to@receiver.example"),
            Subject = "Hello",
            Text = text,
            Cc = [.. Enumerable.Range(1, copies).Select(i => new Mailbox($"copy{i}@receiver.example"))],
        },
    };

    public Task<SendOutcome> SendAsync(FakeReceiver server, CancellationToken ct, SmtpSecurity security = SmtpSecurity.None, SmtpAuth auth = SmtpAuth.None, int copies = 0) =>
        Sender.SendAsync(Mail(Account(server.Port, security, auth), copies: copies), ct);

    public void Dispose()
    {
        Connections.Dispose();
        Outbound.Dispose();
    }
}
