using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.Tests.Inbox;

/// <summary>What waits for a person waits in the tables: no node holds it.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task The_clock_of_a_step_runs_on_while_no_node_runs()
    {
        await using var database = await RelayDatabase.CreateAsync();
        using var folder = new ScratchFolder();
        var user = InboxHost.NewUser();
        string key, sent;
        await using (var before = await RelayHost.StartAsync(database, folder.Path))
        {
            var tenant = await before.NewTenantAsync();
            key = tenant.Key;
            sent = (await tenant.Http.SendAsync("/v1/notifications", new
            {
                to = new { user, email = "ann@example.com" },
                content = new { subject = "Hello", text = "hi" },
                route = new object[] { new { channel = "websocket", within_s = 60 }, new { channel = "email" } },
            })).Id;
            await Eventually.Async(async () => (await tenant.Http.ReadAsync($"/v1/users/{user}/inbox"))["unread"].GetInt64() == 1);
            await before.SqlAsync("update relay.deliveries set begun_at = begun_at - interval '1 minute' where channel = 'websocket'");
            await before.SqlAsync("update relay.queue set deadline_at = deadline_at - interval '1 minute'");
        }
        await using var after = await RelayHost.StartAsync(database, folder.Path);
        using var http = after.Client(key);
        await Eventually.Async(async () => (await http.ReadAsync($"/v1/notifications/{sent}"))["status"].GetString() == "sent");
        Assert.Equal(1, (await http.ReadAsync("/v1/sandbox/emails"))["data"].GetArrayLength());
        Assert.Equal(1, (await http.ReadAsync($"/v1/users/{user}/inbox"))["unread"].GetInt64());
    }
}
