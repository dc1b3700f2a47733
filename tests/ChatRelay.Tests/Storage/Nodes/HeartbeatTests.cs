using ChatRelay.Storage.Nodes;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace ChatRelay.Tests.Storage.Nodes;

public sealed class HeartbeatTests
{
    [Fact]
    public async Task A_full_disk_costs_beats_and_not_the_node()
    {
        await using var host = await RelayHost.StartAsync();
        await host.SqlAsync("""
            create sequence public.refused;
            grant usage on sequence public.refused to public;
            create function public.refuse() returns trigger language plpgsql as $$
            begin perform nextval('public.refused'); raise exception 'no space left' using errcode = 'disk_full'; end $$;
            create trigger refuse before update on relay.nodes for each row execute function public.refuse();
            """);
        await Eventually.Async(async () => await host.SqlAsync("select is_called and last_value >= 2 from public.refused") is true);
        await host.SqlAsync("drop trigger refuse on relay.nodes");

        var heartbeat = host.Services.GetRequiredService<NodeHeartbeat>();
        await Eventually.Async(() => Task.FromResult(heartbeat.Beating));
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }
}
