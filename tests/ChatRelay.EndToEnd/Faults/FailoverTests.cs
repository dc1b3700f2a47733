using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;
using Xunit;

namespace ChatRelay.EndToEnd.Faults;

/// <summary>The primary is gone in mid-room and its replica is promoted: what it had not got is gone, and whoever had seen it is told so.</summary>
public sealed class FailoverTests
{
    [Fact]
    public async Task A_replica_that_lagged_gives_no_number_again_under_an_old_epoch_and_everybody_is_told()
    {
        await using var pair = await ReplicatedPair.StartAsync();
        await using var relay = await pair.RelayAsync();
        var room = relay.Room;
        await using var ann = await SocketClient.HelloAsync(relay.Node.Address, relay.Token);
        var first = await relay.SayAsync("kept");
        await pair.Replica.CaughtUpAsync(pair.Primary);
        await pair.Replica.FallBehindAsync();
        for (var n = 0; n < 3; n++) await relay.SayAsync($"lost {n}");
        var last = await relay.SayAsync("lost too");
        while ((await ann.NextAsync("msg")).GetProperty("s").GetInt64() != last.Seq) { }
        Assert.Equal(first.Epoch, last.Epoch);
        var seen = await relay.EventsAsync(null);

        await pair.FailOverAsync(silently: false);
        var again = await relay.SayAsync("after");
        Assert.NotEqual(first.Epoch, again.Epoch);
        Assert.Equal(first.Seq + 1, again.Seq); // the number was given before: to another message, and under another epoch

        // Who was connected all the while is told to ask, and finds another epoch.
        Assert.Equal(again.Epoch, (await ann.NextAsync("head")).GetProperty("e").GetString());
        Assert.Equal("epoch_changed", await ann.FailAsync("sync", new { r = room, e = first.Epoch, after = last.Seq }));
        var anew = await ann.DoAsync("sync", new { r = room, e = again.Epoch, after = 0 });
        Assert.Equal(["kept", "after"], anew.GetProperty("messages").EnumerateArray().Where(m => m.GetProperty("kind").GetString() == "message").Select(m => m.GetProperty("body").GetProperty("text").GetString()));
        await relay.SayAsync("and live");
        Assert.Equal(again.Epoch, (await ann.NextAsync("msg")).GetProperty("e").GetString());

        // Who comes back is told so in the answer to its hello, even where its position is below the new head.
        for (var n = 0; n < 5; n++) await relay.SayAsync($"more {n}");
        await using var late = await SocketClient.HelloAsync(relay.Node.Address, relay.Token, new { resume = new { rooms = new Dictionary<string, object> { [room] = new { e = last.Epoch, s = last.Seq } } } });
        Assert.Equal("reset", late.Welcome.GetProperty("rooms").GetProperty(room).GetProperty("state").GetString());

        // The event log goes on after whatever a reader had of the lost part.
        var since = await relay.EventsAsync(seen.Cursor);
        Assert.Equal(7, since.Messages); // after, and live, five more
        Assert.NotEqual(seen.Epoch, since.Epoch);
        Assert.Equal(0, await pair.Replica.AskAsync<long>("select count(*) from (select 1 from relay.entries group by tenant_id, room_id, seq having count(*) > 1) twice"));
    }

    [Fact]
    public async Task A_synchronous_replica_has_all_that_was_acknowledged()
    {
        await using var pair = await ReplicatedPair.StartAsync();
        await pair.Primary.WaitForReplicaAsync();
        await using var relay = await pair.RelayAsync();
        Assert.Equal("standby", (await relay.Node.Operator.ReadAsync("/health/detailed"))["database.durability"].GetString());
        var said = new List<(string Epoch, long Seq, string Id)>();
        using var over = new CancellationTokenSource();
        var speaking = Task.Run(async () =>
        {
            for (var n = 0; !over.IsCancellationRequested; n++) said.Add(await relay.SayAsync($"{n}")); // again under its client_id until it is acknowledged
        });
        await Eventually.Async(() => Task.FromResult(said.Count > 50));
        await pair.FailOverAsync(silently: true);
        var before = said.Count;
        await Eventually.Async(() => Task.FromResult(said.Count > before + 20));
        await over.CancelAsync();
        await speaking;

        Assert.Equal(2, said.Select(s => s.Epoch).Distinct().Count());
        Assert.Equal(said.Select(s => s.Seq), said.Select(s => s.Seq).Distinct().Order()); // also over the change: nothing was given twice, since nothing was lost
        var kept = await relay.LogAsync();
        Assert.Empty(said.Select(s => (s.Seq, s.Id)).Except(kept));
        Assert.Equal("disk", (await relay.Node.Operator.ReadAsync("/health/detailed"))["database.durability"].GetString()); // it stands alone now, and says so
        pair.Way.CutAll(); // what still waits for the former primary would keep the node from stopping
    }

    [Fact]
    public async Task A_node_led_to_a_standby_waits_for_its_promotion_and_one_led_back_to_the_former_primary_writes_nothing_there()
    {
        await using var pair = await ReplicatedPair.StartAsync();
        await using var relay = await pair.RelayAsync();
        var before = await relay.SayAsync("before");
        await pair.Replica.CaughtUpAsync(pair.Primary);

        pair.Way.LeadTo(pair.Replica.Login); // too early: the other is still a standby
        pair.Way.CutAll();
        Assert.Equal(503, (await relay.Node.Anonymous.ReadAsync("/health/ready")).Status);
        Assert.Equal(503, (await relay.TryAsync("too early")).Status);

        await pair.Replica.PromoteAsync();
        var promoted = await relay.SayAsync("on the new one");
        Assert.NotEqual(before.Epoch, promoted.Epoch);

        pair.Way.LeadTo(pair.Primary.Login); // it lives, and nobody has fenced it
        pair.Way.CutAll();
        var written = await pair.Primary.AskAsync<long>("select sum(head)::bigint from relay.room_heads");
        Assert.Equal(503, (await relay.TryAsync("astray")).Status);
        Assert.Equal(503, (await relay.Node.Anonymous.ReadAsync("/health/ready")).Status);
        Assert.Equal(written, await pair.Primary.AskAsync<long>("select sum(head)::bigint from relay.room_heads"));

        pair.Way.LeadTo(pair.Replica.Login);
        Assert.Equal(promoted.Epoch, (await relay.SayAsync("back")).Epoch);
    }

    [Fact]
    public async Task An_address_that_leads_elsewhere_is_followed_although_the_old_connections_live()
    {
        await using var pair = await ReplicatedPair.StartAsync();
        await using var relay = await pair.RelayAsync();
        await using var ann = await SocketClient.HelloAsync(relay.Node.Address, relay.Token);
        var before = await relay.SayAsync("before");
        await pair.Replica.CaughtUpAsync(pair.Primary);
        await pair.Replica.PromoteAsync();
        pair.Way.LeadTo(pair.Replica.Login);
        var told = await ann.NextAsync("head"); // by the heartbeat's own connection
        Assert.NotEqual(before.Epoch, told.GetProperty("e").GetString());
        Assert.Equal(told.GetProperty("e").GetString(), (await relay.SayAsync("after")).Epoch);
        await Eventually.Async(() => pair.Primary.AskAsync<bool>("select not exists (select from pg_stat_activity where application_name like 'chatrelay %')"));
    }
}
