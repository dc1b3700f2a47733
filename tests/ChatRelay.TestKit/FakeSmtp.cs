using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ChatRelay.TestKit;

/// <summary>Where in a session a FakeSmtp stands: the verb that it has heard, or `greeting`, `handshake`, `body` and `dot`.</summary>
public sealed record SmtpMoment(string Step, string Line, int Connection, int Mail);

/// <summary>What a FakeSmtp does instead of its honest answer. False: and then the connection ends.</summary>
public delegate Task<bool> SmtpAct(FakeConnection connection);

/// <summary>An SMTP server on a raw socket. Honest, except where a test says what it does instead.</summary>
public sealed class FakeSmtp
{
    public static readonly string[] Extensions = ["PIPELINING", "SIZE 20000000", "8BITMIME", "ENHANCEDSTATUSCODES"];
    private readonly ConcurrentQueue<string> _heard = new();

    public IReadOnlyList<string> Offers { get; init; } = Extensions;

    /// <summary>With one, STARTTLS is offered until it is used.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Null where it is honest.</summary>
    public Func<SmtpMoment, SmtpAct?> At { get; init; } = _ => null;

    /// <summary>Every command, with the number of its connection; `*` before what came under TLS.</summary>
    public IReadOnlyList<string> Heard => [.. _heard];

    public FakeReceiver Start(bool tlsAtOnce = false) => FakeReceiver.Start(ServeAsync, tlsAtOnce ? Certificate : null);

    public static SmtpAct Says(string text) => async connection =>
    {
        await connection.SendAsync(text);
        return true;
    };

    /// <summary>Says it, and ends the connection.</summary>
    public static SmtpAct Leaves(string text = "") => async connection =>
    {
        if (text.Length > 0) await connection.SendAsync(text);
        return false;
    };

    public static SmtpAct Resets() => connection =>
    {
        connection.Reset();
        return Task.FromResult(false);
    };

    public static SmtpAct Hangs(string text = "") => async connection =>
    {
        if (text.Length > 0) await connection.SendAsync(text);
        await connection.HangAsync();
        return false;
    };

    /// <summary>The same, for as long as somebody reads.</summary>
    public static SmtpAct Floods(string piece) => async connection =>
    {
        while (true) await connection.SendAsync(piece);
    };

    /// <summary>Byte by byte, a second each.</summary>
    public static SmtpAct Drips(string text, FakeClock clock) => async connection =>
    {
        foreach (var c in text)
        {
            await connection.SendAsync($"{c}");
            clock.Advance(TimeSpan.FromSeconds(1));
        }
        return true;
    };

    private async Task ServeAsync(FakeConnection connection)
    {
        var talk = new Talk(this, connection);
        if (!await talk.DoAsync("greeting", "", "220 fake.example ESMTP\r\n")) return;
        while (await connection.ReadLineAsync() is { } line)
        {
            _heard.Enqueue($"{(talk.Secured ? "*" : "")}{connection.Number} {line}");
            if (!await talk.HearAsync(line)) return;
        }
    }

    /// <summary>One connection's state.</summary>
    private sealed class Talk(FakeSmtp server, FakeConnection connection)
    {
        private readonly List<KeyValuePair<string, string>> _envelope = [];
        private int _mail;

        public bool Secured { get; private set; }

        public async Task<bool> DoAsync(string step, string line, string honest)
        {
            if (server.At(new(step, line, connection.Number, _mail)) is { } act) return await act(connection);
            if (honest.Length > 0) await connection.SendAsync(honest);
            return true;
        }

