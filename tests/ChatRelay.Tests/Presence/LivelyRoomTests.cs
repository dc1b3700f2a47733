using System.Text.Json;
using ChatRelay.Realtime;
using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Presence;

/// <summary>Where everybody does everything at once, and where somebody is not there any more without having said so.</summary>
public sealed class LivelyRoomTests
{
    /// <summary>What docs/socket.md says of a reader: after so long without taking anything it is closed, and nobody else waits for it.</summary>
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task In_a_room_of_200_where_all_type_and_read_at_once_messages_come_in_order_and_in_time_and_nobody_is_closed()
    {
        await using var host = await RoomHost.StartAsync(("CHATRELAY_SOCKET_OPS_PER_S", "10000"), ("CHATRELAY_SOCKET_OPS_BURST", "10000"));
        var users = Enumerable.Range(0, 200).Select(n => $"u{n}").ToArray();
        var path = await host.RoomAsync(null, users);
        var room = path.Split('/')[^1];
        var sockets = await Task.WhenAll(users.Select(async user => await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync(user), new { presence = "list" })));

        async Task<TimeSpan> SayAsync(int turn)
        {
            var said = TimeProvider.System.GetTimestamp();
            await sockets[turn].DoAsync("send", new { r = room, cid = $"m-{turn}", body = turn });
            foreach (var socket in sockets) Assert.Equal(turn, (await socket.NextAsync("msg")).GetProperty("s").GetInt64()); // each number, in order
            return TimeProvider.System.GetElapsedTime(said);
        }

        var (quiet, slowest) = (await SayAsync(1), TimeSpan.Zero);
        for (var turn = 2; turn <= 6; turn++)
        {
            var lively = Task.WhenAll(sockets.Select(async socket =>
            {
                await socket.DoAsync("signal", new { r = room, kind = "typing" });
                await socket.DoAsync("read", new { r = room, s = turn - 1 });
                await socket.DoAsync("presence", new { status = turn % 2 == 0 ? "away" : "online" });
            }));
            if (await SayAsync(turn) is var took && took > slowest) slowest = took;
            await lively;
        }
        Assert.True(slowest < Stall || slowest < 30 * quiet, $"{slowest}, in a quiet room {quiet}"); // the second for a machine that has no time for anything
        Assert.DoesNotContain(sockets, s => s.Ended);
        Assert.True(host.Host.Services.GetRequiredService<OutboxBudget>().Waiting < new RealtimeOptions().MostWaitingOfAll / 4); // signals went first, if any had to
        await sockets[1].DoAsync("presence", new { status = "dnd" }); // one more to be told: what was told beside the messages has been passed over
        while (!PresenceFixture.Line(await sockets[0].NextAsync("presence")).StartsWith("200", StringComparison.Ordinal)) { } // all are there, and it was told
        foreach (var socket in sockets) await socket.DisposeAsync();
    }

    [Fact]
    public async Task Who_fell_silent_is_gone_within_the_grace_and_a_ping_and_was_last_seen_when_they_were_heard()
    {
        await using var host = await RoomHost.StartAsync(("CHATRELAY_PRESENCE_GRACE", "2s"), ("CHATRELAY_SOCKET_PING", "2s"), ("CHATRELAY_SOCKET_PONG", "1s"));
        var room = (await host.RoomAsync(null, "ann", "bob")).Split('/')[^1];
        await using var ann = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync("ann"));
        await ann.DoAsync("join", new { r = room, presence = "list" });
        await using var silent = await RawSocket.OpenAsync(host.Host.Address); // half-open: it is there for TCP, and nobody behind it
        await silent.SendAsync(JsonSerializer.Serialize(new { id = 1, op = "hello", v = 1, token = await host.TokenAsync("bob") }));

        var there = default(JsonElement);
        do there = await ann.NextAsync("presence"); while (!PresenceFixture.Line(there).Contains("+bob", StringComparison.Ordinal));
        var spoke = TimeProvider.System.GetTimestamp();
        JsonElement left;
        do left = await ann.NextAsync("presence"); while (!left.TryGetProperty("leave", out _));
        var ghost = TimeProvider.System.GetElapsedTime(spoke);
        Assert.Equal("1 -bob", PresenceFixture.Line(left));
        // Grace, ping and pong, one second for each of the two looks (for silence, and for who has left), and some for a busy machine.
        Assert.True(ghost < TimeSpan.FromSeconds(2 + 2 + 1 + 1 + 1 + 3), $"{ghost}");
        var shown = left.GetProperty("leave")[0].GetProperty("seen_at").GetDateTimeOffset();
        Assert.True(shown < DateTimeOffset.UtcNow - TimeSpan.FromSeconds(2), "the time at which the silence began, not at which it was noticed");
    }
}
