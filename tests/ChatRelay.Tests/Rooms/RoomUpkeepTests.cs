using ChatRelay.Rooms;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Rooms;

/// <summary>What ends by itself: expired content, logs that are kept for some days, and the client ids in them.</summary>
public sealed class RoomUpkeepTests : IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await RoomHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private RoomUpkeep Upkeep => host.Host.Services.GetRequiredService<RoomUpkeep>();

    private async Task RenewAsync(HttpClient ann) => ann.DefaultRequestHeaders.Authorization = new("Bearer", await host.TokenAsync("ann"));

    private Task<object?> CanariesAsync() => host.Host.SqlAsync("select count(*) from relay.entries e where e::text like '%canary%'");

    [Fact]
    public async Task Content_that_expired_is_gone_from_the_table_with_its_edits_and_its_number_stays()
    {
        var room = await host.RoomAsync(new { message_ttl_s = 3600 }, "ann");
        using var ann = await host.AsAsync("ann");
        var id = (await host.SayAsync(ann, room, "canary", new { metadata = new { a = "canary" }, mentions = new[] { "canary" } })).Id;
        await ann.ChangeAsync($"{room}/messages/{id}", new { body = new { text = "canary again" } });
        await host.SayAsync(ann, room, "short canary", new { expires_in_s = 60 });

        await host.Host.TimePasses(TimeSpan.FromSeconds(61));
        await Upkeep.ExpireAsync(CancellationToken.None);
        Assert.Equal(["1 message canary", "2 edit canary again", "3-3 skip"], await RoomHost.LogAsync(ann, room));
        Assert.Equal(2L, await CanariesAsync());

        await host.Host.TimePasses(TimeSpan.FromHours(1));
        await RenewAsync(ann);
        await Upkeep.ExpireAsync(CancellationToken.None);
        await host.SayAsync(ann, room, "later");

        Assert.Equal(["1-3 skip", "4 message later"], await RoomHost.LogAsync(ann, room));
        Assert.Equal(0L, await CanariesAsync());
        Assert.Equal(0L, await Upkeep.ExpireAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_turn_looks_at_so_many_rooms_and_the_next_turns_at_the_others()
    {
        Upkeep.RoomsATurn = 1;
        string[] rooms = [await host.RoomAsync(new { retention_days = 7 }, "ann"), await host.RoomAsync(new { retention_days = 7 }, "ann"), await host.RoomAsync(new { retention_days = 7 }, "ann")];
        using var ann = await host.AsAsync("ann");
        foreach (var room in rooms) await host.SayAsync(ann, room, "canary");
        await host.Host.TimePasses(TimeSpan.FromDays(8));

        Assert.InRange(await Upkeep.RetireAsync(CancellationToken.None), 0, 1);
        for (var turns = 2 * (rooms.Length + 1); turns > 0; turns--) await Upkeep.RetireAsync(CancellationToken.None);
        Assert.Equal(0L, await CanariesAsync());

        await host.Host.TimePasses(TimeSpan.FromDays(2));
        for (var turns = 2 * (rooms.Length + 1); turns > 0; turns--) await Upkeep.RemoveAsync(CancellationToken.None);
        Assert.Equal(0L, await host.Host.SqlAsync("select count(*) from relay.entries"));
    }

    [Fact]
    public async Task A_log_that_is_kept_for_some_days_loses_what_is_older_and_first_moves_up()
    {
        var (room, other) = (await host.RoomAsync(new { retention_days = 7 }, "ann"), await host.RoomAsync(null, "ann"));
        using var ann = await host.AsAsync("ann");
        await host.SayAsync(ann, other, "canary of another room");
        var old = await host.SayAsync(ann, room, "canary", new { client_id = "m-1" });
        await host.SayAsync(ann, room, "two");
        await host.Host.TimePasses(TimeSpan.FromDays(6));
        await RenewAsync(ann);
        await host.SayAsync(ann, room, "three");
        await ann.ChangeAsync($"{room}/messages/{old.Id}", new { body = new { text = "late canary" } });
        await host.Host.TimePasses(TimeSpan.FromDays(1.5));
        await RenewAsync(ann);

        await Upkeep.RetireAsync(CancellationToken.None);
        await Upkeep.RemoveAsync(CancellationToken.None);

        var read = await ann.ReadAsync($"{room}/messages?after_seq=0");
        Assert.Equal((3, 4), (read["first"].GetInt64(), read["head"].GetInt64()));
        Assert.Equal(["1-2 skip", "3 message three", "4-4 skip"], await RoomHost.LogAsync(ann, room));
        Assert.Equal(1L, await CanariesAsync()); // the other room's
        var twin = await host.SayAsync(ann, room, "canary", new { client_id = "m-1" });
        Assert.Equal((old.Id, true), (twin.Id, twin["duplicate"].GetBoolean())); // a day longer than its content

        await host.Host.TimePasses(TimeSpan.FromDays(1.1));
        await RenewAsync(ann);
        await Upkeep.RemoveAsync(CancellationToken.None);

        Assert.Equal(0L, await host.Host.SqlAsync("select count(*) from relay.entries e join relay.rooms r on r.id = e.room_id where r.retention_days is not null and e.seq < 3"));
        Assert.Equal(["1-2 skip", "3 message three", "4-4 skip"], await RoomHost.LogAsync(ann, room));
        Assert.Equal((3, false), (await host.SayAsync(ann, room, "five", new { client_id = "m-1" }) is var fresh ? ((await ann.ReadAsync($"{room}/messages"))["first"].GetInt64(), fresh["duplicate"].GetBoolean()) : default));
    }

    [Fact]
    public async Task A_client_id_holds_after_its_message_was_deleted()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");
        var sent = await host.SayAsync(ann, room, "x", new { client_id = "m-1" });
        await ann.RemoveAsync($"{room}/messages/{sent.Id}");
        await host.Host.TimePasses(TimeSpan.FromHours(25));
        await RenewAsync(ann);

        var twin = await host.SayAsync(ann, room, "x", new { client_id = "m-1" });

        Assert.Equal((201, sent.Id, true), (twin.Status, twin.Id, twin["duplicate"].GetBoolean()));
    }
}
