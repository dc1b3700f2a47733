namespace ChatRelay.Protocol;

/// <summary>The channels that a route's step can name.</summary>
public enum ChannelKind
{
    Websocket,
    Email,
    Webhook,
}
