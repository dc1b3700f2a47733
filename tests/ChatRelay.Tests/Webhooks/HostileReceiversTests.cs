using System.Net;
using System.Net.Sockets;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Webhooks;

/// <summary>A node whose names lead where the tests say. It calls 127.0.0.1 and nothing else here.</summary>
public sealed class NamesFixture : IAsyncLifetime
{
    public const string Inside = "inside.example.com", Mixed = "mixed.example.com", Moving = "moving.example.com";
    public static readonly IPAddress Forbidden = IPAddress.Parse("127.0.0.2");
    private int looks;

    internal EngineHost Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Engine = await EngineHost.StartResolvingAsync((name, _) => name switch
    {
        Inside => Task.FromResult<IReadOnlyList<IPAddress>>([Forbidden]),
        Mixed => Task.FromResult<IReadOnlyList<IPAddress>>([Forbidden, IPAddress.Loopback]),
        Moving => Task.FromResult<IReadOnlyList<IPAddress>>([Interlocked.Increment(ref looks) == 1 ? IPAddress.Loopback : Forbidden]), // vetted once, somewhere else the next time
        _ => throw new SocketException((int)SocketError.HostNotFound),
    });

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}

/// <summary>What hostile receivers come to behind an endpoint: an attempt with its outcome, and nothing else.</summary>
public sealed class HostileReceiversTests(NamesFixture fixture) : IClassFixture<NamesFixture>, IAsyncLifetime
{
    private const string Route = "/v1/webhook-endpoints";
    private EngineHost engine = null!;

    public static TheoryData<string, string, Outcome> Garbage => OutboundHttpTests.Garbage;
    public static TheoryData<string, string, string> Endless => OutboundFloodTests.Endless;

    public async ValueTask InitializeAsync() => engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory, MemberData(nameof(Garbage))]
    public async Task Garbage_ends_as_an_attempt(string name, string bytes, Outcome outcome)
    {
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(bytes); // and close
        });
        Assert.Equal((name, Words.Of(outcome)), (name, await OutcomeAsync(receiver.Url)));
        Assert.Single(receiver.Requests);
    }

    [Theory, MemberData(nameof(Endless))]
    public async Task What_never_ends_is_ended_by_us(string name, string first, string forEver)
    {
        await using var receiver = OutboundHttpTests.AfterRequest(async connection =>
        {
            await connection.SendAsync(first);
            while (true) await connection.SendAsync(string.Concat(Enumerable.Repeat(forEver, 1000)));
        });
        Assert.Equal((name, "protocol_error"), (name, await OutcomeAsync(receiver.Url)));
    }

    [Fact]
    public async Task One_that_says_nothing_and_one_that_drips_are_left_at_the_endpoints_own_deadline()
    {
        await using var silent = OutboundHttpTests.AfterRequest(connection => connection.HangAsync());
        await using var drip = OutboundHttpTests.AfterRequest(async connection =>
        {
            foreach (var letter in FakeReceiver.Answer(200, new string('x', 4096)))
            {
                await connection.SendAsync($"{letter}");
                await Task.Delay(100, connection.Stopping);
            }
        });
        var outcomes = await Task.WhenAll(OutcomeAsync(silent.Url), OutcomeAsync(drip.Url));
        Assert.Equal(["timeout", "timeout"], outcomes);
    }

    [Fact]
    public async Task A_redirect_to_an_address_inside_is_not_followed()
    {
        await using var inside = FakeReceiver.Start(c => c.ReadRequestAsync(), address: NamesFixture.Forbidden);
        foreach (var to in (string[])[$"http://127.0.0.2:{inside.Port}/", $"http://{NamesFixture.Inside}:{inside.Port}/", "http://169.254.169.254/latest/meta-data/"])
        {
            await using var receiver = FakeReceiver.Answering(307, "", $"Location: {to}");
            Assert.Equal("http_error", await OutcomeAsync(receiver.Url));
        }
        Assert.Equal(0, inside.Connections);
    }

    [Fact]
    public async Task A_name_that_leads_inside_is_blocked_when_it_is_dialled_and_no_packet_goes_there()
    {
        await using var inside = FakeReceiver.Start(c => c.ReadRequestAsync(), address: NamesFixture.Forbidden);
        Assert.Equal("blocked_address", await OutcomeAsync(new($"http://{NamesFixture.Inside}:{inside.Port}/")));
        Assert.Equal(0, inside.Connections);
    }

    [Fact]
    public async Task Of_a_mixed_answer_and_of_one_that_changes_only_what_may_be_called_is_called()
    {
        await using var outside = FakeReceiver.Start(async c => { await c.ReadRequestAsync(); await c.SendAsync(FakeReceiver.Answer(200, "", "Connection: close")); });
        await using var inside = FakeReceiver.Start(c => c.ReadRequestAsync(), address: NamesFixture.Forbidden, port: outside.Port);
        Assert.Equal("ok", await OutcomeAsync(new($"http://{NamesFixture.Mixed}:{outside.Port}/")));
        Assert.Equal("ok", await OutcomeAsync(new($"http://{NamesFixture.Moving}:{outside.Port}/")));
        Assert.Equal("blocked_address", await OutcomeAsync(new($"http://{NamesFixture.Moving}:{outside.Port}/")));
        Assert.Equal((2, 0), (outside.Requests.Count, inside.Connections));
    }

    /// <summary>How the one attempt of an event to a new endpoint there ended.</summary>
    private async Task<string> OutcomeAsync(Uri url)
    {
        var account = $"{Guid.NewGuid():n}"; // this endpoint's alone
        var endpoint = await engine.Http.SendAsync(Route, new { url, account, timeout_s = 5, retry_schedule_s = Array.Empty<int>() });
        Assert.True(endpoint.Status == 201, endpoint.ToString());
        await engine.Http.SendAsync("/v1/events", new { type = "t.n", account, data = 1 });
        var list = await EngineHost.UntilAsync(
            () => engine.Http.ReadAsync($"{Route}/{endpoint.Id}/deliveries"), l => l["data"].GetArrayLength() == 1 && l["data.0.status"].GetString() is "sent" or "failed");
        var attempts = await engine.Http.ReadAsync($"/v1/deliveries/{list["data.0.id"].GetString()}/attempts");
        return Assert.Single(attempts["data"].EnumerateArray()).GetProperty("outcome").GetString()!;
    }
}
