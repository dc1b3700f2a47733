using System.Net.Sockets;
using System.Security.Authentication;
using ChatRelay.Protocol;

namespace ChatRelay.Outbound;

/// <summary>What the handler throws, as the closed list of outcomes. Texts are ours: a far end's bytes are never in them.</summary>
internal static class OutboundFailures
{
    public static OutboundFailure Of(Exception thrown, bool bytesLeft)
    {
        for (var e = thrown; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case DialFailedException dial: return dial.Failure;
                case BudgetSpentException spent: return new(Outcome.ProtocolError, bytesLeft, spent.Message);
                case AuthenticationException: return Tls;
            }
        }
        return thrown is HttpRequestException http ? Of(http.HttpRequestError, thrown, bytesLeft)
            : thrown is HttpIOException io ? Of(io.HttpRequestError, thrown, bytesLeft)
            : Broken(thrown, bytesLeft);
    }

    private static OutboundFailure Of(HttpRequestError error, Exception thrown, bool bytesLeft) => error switch
    {
        HttpRequestError.SecureConnectionError => Tls,
        HttpRequestError.InvalidResponse => new(Outcome.ProtocolError, bytesLeft, "The answer is not valid HTTP."),
        HttpRequestError.ConfigurationLimitExceeded => new(Outcome.ProtocolError, bytesLeft, "The answer's headers are too large."),
        HttpRequestError.ResponseEnded => new(Outcome.ConnectionError, bytesLeft, "The connection ended before the whole answer."),
        // The handler's own objections to chunk framing carry no kind, and no cause.
        HttpRequestError.Unknown when thrown.InnerException is null => new(Outcome.ProtocolError, bytesLeft, "The answer is not valid HTTP."),
        _ => Broken(thrown, bytesLeft),
    };

    // A handshake fails before any byte of the request is written.
    private static readonly OutboundFailure Tls = new(Outcome.TlsError, BytesLeft: false, "The TLS handshake failed, or the certificate is not valid for the host.");

    private static OutboundFailure Broken(Exception thrown, bool bytesLeft)
    {
        var socket = thrown as SocketException ?? thrown.InnerException as SocketException ?? thrown.InnerException?.InnerException as SocketException;
        return new(Outcome.ConnectionError, bytesLeft, socket is null ? "The connection broke." : $"The connection broke ({socket.SocketErrorCode}).");
    }
}
