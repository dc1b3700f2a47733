using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatRelay.Bench.Rooms;

/// <summary>Rooms as SignalR's groups: who connects names the rooms that it reads, and anybody may publish. Nothing is stored.</summary>
internal sealed class RoomHub : Hub
{
    public const string Name = "hub";

    public override async Task OnConnectedAsync()
    {
        foreach (var room in Context.GetHttpContext()!.Request.Query["room"]) await Groups.AddToGroupAsync(Context.ConnectionId, room!);
        await Clients.Caller.SendAsync("ready");
    }

    public Task Publish(string room, JsonElement body) => Clients.Group(room).SendAsync("m", body);

    public static async Task<int> ServeAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddSignalR(hub => hub.ClientTimeoutInterval = TimeSpan.FromHours(1)); // our readers do not ping
        var app = builder.Build();
        app.MapGet("/", () => Results.Ok());
        app.MapHub<RoomHub>("/hub");
        await app.RunAsync();
        return 0;
    }
}
