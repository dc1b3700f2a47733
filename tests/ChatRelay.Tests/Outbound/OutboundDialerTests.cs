using System.Net;
using System.Net.Sockets;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Outbound;

public sealed class OutboundDialerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private static readonly IReadOnlyList<AllowRule> Nothing = [];

    private static FakeReceiver Listener(IPAddress? address = null) => FakeReceiver.Start(connection => connection.HangAsync(), address: address);

    private static Outcome OutcomeOf(Dialed dialed) => Assert.IsType<Dialed.Failed>(dialed).Failure.Outcome;

    private static Destination To(string host, int port, OutboundUse use = OutboundUse.Webhook) => new(host, port, Tls: true, use);

    [Theory]
    [InlineData("127.0.0.1"), InlineData("127.0.0.2"), InlineData("0.0.0.0"), InlineData("::ffff:127.0.0.1"), InlineData("::1"), InlineData("::"), InlineData("::127.0.0.1")]
    public async Task A_name_that_resolves_to_this_machine_is_blocked_and_no_packet_arrives(string address)
    {
        // One listener on every address, both families: whatever form would get through would be seen.
        await using var any = Listener(IPAddress.IPv6Any);
        await using var loopback = Listener();
        using var rig = new OutboundRig(Nothing).With("evil.example", address);
        foreach (var port in new[] { any.Port, loopback.Port, 443 })
            Assert.Equal(Outcome.BlockedAddress, OutcomeOf(await rig.Dialer.DialAsync(To("evil.example", port), OutboundAllow.None, Ct)));
        Assert.Equal(0, any.Connections + loopback.Connections);
    }

    [Theory]
    [InlineData("127.0.0.1"), InlineData("127.1"), InlineData("0x7f000001"), InlineData("2130706433"), InlineData("0177.0.0.1"), InlineData("::1"), InlineData("::ffff:127.0.0.1"), InlineData("0"), InlineData("fe80::1%1")]
    public async Task A_literal_that_was_never_checked_is_blocked_at_the_dial_all_the_same(string host)
    {
        await using var receiver = Listener(IPAddress.IPv6Any);
        using var rig = new OutboundRig(Nothing);
        Assert.Equal(Outcome.BlockedAddress, OutcomeOf(await rig.Dialer.DialAsync(To(host, receiver.Port), OutboundAllow.None, Ct)));
        Assert.Equal(0, receiver.Connections);
        Assert.Empty(rig.LookUps);
    }

    [Fact]
    public async Task Of_a_mixed_answer_only_the_permitted_addresses_are_dialled()
    {
        await using var forbidden = Listener(IPAddress.Parse("127.0.0.2"));
        await using var opened = FakeReceiver.Start(connection => connection.HangAsync(), address: IPAddress.Parse("127.0.0.3"), port: forbidden.Port);
        using var rig = new OutboundRig([AllowRule.Parse("127.0.0.3/32", null)]).With("mixed.example", "127.0.0.2", "::1", "10.0.0.1", "127.0.0.3", "169.254.169.254");
        var connected = Assert.IsType<Dialed.Connected>(await rig.Dialer.DialAsync(To("mixed.example", opened.Port), OutboundAllow.None, Ct));
        await using var stream = connected.Stream;
        Assert.Equal(IPAddress.Parse("127.0.0.3"), connected.To.Address);
        Assert.Equal(0, forbidden.Connections);
    }

    [Fact]
    public async Task A_name_that_changes_between_two_looks_is_looked_up_once_for_a_connection()
    {
        await using var opened = Listener(IPAddress.Parse("127.0.0.3"));
        await using var forbidden = FakeReceiver.Start(connection => connection.HangAsync(), port: opened.Port);
        using var rig = new OutboundRig([AllowRule.Parse("127.0.0.3/32", null)]).With("rebind.example", "127.0.0.3").With("rebind.example", "127.0.0.1");
        var first = Assert.IsType<Dialed.Connected>(await rig.Dialer.DialAsync(To("rebind.example", opened.Port), OutboundAllow.None, Ct));
        await using var stream = first.Stream;
        Assert.Single(rig.LookUps);
        Assert.Equal(Outcome.BlockedAddress, OutcomeOf(await rig.Dialer.DialAsync(To("rebind.example", opened.Port), OutboundAllow.None, Ct)));
        Assert.Equal(0, forbidden.Connections);
    }

    [Fact]
    public async Task A_dead_address_is_passed_over_for_the_next()
    {
        await using var alive = Listener(IPAddress.Parse("127.0.0.3"));
        using var rig = new OutboundRig().With("two.example", "127.0.0.4", "127.0.0.3"); // nothing listens on the first
        var connected = Assert.IsType<Dialed.Connected>(await rig.Dialer.DialAsync(To("two.example", alive.Port), OutboundAllow.None, Ct));
        await using var stream = connected.Stream;
        Assert.Equal(IPAddress.Parse("127.0.0.3"), connected.To.Address);
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_a_dns_error()
    {
        using var rig = new OutboundRig().With("empty.example");
        Assert.Equal(Outcome.DnsError, OutcomeOf(await rig.Dialer.DialAsync(To("unknown.example", 443), OutboundAllow.None, Ct)));
        Assert.Equal(Outcome.DnsError, OutcomeOf(await rig.Dialer.DialAsync(To("empty.example", 443), OutboundAllow.None, Ct)));
    }

    [Theory]
    [InlineData(25, true), InlineData(465, true), InlineData(587, true), InlineData(2525, true), InlineData(443, false), InlineData(26, false)]
    public void Smtp_has_its_own_ports(int port, bool open)
    {
        using var rig = new OutboundRig(Nothing);
        Assert.Equal(open, rig.Policy.Permits(IPAddress.Parse("8.8.8.8"), To("mx.example", port, OutboundUse.Smtp), OutboundAllow.None));
        Assert.False(rig.Policy.Permits(IPAddress.Parse("10.0.0.1"), To("mx.example", port, OutboundUse.Smtp), OutboundAllow.None));
    }

    [Fact]
    public void Smtp_in_clear_goes_only_where_somebody_opened_a_range()
    {
        using var rig = new OutboundRig(Nothing);
        var (to, opened) = (To("mx.example", 25, OutboundUse.Smtp) with { Clear = true }, new OutboundAllow([AllowRule.Parse("8.8.8.0/24", null) with { Use = OutboundUse.Smtp }]));
        Assert.False(rig.Policy.Permits(IPAddress.Parse("8.8.8.8"), to, OutboundAllow.None));
        Assert.False(rig.Policy.MayPermit(to, OutboundAllow.None));
        Assert.True(rig.Policy.Permits(IPAddress.Parse("8.8.8.8"), to, opened));
        Assert.True(rig.Policy.MayPermit(to, opened));
        Assert.False(rig.Policy.Permits(IPAddress.Parse("8.8.4.4"), to, opened));
    }

    [Fact]
    public async Task The_systems_resolver_answers_and_gives_up_when_the_caller_does()
    {
        using var lookup = new NameLookup();
        Assert.Contains(await lookup.ResolveAsync("localhost", Ct), IPAddress.IsLoopback);
        await Assert.ThrowsAnyAsync<SocketException>(() => lookup.ResolveAsync("no-such-name.invalid", Ct));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lookup.ResolveAsync("localhost", new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task An_address_that_does_not_answer_has_its_share_of_the_time_and_no_more()
    {
        // A full backlog: the kernel drops further SYNs, so the connection neither stands nor fails.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.5"), 0));
        silent.Listen(0);
        var port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        var fillers = new List<Socket>();
        for (var i = 0; i < 4; i++)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _ = filler.ConnectAsync(new IPEndPoint(IPAddress.Parse("127.0.0.5"), port), Ct).AsTask().ContinueWith(task => task.Exception, TaskScheduler.Default);
            fillers.Add(filler);
        }
        await using var alive = FakeReceiver.Start(connection => connection.HangAsync(), address: IPAddress.Parse("127.0.0.3"), port: port);
        using var rig = new OutboundRig().With("slow.example", "127.0.0.5", "127.0.0.3");
        var dialing = rig.Dialer.DialAsync(To("slow.example", port), OutboundAllow.None, Ct);
        while (!dialing.IsCompleted) { rig.Clock.Advance(TimeSpan.FromSeconds(1)); await Task.Yield(); }
        var connected = Assert.IsType<Dialed.Connected>(await dialing);
        await using var stream = connected.Stream;
        Assert.Equal(IPAddress.Parse("127.0.0.3"), connected.To.Address);
        fillers.ForEach(filler => filler.Dispose());
    }
}
