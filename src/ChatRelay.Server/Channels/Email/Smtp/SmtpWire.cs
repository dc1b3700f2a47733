using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Smtp;

/// <summary>Commands out, answers in, over a vetted connection. What breaks is a failed answer, never an exception.</summary>
internal sealed class SmtpWire(NetworkStream connection) : IDisposable
{
    private readonly SmtpReplyReader _reader = new();
    private readonly StringBuilder _commands = new();
    private Stream _stream = connection;

    /// <summary>Where a mail's bytes go.</summary>
    public Stream Stream => _stream;

    /// <summary>Something has come that nobody asked for.</summary>
    public bool HasUnread => _reader.HasUnread;

    /// <summary>Nothing has come, and the far end has not closed: an idle connection that is any good.</summary>
    public bool IsQuiet => !HasUnread && !connection.Socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Adds a command to the group that leaves with the next Ask.</summary>
    public void Add(string command) => _commands.Append(command).Append("\r\n");

    /// <summary>Sends what was added, and this command when there is one, and reads one answer.</summary>
    public async ValueTask<SmtpReply> AskAsync(string? command, SmtpDeadline deadline)
    {
        try
        {
            if (command is not null) Add(command);
            if (_commands.Length > 0)
            {
                var bytes = Encoding.ASCII.GetBytes(_commands.ToString());
                _commands.Clear();
                await _stream.WriteAsync(bytes, deadline.Token);
            }
            return await _reader.ReadAsync(_stream, deadline.Token);
        }
        catch (Exception e) when (IsBreak(e))
        {
            return SmtpReply.Failed(FailureOf(e, deadline));
        }
    }

    public async ValueTask<OutboundFailure?> SecureAsync(SslClientAuthenticationOptions options, SmtpDeadline deadline)
    {
        // What came in clear behind the server's word to begin was put there by someone else, and would be read as if it came under TLS.
        if (HasUnread) return new(Outcome.TlsError, BytesLeft: false, "The server sent more in clear before TLS began.");
        var secured = new SslStream(connection);
        _stream = secured;
        try
        {
            await secured.AuthenticateAsClientAsync(options, deadline.Token);
            return null;
        }
        catch (Exception e) when (e is AuthenticationException || IsBreak(e))
        {
            if (deadline.IsOver) return deadline.Passed();
            return new(Outcome.TlsError, BytesLeft: false, "The TLS handshake failed, or the certificate is not valid for the host.");
        }
    }

    public static bool IsBreak(Exception e) => e is IOException or SocketException or OperationCanceledException or ObjectDisposedException;

    public static OutboundFailure FailureOf(Exception e, SmtpDeadline deadline)
    {
        if (deadline.IsOver) return deadline.Passed();
        var socket = e as SocketException ?? e.InnerException as SocketException;
        return new(Outcome.ConnectionError, BytesLeft: false, socket is null ? "The connection broke." : $"The connection broke ({socket.SocketErrorCode}).");
    }

    public void Dispose() => _stream.Dispose();
}
