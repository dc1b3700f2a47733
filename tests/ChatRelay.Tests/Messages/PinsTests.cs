using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Messages;

/// <summary>Pins, through HTTP.</summary>
public sealed class PinsTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Task<Said> PinAsync(HttpClient by, string room, string id) => by.AskAsync(HttpMethod.Put, $"{room}/pins/{id}");

    private static Task<Said> UnpinAsync(HttpClient by, string room, string id) => by.RemoveAsync($"{room}/pins/{id}");

    private static async Task<IReadOnlyList<string>> PinnedAsync(HttpClient by, string room)
    {
        var said = await by.ReadAsync($"{room}/pins");
        Assert.Equal(200, said.Status);
        return [.. said["data"].EnumerateArray().Select(p => $"{p.GetProperty("message").GetProperty("body").GetProperty("text").GetString()} by {p.GetProperty("pinned_by").GetString() ?? "the tenant"} {p.GetProperty("seq")}")];
    }

    [Fact]
    public async Task Owners_admins_and_the_tenant_pin_and_the_last_pinned_comes_first()
    {
        var room = await host.RoomAsync(new { members = new object[] { new { user = "ann", role = "admin" }, new { user = "bob" } } });
        using var ann = await host.AsAsync("ann");
        using var bob = await host.AsAsync("bob");
        using var eve = await host.AsAsync("eve");
        var ids = new List<string>();
        foreach (var text in (string[])["one", "two", "three"]) ids.Add((await host.SayAsync(bob, room, text)).Id);

        Assert.Equal((403, 404), ((await PinAsync(bob, room, ids[0])).Status, (await PinAsync(eve, room, ids[0])).Status));
        var first = await PinAsync(ann, room, ids[1]);
        Assert.Equal((200, 4, false), (first.Status, first["seq"].GetInt64(), first["duplicate"].GetBoolean()));
        Assert.Equal(200, (await PinAsync(host.Http, room, ids[0])).Status);
        Assert.Equal(["one by the tenant 5", "two by ann 4"], await PinnedAsync(bob, room));
        Assert.Equal([true, true, false], (await bob.ReadAsync($"{room}/messages?after_seq=0&limit=3"))["data"].EnumerateArray().Select(e => e.GetProperty("marks").GetProperty("pinned").GetBoolean()));

        var again = await PinAsync(host.Http, room, ids[1]);
        Assert.Equal((200, first.Id, true), (again.Status, again.Id, again["duplicate"].GetBoolean()));
        Assert.Equal(403, (await PinAsync(bob, room, ids[1])).Status); // also where it is pinned already
        Assert.Equal((403, 204, 404), ((await UnpinAsync(bob, room, ids[1])).Status, (await UnpinAsync(ann, room, ids[1])).Status, (await UnpinAsync(ann, room, ids[1])).Status));
        Assert.Equal(["one by the tenant 5"], await PinnedAsync(ann, room));
        Assert.Equal(["1 message one", "2 message two", "3 message three", "4 pin", "5 pin", "6 unpin"], await RoomHost.LogAsync(ann, room));
        Assert.Equal(404, (await eve.ReadAsync($"{room}/pins")).Status);
    }

    [Fact]
    public async Task In_a_direct_room_either_of_the_two_pins_and_the_muted_do_not()
    {
        var room = await host.RoomAsync(new { type = "direct" }, "ann", "bob");
        using var bob = await host.AsAsync("bob");
        var id = (await host.SayAsync(host.Http, room, "one")).Id;
        Assert.Equal(200, (await PinAsync(bob, room, id)).Status);
        await host.Http.AskAsync(HttpMethod.Put, $"{room}/members/bob", new { muted_until = "2126-01-01T00:00:00Z" });
        Assert.Equal(403, (await UnpinAsync(bob, room, id)).Status);
    }

    [Fact]
    public async Task Two_who_pin_at_once_make_one_pin_and_the_hundredth_is_the_last()
    {
        var room = await host.RoomAsync();
        var sent = await host.Http.SendAsync($"{room}/messages/batch", new { messages = Enumerable.Range(0, 100).Select(n => new { body = new { text = $"{n}" } }) });
        var ids = sent["data"].EnumerateArray().Select(d => d.GetProperty("id").GetString()!).ToList();
        var twins = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PinAsync(host.Http, room, ids[0])));
        Assert.Single(twins.Select(t => t["seq"].GetInt64()).Distinct());

        Assert.All(await Task.WhenAll(ids.Skip(1).Select(id => PinAsync(host.Http, room, id))), said => Assert.Equal(200, said.Status));
        var last = (await host.SayAsync(host.Http, room, "late")).Id;
        Assert.Equal((409, "conflict"), (await PinAsync(host.Http, room, last) is var many ? (many.Status, many.Code) : default));
        Assert.Equal(204, (await UnpinAsync(host.Http, room, ids[0])).Status);
        Assert.Equal(200, (await PinAsync(host.Http, room, last)).Status);
        Assert.Equal(100, (await host.Http.ReadAsync($"{room}/pins"))["data"].GetArrayLength());
    }
}
