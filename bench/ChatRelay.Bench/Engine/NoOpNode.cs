using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ChatRelay.Bench.Engine;

/// <summary>A whole node whose webhooks go nowhere: what the engine costs when the work itself costs nothing.</summary>
internal static class NoOpNode
{
    public const string Name = "no-op";

    public static async Task<int> ServeAsync(int port)
    {
        var reading = SettingsReader.Read(AllOptions.Catalog, SettingsSource.OfThisProcess());
        if (!reading.Good) throw new InvalidOperationException(string.Join('\n', reading.Faults));
        var settings = reading.Settings.With(reading.Settings.Of<ServerOptions>() with { Port = port });
        if (await RelayApp.PrepareAsync(settings, TimeProvider.System, CancellationToken.None) is not Prepared.Ready ready) return 1;
        await using var app = RelayApp.Build(settings, ready, TimeProvider.System, builder =>
        {
            builder.Services.RemoveAll<IChannelSender>();
            builder.Services.AddSingleton<IChannelSender, NoOpSender>();
        });
        using var told = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            app.Lifetime.StopApplication();
        });
        await app.RunAsync();
        await ready.Databases.DisposeAsync();
        return 0;
    }

    private sealed class NoOpSender : IChannelSender
    {
        private static readonly Task<SendOutcome> Done = Task.FromResult<SendOutcome>(new SendOutcome.Accepted());

        public ChannelKind Channel => ChannelKind.Webhook;
        public string Type => "webhook";
        public Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct) => Done;
    }
}
