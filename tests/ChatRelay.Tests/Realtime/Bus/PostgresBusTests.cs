using ChatRelay.Realtime;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Npgsql;

namespace ChatRelay.Tests.Realtime;

/// <summary>Over a PostgreSQL's NOTIFY; each node has a way of its own to it.</summary>
public sealed class PostgresBusTests(PostgresBusTests.Server server) : LineConformance, IClassFixture<PostgresBusTests.Server>
{
    public sealed class Server : IAsyncLifetime
    {
        internal RelayDatabase Database { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Database = await RelayDatabase.CreateAsync();
        public ValueTask DisposeAsync() => Database.DisposeAsync();
    }

    private protected override async Task<BusNode> JoinAsync()
    {
        var way = new ChaosProxy(server.Database.Logins.Engine);
        var databases = new Databases(server.Database.Logins with { Engine = way.Through(server.Database.Logins.Engine) });
        var node = await BusNode.OverAsync(new PostgresLine(databases), way, databases.DisposeAsync);
        await node.UntilAsync(n => n.Bus.State.Lag > TimeSpan.Zero);
        return node;
    }

    [Fact]
    public async Task Strange_notifications_harm_nobody()
    {
        var all = await NodesAsync(2);
        await using (var stranger = new NpgsqlConnection(server.Database.Logins.Engine))
        {
            await stranger.OpenAsync();
            foreach (var payload in (string[])["", "x", "0/1:", "0/1:!!", "1/2:AAAA", "0/0:AAAA", "-1/3:AA==", "0/2:AQID", $"0/1:{new string('A', 7_990)}"])
            {
                await using var notify = new NpgsqlCommand("select pg_notify('relay_bus', $1)", stranger);
                notify.Parameters.AddWithValue(payload);
                await notify.ExecuteNonQueryAsync();
            }
        }
        all[0].Bus.Say(BusNode.Grew(Room, 1));
        await all[1].HasHeardAsync(1);
        Assert.Equal(BusNode.Line(BusNode.Grew(Room, 1)), Assert.Single(all[1].Lines));
    }

    [Fact]
    public void Every_piece_fits_into_a_payload_and_only_a_whole_run_of_them_is_a_batch()
    {
        var batch = Enumerable.Range(0, 2_000_000).Select(n => (byte)(n * 7)).ToArray();
        var cut = PostgresLine.Cut(batch);
        Assert.All(cut, piece => Assert.True(piece.Length < 8_000));

        var pieces = new PostgresLine.Pieces();
        Assert.Null(pieces.Take(1, cut[1])); // its beginning was lost
        foreach (var piece in cut[..10]) Assert.Null(pieces.Take(1, piece));
        Assert.Null(pieces.Take(2, cut[10])); // another's
        foreach (var piece in cut[..^1]) Assert.Null(pieces.Take(1, piece)); // begun anew
        Assert.Equal(batch, pieces.Take(1, cut[^1]));
    }
}
