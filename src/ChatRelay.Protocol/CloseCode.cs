namespace ChatRelay.Protocol;

/// <summary>What a client does after a close.</summary>
public enum ComeBack
{
    /// <summary>Not as it is: something about it is wrong.</summary>
    Never,

    /// <summary>After the time that `bye` named.</summary>
    Later,

    AtOnce,
}

/// <summary>Every way a socket can be closed by the relay: one row each.</summary>
public sealed record CloseCode(int Code, string Reason, ComeBack Then, string Meaning)
{
    public static readonly CloseCode Protocol = new(1002, "protocol error", ComeBack.Never, "A frame breaks RFC 6455.");
    public static readonly CloseCode NotText = new(1003, "text frames only", ComeBack.Never, "Messages are JSON in text frames.");
    public static readonly CloseCode NotUtf8 = new(1007, "not UTF-8", ComeBack.Never, "A text frame, or the reason of a close, is not UTF-8.");
    public static readonly CloseCode TooBig = new(1009, "message too big", ComeBack.Never, "A message is longer than the limit.");

    public static readonly CloseCode BadFrame = new(4000, "bad frame", ComeBack.Never, "A message is not a JSON object with an op, or did not end in time.");
    public static readonly CloseCode Suspended = new(4003, "suspended", ComeBack.Never, "An operator suspended the tenant.");
    public static readonly CloseCode Version = new(4007, "unknown version", ComeBack.Never, "The hello asks for a version that this relay does not speak.");
    public static readonly CloseCode BadToken = new(4009, "bad token", ComeBack.Never, "The token of the hello is not valid here, or no longer.");
    public static readonly CloseCode Expired = new(4010, "token expired", ComeBack.Never, "The token of an open socket has expired: get a new one, and come back.");
    public static readonly CloseCode Revoked = new(4011, "revoked", ComeBack.Never, "The token was revoked, or the user was disconnected.");
    public static readonly CloseCode Replaced = new(4013, "replaced", ComeBack.Never, "The user has opened more connections than they may have: this was the oldest.");
    public static readonly CloseCode NoHello = new(4020, "no hello", ComeBack.Never, "The first frame was no hello.");

    public static readonly CloseCode OverCapacity = new(4100, "over capacity", ComeBack.Later, "The node or the tenant has as many connections as it takes, too many come at once, or it does not reach its database.");
    public static readonly CloseCode Rate = new(4101, "rate", ComeBack.Later, "The client goes on sending more than it may.");
    public static readonly CloseCode SlowConsumer = new(4102, "slow consumer", ComeBack.Later, "The client does not take what it is sent.");
    public static readonly CloseCode Quota = new(4103, "quota", ComeBack.Later, "The tenant's quota is used up.");
    public static readonly CloseCode Late = new(4104, "hello too late", ComeBack.Later, "The hello did not come in time.");

    public static readonly CloseCode Draining = new(4200, "draining", ComeBack.AtOnce, "The node goes away: another one takes over.");
    public static readonly CloseCode NoPong = new(4201, "no pong", ComeBack.AtOnce, "The client did not answer a ping.");
    public static readonly CloseCode Resync = new(4202, "resync", ComeBack.AtOnce, "The node cannot serve this connection further: come back with your positions.");

    public static readonly IReadOnlyList<CloseCode> All =
    [
        Protocol, NotText, NotUtf8, TooBig,
        BadFrame, Suspended, Version, BadToken, Expired, Revoked, Replaced, NoHello,
        OverCapacity, Rate, SlowConsumer, Quota, Late,
        Draining, NoPong, Resync,
    ];
}
