using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Tests.Providers;

namespace ChatRelay.Tests.Channels.Email.Smtp;

/// <summary>A pool's size and what is claimed for it.</summary>
public sealed class SmtpPlacesTests
{
    [Fact]
    public async Task What_the_pool_has_no_room_for_stays_unclaimed_and_goes_out_all_the_same()
    {
        await using var engine = await EngineHost.StartAsync(("CHATRELAY_SMTP_CONNECTIONS", "2"));
        var (open, reached) = (new TaskCompletionSource(), 0);
        await using var server = new FakeSmtp
        {
            At = moment => moment.Step is not "dot" ? null : async connection =>
            {
                Interlocked.Increment(ref reached);
                await open.Task;
                await connection.SendAsync("250 2.0.0 Ok\r\n");
                return true;
            },
        }.Start();
        var account = GivenProvider.Of("smtp", new { host = "127.0.0.1", port = server.Port, security = "none", auth = "none" }, new { });
        Assert.Equal(201, (await engine.Http.SendAsync("/v1/providers", account)).Status);
        var said = await engine.Http.SendAsync("/v1/notifications/batch", new { notifications = Enumerable.Range(0, 20).Select(i => new { to = new { email = $"ann{i}@example.org" }, content = new { subject = "x", text = "y" } }) });
        await Eventually.Async(() => Task.FromResult(Volatile.Read(ref reached) == 2));

        Assert.InRange((long)(await engine.Host.SqlAsync("select count(*) from relay.queue where claimed_by is not null"))!, 2, 3);
        Assert.Equal(2, server.Connections);
        open.SetResult();
        foreach (var notification in said["data"].EnumerateArray()) await engine.ReachesAsync(notification.GetProperty("id").GetString()!, "sent");
        Assert.Equal((20, 2), (server.Requests.Count, server.Connections));
    }
}
