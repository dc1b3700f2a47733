using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;
using ChatRelay.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Presence;

/// <summary>What passes, to endpoints that ask for it by name: signed, once, and in no log.</summary>
public sealed class WebhookSignalTests(PresenceFixture shared) : IClassFixture<PresenceFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Host.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private WebhookSignals Signals => host.Host.Services.GetRequiredService<WebhookSignals>();

    private Guid Wall => RelayId.TryParse<TenantId>(host.Tenant.Id, out var wall) ? wall.Value : throw new InvalidOperationException();

    /// <summary>Made, and known to the node.</summary>
    private async Task<Said> EndpointAsync(FakeReceiver receiver, params string[] types)
    {
        var made = await host.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url, event_types = types });
        Assert.Equal(201, made.Status);
        foreach (var type in types.Where(t => !t.EndsWith('*'))) await Eventually.Async(() => Task.FromResult(Signals.Wants(Wall, type)));
        return made;
    }

    private Task<SocketClient> OpenAsync(string user) => TokenAsync(user);

    private async Task<SocketClient> TokenAsync(string user) => await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync(user));

    private static async Task<(string Type, string Data)> NextAsync(FakeReceiver receiver)
    {
        var body = JsonSerializer.Deserialize<JsonElement>((await receiver.NextAsync()).Body);
        return (body.GetProperty("type").GetString()!, body.GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task How_a_user_is_seen_goes_to_who_asks_for_it_by_name_and_to_nobody_else()
    {
        await using var asking = FakeReceiver.Answering(204);
        await using var others = FakeReceiver.Answering(204);
        await EndpointAsync(others, "*");
        await EndpointAsync(others, "presence.*", "room.*");
        var made = await EndpointAsync(asking, "presence.changed");
        await using var ann = await OpenAsync("ann");
        var first = await asking.NextAsync();
        var body = JsonSerializer.Deserialize<JsonElement>(first.Body);
        Assert.Equal("presence.changed", body.GetProperty("type").GetString());
        Assert.Equal("""{"user":"ann","status":"online","text":null,"last_seen_at":null}""", body.GetProperty("data").GetRawText());
        Assert.True(WebhookSecret.TryParse(made["secret"].GetString()!, out var secret));
        Assert.Equal(WebhookVerdict.Good, WebhookSignature.Verify([secret], first.Header("webhook-id")!, first.Header("webhook-timestamp")!, first.Header("webhook-signature")!, first.Body, DateTimeOffset.UtcNow));

        await ann.DoAsync("presence", new { status = "dnd", text = "busy" });
        Assert.Equal(("presence.changed", """{"user":"ann","status":"dnd","text":"busy","last_seen_at":null}"""), await NextAsync(asking));
        await ann.DoAsync("presence", new { status = "invisible" });
        Assert.StartsWith("""{"user":"ann","status":"offline","text":null,"last_seen_at":"2""", (await NextAsync(asking)).Data, StringComparison.Ordinal);
        Assert.Empty((await host.Http.ReadAsync("/v1/events?type=presence.*"))["data"].EnumerateArray());
        Assert.Equal(0, await host.CountAsync("deliveries"));
        Assert.Empty(others.Requests);
    }

    [Fact]
    public async Task A_room_is_occupied_with_its_first_member_and_vacated_with_the_last_once()
    {
        await using var receiver = FakeReceiver.Answering(204);
        await EndpointAsync(receiver, "room.occupied", "room.vacated");
        var room = (await host.RoomAsync(null, "ann", "bob")).Split('/')[^1];
        var data = $$"""{"room_id":"{{room}}"}""";
        var ann = await OpenAsync("ann");
        Assert.Equal(("room.occupied", data), await NextAsync(receiver));
        var bob = await OpenAsync("bob");
        await bob.DoAsync("presence", new { status = "dnd" });
        await ann.DisposeAsync();
        await bob.DisposeAsync();
        await Eventually.Async(async () => (long)(await host.Host.SqlAsync("select count(*) from relay.presence_nodes where tenant_id = $1 and left_at is null", Wall))! == 0);
        await host.Host.TimePasses(TimeSpan.FromSeconds(12.5));
        Assert.Equal(("room.vacated", data), await NextAsync(receiver)); // both at once: told once
        await using var again = await OpenAsync("bob");
        Assert.Equal(("room.occupied", data), await NextAsync(receiver));
    }

    [Fact]
    public async Task Who_comes_while_the_last_one_is_being_written_off_makes_the_room_occupied_again()
    {
        await using var receiver = FakeReceiver.Answering(204);
        await EndpointAsync(receiver, "room.occupied", "room.vacated");
        var room = (await host.RoomAsync(null, "ann", "bob")).Split('/')[^1];
        var data = $$"""{"room_id":"{{room}}"}""";
        await using var ann = await OpenAsync("ann");
        Assert.Equal(("room.occupied", data), await NextAsync(receiver));

        await using (var stuck = await StuckCommit.OfAsync(host.Host, "room_occupancy", $"new.tenant_id = '{Wall}' and not new.occupied"))
        {
            await ann.DoAsync("presence", new { status = "invisible" });
            await stuck.HappensAsync(); // the room was found empty, and that is not yet committed
            await ann.DoAsync("presence", new { status = "online" });
        }
        Assert.Equal(("room.vacated", data), await NextAsync(receiver));
        Assert.Equal(("room.occupied", data), await NextAsync(receiver));
    }

    [Fact]
    public async Task Read_marks_and_the_beginning_of_typing_go_out_once_each()
    {
        await using var receiver = FakeReceiver.Answering(204);
        await EndpointAsync(receiver, "read.moved", "typing.started");
        var path = await host.RoomAsync(null, "ann", "bob");
        var room = path.Split('/')[^1];
        await using var ann = await OpenAsync("ann");
        await ann.DoAsync("signal", new { r = room, kind = "typing" });
        Assert.Equal(("typing.started", $$"""{"room_id":"{{room}}","user":"ann"}"""), await NextAsync(receiver));
        await ann.DoAsync("signal", new { r = room, kind = "typing" });
        await host.SayAsync(host.Http, path, "one", new { from = "bob" });
        await ann.DoAsync("read", new { r = room, s = 1 });
        var (type, data) = await NextAsync(receiver);
        Assert.Equal("read.moved", type);
        var read = JsonSerializer.Deserialize<JsonElement>(data);
        Assert.Equal((room, "ann", 1), (read.GetProperty("room_id").GetString(), read.GetProperty("user").GetString(), read.GetProperty("seq").GetInt32()));
    }

    [Fact]
    public async Task What_an_endpoint_does_not_take_is_given_up_and_it_is_left_alone_for_a_moment()
    {
        await using var failing = FakeReceiver.Answering(500);
        await EndpointAsync(failing, "presence.changed");
        var lost = Signals.Lost;
        await using var ann = await OpenAsync("ann");
        await failing.NextAsync();
        await Eventually.Async(() => Task.FromResult(Signals.Lost > lost));
        await ann.DoAsync("presence", new { status = "dnd" });
        await Eventually.Async(() => Task.FromResult(Signals.Lost > lost + 1));
        Assert.Single(failing.Requests); // neither again, nor the next one
    }
}
