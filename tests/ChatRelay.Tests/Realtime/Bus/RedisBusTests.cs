using System.Security.Cryptography.X509Certificates;
using ChatRelay.Realtime;
using ChatRelay.Settings;
using ChatRelay.Storage;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Realtime;

/// <summary>Over Debian's Redis; each node has a way of its own to it.</summary>
public sealed class RedisBusTests(RedisBusTests.Server server) : LineConformance, IClassFixture<RedisBusTests.Server>
{
    public sealed class Server : IAsyncLifetime
    {
        internal RelayDatabase Database { get; private set; } = null!;
        internal RedisServer Redis { get; private set; } = null!;
        internal Databases Databases { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            (Database, Redis) = (await RelayDatabase.CreateAsync(), await RedisServer.StartAsync());
            Databases = new(Database.Logins);
        }

        public async ValueTask DisposeAsync()
        {
            await Databases.DisposeAsync();
            await Redis.DisposeAsync();
            await Database.DisposeAsync();
        }
    }

    private protected override async Task<BusNode> JoinAsync()
    {
        var way = new ChaosProxy($"Host=127.0.0.1;Port={server.Redis.Port}");
        var node = await BusNode.OverAsync(Line($"127.0.0.1:{way.Port}"), way);
        await node.UntilAsync(n => n.Bus.State.Lag > TimeSpan.Zero);
        return node;
    }

    private RedisLine Line(string address, X509Certificate2Collection? roots = null) => new(RedisAddress.Parse(address, null), roots, server.Databases, TimeProvider.System);

    [Fact]
    public async Task A_Redis_that_is_killed_and_started_again_is_found_again()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await BusNode.OverAsync(Line($"127.0.0.1:{redis.Port}"));
        await using var other = await BusNode.OverAsync(Line($"127.0.0.1:{redis.Port}"));
        foreach (var node in (BusNode[])[one, other]) await node.UntilAsync(n => n.Bus.State.Lag > TimeSpan.Zero);
        await redis.KillAsync();
        foreach (var node in (BusNode[])[one, other]) await node.UntilAsync(n => !n.Bus.State.Hears);

        await redis.StartAsync();
        foreach (var node in (BusNode[])[one, other]) await node.UntilAsync(n => n.Bus.State.Hears);
        one.Bus.Say(BusNode.Grew(Room, 1));
        await other.HasHeardAsync(1);
    }

    [Fact]
    public async Task A_password_and_TLS_are_spoken_and_nobody_else_is_believed()
    {
        using var ours = new TestCertificates(DateTimeOffset.UtcNow);
        using var theirs = new TestCertificates(DateTimeOffset.UtcNow);
        using var shown = ours.For("127.0.0.1", DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var redis = await RedisServer.StartAsync(
            folder =>
            {
                File.WriteAllText($"{folder}/cert.pem", shown.ExportCertificatePem());
                File.WriteAllText($"{folder}/key.pem", shown.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            },
            "--tls-port", "PORT", "--tls-cert-file", "FOLDER/cert.pem", "--tls-key-file", "FOLDER/key.pem", "--tls-auth-clients", "no", "--requirepass", "open: sesame");
        var at = $"127.0.0.1:{redis.Port}";
        await using var good = await BusNode.OverAsync(Line($"rediss://:open%3A%20sesame@{at}", ours.Roots));
        await using var other = await BusNode.OverAsync(Line($"rediss://default:open%3A%20sesame@{at}", ours.Roots));
        await using var wrong = await BusNode.OverAsync(Line($"rediss://:guess@{at}", ours.Roots));
        await using var deceived = await BusNode.OverAsync(Line($"rediss://:open%3A%20sesame@{at}", theirs.Roots));

        foreach (var node in (BusNode[])[good, other]) await node.UntilAsync(n => n.Bus.State.Lag > TimeSpan.Zero);
        foreach (var node in (BusNode[])[wrong, deceived]) await node.UntilAsync(n => !n.Bus.State.Hears);
        good.Bus.Say(BusNode.Grew(Room, 1));
        await other.HasHeardAsync(1);
        Assert.Empty(wrong.Words);
        Assert.Empty(deceived.Words);
        Assert.Equal(TimeSpan.Zero, deceived.Bus.State.Lag); // it has never heard itself
    }

    [Fact]
    public async Task Two_relays_on_one_Redis_do_not_hear_each_other()
    {
        await using var elsewhere = await RelayDatabase.CreateAsync();
        await using var theirs = new Databases(elsewhere.Logins);
        foreach (var databases in (Databases[])[server.Databases, theirs])
            await using (var named = databases.Owner.CreateCommand("update installation set identity = current_database()")) await named.ExecuteNonQueryAsync(); // a node does it when it starts
        var address = RedisAddress.Parse($"127.0.0.1:{server.Redis.Port}", null);
        await using var one = await BusNode.OverAsync(Line(address.ToString()));
        await using var same = await BusNode.OverAsync(Line(address.ToString()));
        await using var other = await BusNode.OverAsync(new RedisLine(address, null, theirs, TimeProvider.System));
        foreach (var node in (BusNode[])[one, same, other]) await node.UntilAsync(n => n.Bus.State.Lag > TimeSpan.Zero);
        one.Bus.Say(BusNode.Grew(Room, 1));
        other.Bus.Say(BusNode.Grew(Room, 2));
        await same.HasHeardAsync(1);
        one.Bus.Say(BusNode.Grew(Room, 3));
        await same.HasHeardAsync(2);
        Assert.DoesNotContain(BusNode.Line(BusNode.Grew(Room, 2)), same.Lines);
        Assert.Equal([BusNode.Line(BusNode.Grew(Room, 2))], other.Lines);
    }

    [Theory]
    [InlineData("redis.internal:6379", "redis://redis.internal:6379", null)]
    [InlineData("[::1]:6379", "redis://::1:6379", null)]
    [InlineData("redis://:a%40b@r:1", "redis://r:1", "a@b")]
    [InlineData("rediss://default:x@r", "rediss://r:6379", "x")]
    public void Addresses_are_read_and_printed_without_their_password(string text, string printed, string? password)
    {
        Assert.True(RedisAddress.TryParse(text, null, out var address));
        Assert.Equal((printed, password), ($"{address}", address.Password?.Reveal()));
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("http://r:1")]
    [InlineData("redis://acl-user:x@r:1")]
    [InlineData("redis://r:1/3")]
    [InlineData("")]
    public void Others_are_refused(string text) => Assert.False(RedisAddress.TryParse(text, null, out _));

    [Fact]
    public void A_file_of_roots_is_read_with_the_settings()
    {
        using var ours = new TestCertificates(DateTimeOffset.UtcNow);
        var file = Path.GetTempFileName();
        Assert.False(TrustedRoots.TryParse(file, null, out _)); // empty
        File.WriteAllText(file, ours.Root.ExportCertificatePem());
        Assert.True(TrustedRoots.TryParse(file, null, out var roots));
        Assert.Equal(ours.Root.Thumbprint, Assert.Single(roots.Certificates).Thumbprint);
        File.Delete(file);
        Assert.False(TrustedRoots.TryParse(file, null, out _));
    }
}
