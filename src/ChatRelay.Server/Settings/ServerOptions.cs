using System.Net;

namespace ChatRelay.Settings;

/// <summary>Where the server listens, keeps its data, and what it does.</summary>
internal sealed record ServerOptions
{
    [Setting("CHATRELAY_PORT", "The port of the HTTP server.", Min = 1, Max = 65535)]
    public int Port { get; init; } = 8080;

    [Setting("CHATRELAY_BIND", "The address that the HTTP server listens on. `0.0.0.0` is every IPv4 address, `::` every address.", Form = "an IP address")]
    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    [Setting("CHATRELAY_PUBLIC_URL", "Where the world reaches this installation. Inbound URLs are shown under it; broadcast mail carries its one-click way to leave only if it is set and https.", Form = "a URL such as `https://relay.example.com`")]
    public PublicUrl? PublicUrl { get; init; }

    [Setting("CHATRELAY_DATA", "The data folder: the private PostgreSQL, the key ring, the first operator key. One server at a time uses it.", Form = "a path")]
    public string Data { get; init; } = "./.data";

    [Setting("CHATRELAY_ROLES", "What this node does.", Min = 1)]
    public IReadOnlyList<Role> Roles { get; init; } = [Role.Api, Role.Deliver, Role.Realtime, Role.Upkeep];

    [Setting("CHATRELAY_DEVELOPMENT", "Serves the sample under /samples/web-chat, with its two users and their tokens for whoever asks. Never where strangers can reach the port.")]
    public bool Development { get; init; }

    [Setting("CHATRELAY_CONFIG", "A JSON file with the same names as here. A variable of the environment wins over it. Only the environment can name it.", Form = "a path")]
    public string Config { get; init; } = "./chatrelay.json";

    public string DataFolder => Path.GetFullPath(Data);
    public bool Has(Role role) => Roles.Contains(role);
}
