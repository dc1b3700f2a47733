using System.Net;
using System.Net.Sockets;
using ChatRelay.Settings;

namespace ChatRelay;

/// <summary>Whether the port can be had, asked before anything is set up for it.</summary>
internal static class PortCheck
{
    public static string InUse(ServerOptions server) => $"Port {server.Port} on {server.Bind} is in use by another program: stop it, or set CHATRELAY_PORT.";

    public static string? Fault(ServerOptions server)
    {
        try
        {
            using var probe = new TcpListener(new IPEndPoint(server.Bind, server.Port));
            probe.Start();
            return null;
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => InUse(server),
                SocketError.AccessDenied => $"Port {server.Port} needs rights that this user has not: set CHATRELAY_PORT.",
                SocketError.AddressNotAvailable => $"This machine has no address {server.Bind}: set CHATRELAY_BIND.",
                _ => $"{server.Bind}:{server.Port} cannot be listened on: {refused.Message}",
            };
        }
    }
}
