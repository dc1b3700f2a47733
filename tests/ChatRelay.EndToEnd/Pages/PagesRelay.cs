using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Pages;

/// <summary>The relay that the pages talk to. It may call this machine, where their receivers are.</summary>
public sealed class PagesRelay : IAsyncLifetime
{
    internal RelayHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await RelayHost.StartAsync(null, null, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    /// <summary>The address that the pages name, as it is here.</summary>
    public string Here(string text) => text.Replace("http://127.0.0.1:8080", $"{Host.Address}".TrimEnd('/'), StringComparison.Ordinal);
}
