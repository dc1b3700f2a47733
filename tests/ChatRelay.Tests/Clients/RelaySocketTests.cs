using System.Text.Json.Nodes;
using ChatRelay.Client;
using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Clients;

/// <summary>A device against a running relay. Cuts, nodes that change and slow readers are ClientModelTests' business.</summary>
public sealed class RelaySocketTests(RelayClientTests.Host host) : IClassFixture<RelayClientTests.Host>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task What_is_sent_is_acknowledged_and_comes_back_like_everybody_elses()
    {
        var room = await RoomAsync("ann", "bob");
        await using var ann = Open("ann");
        ann.Follow(room);
        var sent = (await ann.SendAsync(room, "Hi", "c-1")).Value;
        var said = await NextAsync<SocketEvent.Message>(ann);
        Assert.Equal((room, sent.Position, "Hi", "c-1", "ann"), (said.Room, said.Position, said.Entry.BodyText, said.Entry.ClientId, said.Entry.FromUser));
        Assert.True((await ann.SendAsync(room, "Hi", "c-1")).Value.Duplicate);
        Assert.Equal(sent.Position, ann.Positions[room]);
        Assert.True((await ann.AskAsync("read", new() { ["r"] = room, ["s"] = sent.Position.Seq })).IsOk);
    }

    [Fact]
    public async Task What_the_relay_refuses_comes_back_with_its_reason_and_the_next_goes_on()
    {
        var room = await RoomAsync("cy");
        await using var cy = Open("cy");
        var (unknown, known, huge) = (cy.SendAsync("room_01jd3m7q8x6zv9k2b4n5c8d1fg", "nowhere"), cy.SendAsync(room, "here"), cy.SendAsync(room, new string('x', 200_000)));
        Assert.Equal("not_found", Assert.IsType<RelayFailure.Refused>((await unknown).Failure).Code);
        Assert.Equal("payload_too_large", Assert.IsType<RelayFailure.Refused>((await huge).Failure).Code);
        Assert.True((await known).IsOk);
    }

    [Fact]
    public async Task A_device_that_was_away_goes_on_from_where_it_stood()
    {
        var room = await RoomAsync("dan");
        RelayPosition at;
        await using (var before = Open("dan"))
        {
            before.Follow(room);
            at = (await before.SendAsync(room, "one")).Value.Position;
        }
        await using (var meanwhile = Open("dan")) await meanwhile.SendAsync(room, "two");
        await using var after = Open("dan", new Dictionary<string, RelayPosition> { [room] = at });
        Assert.Equal("two", (await NextAsync<SocketEvent.Message>(after)).Entry.BodyText);
    }

    [Fact]
    public async Task The_inbox_comes_with_the_rooms_and_is_acknowledged()
    {
        await using var eve = Open("eve");
        Assert.Equal(SocketState.Open, (await NextAsync<SocketEvent.State>(eve)).Now);
        await host.Relay().Notifications.SendAsync(new() { To = new() { User = "eve" }, Route = [new() { Channel = ChannelName.Websocket }], Content = new() { Text = "Look" } });
        var entry = await NextAsync<SocketEvent.Inbox>(eve);
        Assert.Equal("Look", entry.Frame.GetProperty("notification").GetProperty("content").GetProperty("text").GetString());
        Assert.True((await eve.AskAsync("ack", new() { ["e"] = entry.Position.Epoch, ["s"] = entry.Position.Seq })).IsOk);
        Assert.Equal("acked", (await NextAsync<SocketEvent.Inbox>(eve)).Frame.GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_room_that_the_user_is_added_to_is_followed()
    {
        await using var fay = Open("fay");
        Assert.Equal(SocketState.Open, (await NextAsync<SocketEvent.State>(fay)).Now);
        var room = await RoomAsync("fay");
        Assert.Equal(new SocketEvent.Place(room, "joined"), await NextAsync<SocketEvent.Place>(fay));
        Assert.Equal(room, (await NextAsync<SocketEvent.Begun>(fay)).Room);
        await fay.SendAsync(room, "there");
        Assert.Equal("there", (await NextAsync<SocketEvent.Message>(fay)).Entry.BodyText);
    }

    [Fact]
    public async Task A_token_that_was_refused_is_not_tried_again_and_another_one_is()
    {
        await using var wrong = new RelaySocket(new() { Urls = [host.Node.Address], Token = _ => ValueTask.FromResult("wrong"), FirstPause = TimeSpan.FromMilliseconds(1) });
        SocketEvent.State last;
        do last = await NextAsync<SocketEvent.State>(wrong);
        while (last.Now is not SocketState.Closed);
        Assert.Equal(CloseCode.BadToken.Code, last.Code);
        Assert.IsType<RelayFailure.Closed>((await wrong.SendAsync("room", "late")).Failure);

        var (asked, right) = (0, await TokenAsync("gus"));
        await using var second = new RelaySocket(new() { Urls = [host.Node.Address], Token = _ => ValueTask.FromResult(asked++ == 0 ? "wrong" : right), FirstPause = TimeSpan.FromMilliseconds(1) });
        do last = await NextAsync<SocketEvent.State>(second);
        while (last.Now is SocketState.Waiting);
        Assert.Equal(SocketState.Open, last.Now);
    }

    [Fact]
    public async Task A_token_is_renewed_before_it_ends()
    {
        var (asked, again) = (0, new TaskCompletionSource());
        await using var hal = new RelaySocket(new()
        {
            Urls = [host.Node.Address],
            Token = async _ =>
            {
                if (++asked == 2) again.TrySetResult();
                return await TokenAsync("hal", ttl: asked == 1 ? 2 : 600);
            },
        });
        await again.Task.WaitAsync(Patience, TimeProvider.System);
        Assert.True(hal.IsOpen);
        Assert.True((await hal.RefreshAsync()).IsOk);
    }

    [Fact]
    public async Task An_outbox_that_is_full_says_so_and_one_that_is_closed_gives_back_what_it_held()
    {
        var never = new RelaySocket(new() { Urls = [new("http://127.0.0.1:9")], Token = _ => ValueTask.FromResult("t"), OutboxLimit = 2 });
        var (one, two) = (never.SendAsync("room", "1"), never.SendAsync("room", "2"));
        Assert.IsType<RelayFailure.OutboxFull>((await never.SendAsync("room", "3")).Failure);
        Assert.Equal(2, never.Unacknowledged.Count);
        Assert.IsType<RelayFailure.NoAnswer>((await never.AskAsync("history", new JsonObject())).Failure);
        await never.DisposeAsync();
        Assert.IsType<RelayFailure.Closed>((await one).Failure);
        Assert.IsType<RelayFailure.Closed>((await two).Failure);
    }

    private RelaySocket Open(string user, IReadOnlyDictionary<string, RelayPosition>? rooms = null) => new(new() { Urls = [host.Node.Address], Token = async _ => await TokenAsync(user), Device = "laptop", Rooms = rooms ?? new Dictionary<string, RelayPosition>() });

    private async Task<string> TokenAsync(string user, int ttl = 600) => (await host.Relay().Tokens.MintAsync(new() { User = user, TtlS = ttl })).Value.Token;

    private async Task<string> RoomAsync(params string[] members) => (await host.Relay().Rooms.CreateAsync(new() { Type = RoomType.Group, Members = [.. members.Select(m => new MemberInput { User = m })] })).Value.Id;

    private static async Task<T> NextAsync<T>(RelaySocket socket) where T : SocketEvent
    {
        using var late = new CancellationTokenSource(Patience, TimeProvider.System);
        await foreach (var said in socket.ReadAllAsync(late.Token))
            if (said is T wanted) return wanted;
        throw new InvalidOperationException("it is over");
    }
}