        public Task<bool> HearAsync(string line)
        {
            var verb = line.Split(' ', ':')[0].ToUpperInvariant();
            return verb switch
            {
                "EHLO" => DoAsync(verb, line, Offer()),
                "STARTTLS" => StartTlsAsync(line),
                "AUTH" => AuthAsync(line),
                "RSET" => KeepAsync(verb, line, "250 2.0.0 Ok\r\n", _envelope.Clear),
                "MAIL" => KeepAsync(verb, line, "250 2.1.0 Ok\r\n", () => Note("MAIL", line)),
                "RCPT" when !Has("MAIL") => DoAsync(verb, line, "503 5.5.1 MAIL first\r\n"),
                "RCPT" => KeepAsync(verb, line, "250 2.1.5 Ok\r\n", () => Note("RCPT", line)),
                "DATA" when !Has("RCPT") => DoAsync(verb, line, "554 5.5.1 No valid recipients\r\n"),
                "DATA" => DataAsync(line),
                "QUIT" => LeaveAsync(line),
                _ => DoAsync(verb, line, "500 5.5.2 What?\r\n"),
            };
        }

        private bool Has(string key) => _envelope.Exists(pair => pair.Key == key);

        private void Note(string key, string line) => _envelope.Add(new(key, line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)]));

        private async Task<bool> LeaveAsync(string line) => await DoAsync("QUIT", line, "221 2.0.0 Bye\r\n") && false;

        // What a script refuses was not kept.
        private async Task<bool> KeepAsync(string verb, string line, string honest, Action keep)
        {
            if (server.At(new(verb, line, connection.Number, _mail)) is { } act) return await act(connection);
            keep();
            await connection.SendAsync(honest);
            return true;
        }

        private string Offer()
        {
            string[] lines = ["fake.example", .. server.Offers, .. server.Certificate is not null && !Secured ? (string[])["STARTTLS"] : []];
            return string.Concat(lines.Select((line, i) => $"250{(i == lines.Length - 1 ? ' ' : '-')}{line}\r\n"));
        }

        private async Task<bool> StartTlsAsync(string line)
        {
            if (!await DoAsync("STARTTLS", line, "220 2.0.0 Go\r\n")) return false;
            if (connection.HasUnread) server._heard.Enqueue($"{connection.Number} !in clear behind STARTTLS");
            if (!await DoAsync("handshake", line, "")) return false;
            await connection.SecureAsync(SslStreamCertificateContext.Create(server.Certificate!, null, offline: true));
            return Secured = true;
        }

        private async Task<bool> AuthAsync(string line)
        {
            if (server.At(new("AUTH", line, connection.Number, _mail)) is { } act) return await act(connection);
            if (line == "AUTH LOGIN")
            {
                await connection.SendAsync("334 VXNlcm5hbWU6\r\n");
                var user = await connection.ReadLineAsync();
                await connection.SendAsync("334 UGFzc3dvcmQ6\r\n");
                line = $"AUTH LOGIN {user} {await connection.ReadLineAsync()}";
                server._heard.Enqueue($"{(Secured ? "*" : "")}{connection.Number} {line}");
            }
            return await DoAsync("login", line, "235 2.7.0 In\r\n");
        }

        private async Task<bool> DataAsync(string line)
        {
            if (server.At(new("DATA", line, connection.Number, _mail)) is { } act) return await act(connection);
            await connection.SendAsync("354 Go on\r\n");
            var body = new StringBuilder();
            while (await connection.ReadRawLineAsync() is { } text)
            {
                if (text == ".\r\n" && (body.Length == 0 || body.ToString(body.Length - Math.Min(2, body.Length), Math.Min(2, body.Length)) == "\r\n"))
                {
                    _mail++;
                    connection.Saw(new FakeRequest(line, [.. _envelope], Encoding.Latin1.GetBytes(body.ToString()), connection.Number));
                    _envelope.Clear();
                    return await DoAsync("dot", line, $"250 2.0.0 Ok: queued as {connection.Number}-{_mail}\r\n");
                }
                if (body.Length == 0 && server.At(new("body", line, connection.Number, _mail)) is { } interruption && !await interruption(connection)) return false;
                body.Append(text, text[0] == '.' ? 1 : 0, text.Length - (text[0] == '.' ? 1 : 0));
            }
            return false;
        }
    }
}
