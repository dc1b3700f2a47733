using System.Net;
using System.Text;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Outbound;

public sealed class OutboundHttpTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal static FakeReceiver AfterRequest(Func<FakeConnection, Task> script) => FakeReceiver.Start(async connection =>
    {
        while (await connection.ReadRequestAsync() is not null) await script(connection);
    });

    internal static void Is(Outcome outcome, bool bytesLeft, OutboundReply reply) => Assert.Equal((outcome, bytesLeft), (reply.Failure?.Outcome, reply.Failure?.BytesLeft ?? false));

    [Fact]
    public async Task The_request_is_exactly_what_was_asked_for()
    {
        await using var receiver = FakeReceiver.Answering(202, "yes", "X-Sink: 1", "Set-Cookie: a=b");
        using var rig = new OutboundRig();
        var reply = await rig.Http.SendAsync(new()
        {
            Url = new($"{receiver.Url}?q=%E2%9C%93"),
            Use = OutboundUse.Webhook,
            Timeout = OutboundRig.Deadline,
            Body = "{\"a\":1}"u8.ToArray(),
            ContentType = "application/json",
            Headers = [new("X-Own", "v")],
        }, Ct);
        var request = await receiver.NextAsync(Ct);
        Assert.Equal((202, "yes", false), (reply.Status, Encoding.UTF8.GetString(reply.Body.Span), reply.Truncated));
        Assert.Contains(new("X-Sink", "1"), reply.Headers);
        Assert.Equal("POST /hook?q=%E2%9C%93 HTTP/1.1", request.Line);
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(request.Body));
        // Nothing else: no cookie, no traceparent, no accept-encoding, no charset.
        Assert.Equal(["Content-Length: 7", "Content-Type: application/json", $"Host: 127.0.0.1:{receiver.Port}", "User-Agent: ChatRelay/0.1.0", "X-Own: v"], request.Headers.Select(header => $"{header.Key}: {header.Value}").Order());

        await rig.PostAsync(receiver.Url, ct: Ct);
        Assert.Null((await receiver.NextAsync(Ct)).Header("Cookie"));
        Assert.Equal(1, receiver.Connections);
    }

    // The framework's own grammar refuses the second with an exception.
    [Theory]
    [InlineData("Bearer abc"), InlineData("AWS4-HMAC-SHA256 Credential=A/20260301/eu/ses/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=abc"), InlineData("Basic YTpi")]
    public async Task An_authorization_goes_out_as_it_is(string value)
    {
        await using var receiver = FakeReceiver.Answering(200);
        using var rig = new OutboundRig();
        await rig.Http.SendAsync(new() { Url = receiver.Url, Use = OutboundUse.Http, Timeout = OutboundRig.Deadline, Headers = [new("Authorization", value)] }, Ct);
        Assert.Equal(value, (await receiver.NextAsync(Ct)).Header("Authorization"));
    }

    [Theory]
    [InlineData(100, 100, false), InlineData(100, 101, true), InlineData(50_000, 40_000, false), InlineData(50_000, 60_000, true)]
    public async Task A_call_may_ask_for_more_or_less_of_the_body(int most, int sent, bool truncated)
    {
        await using var receiver = FakeReceiver.Answering(200, new string('x', sent));
        using var rig = new OutboundRig();
        var reply = await rig.Http.SendAsync(new() { Url = receiver.Url, Use = OutboundUse.Http, Timeout = OutboundRig.Deadline, MaxBody = most }, Ct);
        Assert.Equal((Math.Min(most, sent), truncated), (reply.Body.Length, reply.Truncated));
    }

    [Theory]
    [InlineData(301), InlineData(302), InlineData(303), InlineData(307), InlineData(308)]
    public async Task A_redirect_is_an_answer_and_is_not_followed(int status)
    {
        await using var target = FakeReceiver.Answering(200);
        await using var receiver = FakeReceiver.Answering(status, "", $"Location: {target.Url}");
        using var rig = new OutboundRig();
        var reply = await rig.PostAsync(receiver.Url, ct: Ct);
        Assert.Equal((status, null), (reply.Status, reply.Failure));
        Assert.Equal(0, target.Connections);
    }

    // A proxy of the environment is read once in a process, so it cannot be tried here without harm to the tests beside this one.
    [Fact]
    public void The_handler_asks_no_proxy_and_adds_and_unpacks_nothing()
    {
        using var rig = new OutboundRig();
        using var connections = new OutboundConnections(rig.Dialer);
        using var handler = connections.Handler(OutboundAllow.None, OutboundUse.Webhook);
        Assert.False(handler.UseProxy || handler.UseCookies || handler.AllowAutoRedirect || handler.PreAuthenticate);
        Assert.Equal(DecompressionMethods.None, handler.AutomaticDecompression);
        Assert.Null(handler.ActivityHeadersPropagator);
        Assert.True(handler.SslOptions.CertificateChainPolicy!.DisableCertificateDownloads);
    }

    [Fact]
    public async Task A_receiver_that_does_not_read_is_left_at_the_deadline()
    {
        using var accepted = new SemaphoreSlim(0);
        await using var receiver = FakeReceiver.Start(async connection => { accepted.Release(); await connection.HangAsync(); });
        using var rig = new OutboundRig();
        var sending = rig.PostAsync(receiver.Url, new string('x', 20_000_000), ct: Ct);
        await accepted.WaitAsync(Ct);
        rig.Clock.Advance(OutboundRig.Deadline);
        Assert.Equal(Outcome.Timeout, (await sending).Failure?.Outcome);
    }

    [Fact]
    public async Task A_call_without_a_deadline_is_a_bug()
    {
        using var rig = new OutboundRig();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => rig.Http.SendAsync(new() { Url = new("https://example.com/"), Use = OutboundUse.Http, Timeout = TimeSpan.Zero }, Ct));
    }

    // What hostile answers come to. Each ends by itself: the clock stands still.
    public static TheoryData<string, string, Outcome> Garbage => new()
    {
        { "not http", "220 mail.example ESMTP\r\n", Outcome.ProtocolError },
        { "no such version", "HTTP/9.9 200 OK\r\n\r\n", Outcome.ProtocolError },
        { "no number for a status", "HTTP/1.1 abc OK\r\n\r\n", Outcome.ProtocolError },
        { "a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", Outcome.ProtocolError },
        { "a folded name", "HTTP/1.1 200 OK\r\nA B: c\r\nContent-Length: 0\r\n\r\n", Outcome.ProtocolError },
        { "a length that is no number, and no end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Outcome.ProtocolError },
        { "a chunk size beyond all numbers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n", Outcome.ProtocolError },
        { "a chunk without its line end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabcdef\r\n", Outcome.ProtocolError },
        { "another protocol", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", Outcome.ProtocolError },
        { "half a status line", "HTTP/1.1 2", Outcome.ConnectionError },
        { "half the headers", "HTTP/1.1 200 OK\r\nContent-Le", Outcome.ConnectionError },
        { "half the body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", Outcome.ConnectionError },
        { "half the chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", Outcome.ConnectionError },
        { "nothing", "", Outcome.ConnectionError },
    };

    [Theory, MemberData(nameof(Garbage))]
    public async Task Garbage_ends_as_an_outcome(string name, string bytes, Outcome outcome)
    {
        Assert.NotEmpty(name);
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(bytes); // and close
        });
        using var rig = new OutboundRig();
        Is(outcome, true, await rig.PostAsync(receiver.Url, ct: Ct));
        Assert.Single(receiver.Requests); // the handler did not try again by itself
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=no-such-thing\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: \"\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: br, br, br\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.0 200\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nDate: yesterday\r\nRetry-After: soon\r\nETag: x\r\nSet-Cookie: \x01\x02\r\nTransfer-Encoding: chunked\r\n\r\n2;ext=\"x\"\r\nok\r\n0\r\nTrailer: x\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    public async Task What_is_only_odd_is_taken_as_it_came(string bytes)
    {
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(bytes);
        });
        using var rig = new OutboundRig();
        var reply = await rig.PostAsync(receiver.Url, ct: Ct);
        Assert.Equal((200, null, "ok"), (reply.Status, reply.Failure, Encoding.UTF8.GetString(reply.Body.Span)));
    }

    [Fact]
    public async Task A_receiver_that_says_nothing_is_left_at_the_deadline()
    {
        await using var receiver = AfterRequest(connection => connection.HangAsync());
        using var rig = new OutboundRig();
        var sending = rig.PostAsync(receiver.Url, ct: Ct);
        await receiver.NextAsync(Ct);
        rig.Clock.Advance(OutboundRig.Deadline - TimeSpan.FromTicks(1));
        Assert.False(sending.IsCompleted);
        rig.Clock.Advance(TimeSpan.FromTicks(1));
        Is(Outcome.Timeout, true, await sending);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 200 OK\r\nX-Slow: ", 0)]
    [InlineData("", 0)]
    public async Task A_drip_does_not_move_the_deadline(string first, int statusSeen)
    {
        using var drops = new SemaphoreSlim(0);
        using var dropped = new SemaphoreSlim(0);
        await using var receiver = AfterRequest(async connection =>
        {
            await connection.SendAsync(first);
            foreach (var letter in "HTTP/1.1 200 Very Slow Indeed And Never Done")
            {
                await drops.WaitAsync(connection.Stopping);
                await connection.SendAsync($"{letter}");
                dropped.Release();
            }
        });
        using var rig = new OutboundRig();
        var sending = rig.PostAsync(receiver.Url, ct: Ct);
        await receiver.NextAsync(Ct);
        for (var second = 0; second < 14; second++)
        {
            drops.Release();
            await dropped.WaitAsync(Ct);
            rig.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.False(sending.IsCompleted);
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        var reply = await sending;
        Is(Outcome.Timeout, true, reply);
        Assert.Contains(reply.Status, new[] { 0, statusSeen }); // what had come before is kept, if it was read
    }

    [Fact]
    public async Task The_deadline_covers_the_look_up_of_the_name()
    {
        using var rig = new OutboundRig();
        var asked = new TaskCompletionSource();
        var dialer = new OutboundDialer(rig.Policy, async (_, ct) => { asked.SetResult(); await Task.Delay(Timeout.Infinite, ct); return []; }, rig.Relay);
        using var connections = new OutboundConnections(dialer);
        var sending = new OutboundHttp(connections, rig.Relay).SendAsync(new() { Url = new("http://slow.example:8080/"), Use = OutboundUse.Webhook, Timeout = OutboundRig.Deadline }, Ct);
        await asked.Task.WaitAsync(Ct);
        rig.Clock.Advance(OutboundRig.Deadline);
        Is(Outcome.Timeout, false, await sending);
    }

    [Fact]
    public async Task A_reset_is_a_connection_error_and_bytes_may_have_left()
    {
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            connection.Reset();
        });
        using var rig = new OutboundRig();
        Is(Outcome.ConnectionError, true, await rig.PostAsync(receiver.Url, ct: Ct));
        Assert.Single(receiver.Requests);
    }

    // Who looks at the other side of such a connection gets an error of the socket itself, and not one of HTTP.
    [Fact]
    public async Task A_far_end_that_hangs_up_as_soon_as_it_is_dialled_is_a_connection_error()
    {
        await using var receiver = FakeReceiver.Start(connection =>
        {
            connection.Reset();
            return Task.CompletedTask;
        });
        using var rig = new OutboundRig();
        for (var n = 0; n < 500; n++) Assert.Equal(Outcome.ConnectionError, (await rig.PostAsync(receiver.Url, ct: Ct)).Failure?.Outcome);
    }

    [Fact]
    public async Task A_pooled_connection_that_ends_early_does_not_repeat_the_call()
    {
        var served = 0;
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            // The first request of a connection is answered, the second is taken and the connection closed on it.
            while (await connection.ReadRequestAsync() is not null)
            {
                if (Interlocked.Increment(ref served) == 2) return;
                await connection.SendAsync(FakeReceiver.Answer(200));
            }
        });
        using var rig = new OutboundRig();
        Assert.True((await rig.PostAsync(receiver.Url, ct: Ct)).Succeeded);
        Is(Outcome.ConnectionError, true, await rig.PostAsync(receiver.Url, ct: Ct));
        Assert.Equal(2, receiver.Requests.Count);
        Assert.Equal(1, receiver.Connections);
    }

    [Fact]
    public async Task A_get_is_not_repeated_either()
    {
        await using var receiver = FakeReceiver.Start(async connection => await connection.ReadRequestAsync());
        using var rig = new OutboundRig();
        var reply = await rig.Http.SendAsync(new() { Method = HttpMethod.Get, Url = receiver.Url, Use = OutboundUse.Http, Timeout = OutboundRig.Deadline }, Ct);
        Is(Outcome.ConnectionError, true, reply);
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task A_refused_connection_is_tried_once_more_and_no_more()
    {
        await using (var gone = FakeReceiver.Answering(200))
        {
            using var rig = new OutboundRig().With("gone.example", "127.0.0.9");
            Is(Outcome.ConnectionError, false, await rig.PostAsync(new($"http://gone.example:{gone.Port}/"), ct: Ct));
            Assert.Equal(2, rig.LookUps.Count);
        }
    }

    [Fact]
    public async Task A_name_that_comes_back_between_the_two_tries_is_served()
    {
        await using var receiver = FakeReceiver.Answering(200);
        using var rig = new OutboundRig().With("flaps.example").With("flaps.example", "127.0.0.1");
        Assert.True((await rig.PostAsync(new($"http://flaps.example:{receiver.Port}/"), ct: Ct)).Succeeded);
    }

    [Fact]
    public async Task A_blocked_address_is_not_tried_again()
    {
        using var rig = new OutboundRig([]).With("evil.example", "169.254.169.254");
        Is(Outcome.BlockedAddress, false, await rig.PostAsync(new("https://evil.example/"), ct: Ct));
        Assert.Single(rig.LookUps);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/"), InlineData("file:///etc/passwd"), InlineData("unix:///run/x")]
    public async Task A_scheme_that_was_never_checked_is_blocked_here(string url)
    {
        using var rig = new OutboundRig();
        Is(Outcome.BlockedAddress, false, await rig.PostAsync(new(url), ct: Ct));
    }

    [Fact]
    public async Task A_connection_that_one_tenant_opened_does_not_serve_another()
    {
        await using var receiver = FakeReceiver.Answering(200);
        using var rig = new OutboundRig([]).With("lab.example", "127.0.0.1");
        var opened = new OutboundAllow([AllowRule.Parse("127.0.0.0/8", null)]);
        var url = new Uri($"http://lab.example:{receiver.Port}/");
        Assert.True((await rig.PostAsync(url, allow: opened, ct: Ct)).Succeeded);
        Is(Outcome.BlockedAddress, false, await rig.PostAsync(url, ct: Ct)); // the pooled connection is there, and not his
        Assert.True((await rig.PostAsync(url, allow: new OutboundAllow([AllowRule.Parse("127.0.0.0/8", null)]), ct: Ct)).Succeeded);
        Assert.Equal(1, receiver.Connections); // an equal list shares it
    }

    [Fact]
    public async Task An_ipv6_literal_is_dialled_as_it_was_checked()
    {
        await using var receiver = FakeReceiver.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(FakeReceiver.Answer(200));
        }, address: IPAddress.IPv6Loopback);
        using var rig = new OutboundRig([AllowRule.Parse($"::1/128:{receiver.Port}", null)]);
        var url = Assert.IsType<OutboundUrl.Allowed>(OutboundUrl.Check($"http://[0:0::1]:{receiver.Port}/", rig.Policy, OutboundUse.Webhook, OutboundAllow.None)).Url;
        Assert.True((await rig.PostAsync(url, ct: Ct)).Succeeded);
        Assert.Equal($"[::1]:{receiver.Port}", (await receiver.NextAsync(Ct)).Header("Host"));
        Assert.Empty(rig.LookUps);
    }

    [Fact]
    public async Task The_callers_own_cancellation_is_not_an_outcome()
    {
        await using var receiver = AfterRequest(connection => connection.HangAsync());
        using var rig = new OutboundRig();
        using var stopping = new CancellationTokenSource();
        var sending = rig.PostAsync(receiver.Url, ct: stopping.Token);
        await receiver.NextAsync(Ct);
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task A_header_cannot_begin_a_second_one()
    {
        await using var receiver = FakeReceiver.Answering(200);
        using var rig = new OutboundRig();
        await Assert.ThrowsAsync<FormatException>(() => rig.Http.SendAsync(new()
        {
            Url = receiver.Url,
            Use = OutboundUse.Webhook,
            Timeout = OutboundRig.Deadline,
            Headers = [new("X-A", "b\r\nX-Injected: 1")],
        }, Ct));
        Assert.Equal(0, receiver.Connections);
    }
}
