using System.Diagnostics;
using ChatRelay.Channels;
using ChatRelay.Channels.Email.Smtp;
using ChatRelay.Outbound;
using ChatRelay.Providers;
using ChatRelay.Storage;

namespace ChatRelay.Bench.Mail;

/// <summary>The relay's sender as a worker calls it: guard, pool, MIME and all; only the database is not there.</summary>
internal sealed class RelayMail : IDisposable
{
    public const int Connections = 10, InFlight = 64;
    private readonly NameLookup names = new();
    private readonly SmtpConnections connections;
    private readonly SmtpSender sender;
    private readonly ProviderAccount.Smtp account;

    public RelayMail(int port)
    {
        var clock = new RelayClock(TimeProvider.System);
        var options = new SmtpOptions { PerAccount = Connections };
        var dialer = new OutboundDialer(new(new OutboundOptions { Allow = [AllowRule.Parse("127.0.0.0/8", null)] }), names.ResolveAsync, clock);
        connections = new(options, clock);
        sender = new(connections, new(dialer, options, clock), clock);
        account = new() { Id = new(Guid.Empty), Host = "127.0.0.1", Port = port, Security = SmtpSecurity.None };
    }

    public static readonly EmailMessage Small = new()
    {
        MessageId = "dlv_0@relay.example",
        From = new("orders@shop.example", "The Shop"),
        To = new("ann@customer.example", "Ann Lee"),
        Subject = "Your order 1234 is on its way",
        Text = string.Concat(Enumerable.Repeat("Your order is on its way and will be with you soon.\n", 15)),
        Html = $"<html><body>{string.Concat(Enumerable.Repeat("<p>Your order is on its way and will be with you soon.</p>\n", 15))}</body></html>",
    };

    /// <summary>So many in the air at once until the time is over; how many a second.</summary>
    public async Task<double> SendAsync(EmailMessage mail, int inFlight, TimeSpan time, CancellationToken ct)
    {
        var (began, sent) = (Stopwatch.GetTimestamp(), 0L);
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(began) < time)
            {
                await OneAsync(mail, ct);
                Interlocked.Increment(ref sent);
            }
        }, ct)));
        return sent / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    public async Task OneAsync(EmailMessage mail, CancellationToken ct)
    {
        var outcome = await sender.SendAsync(new SendRequest.Email { Tenant = new(Guid.Empty), Delivery = new(Guid.Empty), Account = account, Message = mail, Timeout = TimeSpan.FromMinutes(1) }, ct);
        if (outcome is not SendOutcome.Accepted) throw new InvalidOperationException($"a mail was not taken: {outcome.Outcome} {outcome.Detail}");
    }

    public void Dispose()
    {
        connections.Dispose();
        names.Dispose();
    }
}
