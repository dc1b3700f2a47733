using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Realtime;

/// <summary>A backup is restored: numbers that were given since are gone, and will be given again to others.</summary>
public sealed class RestoredDatabaseTests
{
    [Fact]
    public async Task Clients_of_a_restored_older_database_are_told_to_begin_anew_and_never_take_new_numbers_for_old_ones()
    {
        await using var database = await RelayDatabase.CreateAsync();
        var folder = Directory.CreateTempSubdirectory("chatrelay-restored-").FullName;
        string path, token, epoch, inboxEpoch;
        TenantAccess tenant;
        await using (var before = await RoomHost.OnAsync(database, folder))
        {
            tenant = before.Tenant;
            path = await before.RoomAsync(null, "ann", "bob");
            token = await before.TokenAsync("ann");
            for (var n = 1; n <= 3; n++) await before.SayAsync(before.Http, path, $"{n}", new { from = "bob" });
            await using var ann = await SocketClient.HelloAsync(before.Host.Address, token);
            epoch = ann.Welcome.GetProperty("rooms").GetProperty(path.Split('/')[^1]).GetProperty("e").GetString()!;
            await NotifyAsync(before);
            inboxEpoch = (await ann.NextAsync("inbox")).GetProperty("e").GetString()!;
        }
        await using var backup = await database.CopyAsync();
        await using (var since = await RoomHost.OnAsync(database, folder, tenant))
        {
            for (var n = 4; n <= 5; n++) await since.SayAsync(since.Http, path, $"lost {n}", new { from = "bob" });
            await using var ann = await SocketClient.HelloAsync(since.Host.Address, token); // the same database after a restart: the same epoch
            Assert.Equal((epoch, 5), (ann.Welcome.GetProperty("rooms").GetProperty(path.Split('/')[^1]).GetProperty("e").GetString(), ann.Welcome.GetProperty("rooms").GetProperty(path.Split('/')[^1]).GetProperty("head").GetInt64()));
            await NotifyAsync(since);
            while ((await ann.NextAsync("inbox")).GetProperty("s").GetInt64() != 2) { }
        }

        await using var restored = await RoomHost.OnAsync(backup, folder, tenant);
        var room = path.Split('/')[^1];
        await using (var ahead = await SocketClient.HelloAsync(restored.Host.Address, token, new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = 5 } }, inbox = new { e = inboxEpoch, s = 2 } } }))
        {
            Assert.Equal("reset", ahead.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("state").GetString());
            var inbox = ahead.Welcome.GetProperty("inbox");
            Assert.Equal(("reset", 1), (inbox.GetProperty("state").GetString(), inbox.GetProperty("head").GetInt64()));
            Assert.NotEqual(inboxEpoch, inbox.GetProperty("e").GetString());
            Assert.Equal("epoch_changed", await ahead.FailAsync("inbox.sync", new { e = inboxEpoch, after = 2 }));
        }

        for (var n = 4; n <= 6; n++) await restored.SayAsync(restored.Http, path, $"other {n}", new { from = "bob" });
        await using var later = await SocketClient.HelloAsync(restored.Host.Address, token, new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = epoch, s = 5 } } } });
        var standing = later.Welcome.GetProperty("rooms").GetProperty(room);
        Assert.Equal(("reset", 6), (standing.GetProperty("state").GetString(), standing.GetProperty("head").GetInt64()));
        Assert.NotEqual(epoch, standing.GetProperty("e").GetString());
        Assert.Equal("epoch_changed", await later.FailAsync("sync", new { r = room, e = epoch, after = 5 }));
    }

    private static async Task NotifyAsync(RoomHost host) => Assert.Equal(202, (await host.Http.SendAsync("/v1/notifications", new
    {
        to = new { user = "ann" },
        route = new[] { new { channel = "websocket" } },
        content = new { text = "Look." },
    })).Status);
}
