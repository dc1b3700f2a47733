using ChatRelay.Channels;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Settings;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Channels.Email.Smtp;

/// <summary>Who shares a session, for how long, and what happens when it died in the meantime.</summary>
public sealed class SmtpPoolTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_the_same_tenants_same_account_with_the_same_settings_shares_a_session()
    {
        await using var server = new FakeSmtp { Offers = ["AUTH PLAIN"] }.Start();
        using var rig = new SmtpRig(outbound: new Tests.Outbound.OutboundRig().With("localhost.example", "127.0.0.1"));
        var mail = SmtpRig.Mail(SmtpRig.Account(server.Port, auth: SmtpAuth.Plain));
        var account = (ProviderAccount.Smtp)mail.Account;
        SendRequest.Email[] others =
        [
            mail with { Tenant = new(Guid.Parse("00000000-0000-0000-0000-000000000001")) },
            mail with { Account = account with { Id = new(Guid.Parse("00000000-0000-0000-0000-000000000001")) } },
            mail with { Account = account with { Host = "localhost.example" } },
            mail with { Account = account with { Username = "bob" } },
            mail with { Account = account with { Password = new Secret("changed") } },
            mail with { Account = account with { Auth = SmtpAuth.None } },
            mail with { Account = account with { Username = "annopen", Password = new Secret(" sesame") } },
            mail with { Allow = new([AllowRule.Parse("10.0.0.0/8", null)]) },
        ];
        Assert.IsType<SendOutcome.Accepted>(await rig.Sender.SendAsync(mail, Ct));
        foreach (var other in others) Assert.IsType<SendOutcome.Accepted>(await rig.Sender.SendAsync(other, Ct));
        Assert.Equal((1 + others.Length, 1 + others.Length), (server.Connections, rig.Connections.Count.Accounts));
        foreach (var again in (SendRequest[])[mail, .. others]) Assert.IsType<SendOutcome.Accepted>(await rig.Sender.SendAsync(again, Ct));
        Assert.Equal(1 + others.Length, server.Connections);
    }

    [Theory]
    [InlineData("RSET", false), InlineData("RSET", true), InlineData("MAIL", false), InlineData("RCPT", false), InlineData("DATA", false), InlineData("DATA", true)]
    public async Task A_session_that_died_in_the_pool_is_replaced_and_the_mail_goes_once(string step, bool goodbye)
    {
        var smtp = new FakeSmtp { At = moment => moment is { Connection: 1, Mail: 1 } && moment.Step == step ? FakeSmtp.Leaves(goodbye ? "421 4.4.2 too long idle\r\n" : "") : null };
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        for (var i = 0; i < 2; i++) Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct));
        Assert.Equal((2, 2), (server.Connections, server.Requests.Count));
    }

    [Fact]
    public async Task The_replacement_is_the_last_try()
    {
        var smtp = new FakeSmtp { At = moment => moment is { Connection: 1, Mail: 0 } ? null : moment.Step is "MAIL" ? FakeSmtp.Leaves() : null };
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        await rig.SendAsync(server, Ct);
        Assert.Equal(Outcome.ConnectionError, Assert.IsType<SendOutcome.TryLater>(await rig.SendAsync(server, Ct)).Outcome);
        Assert.Equal((2, 1), (server.Connections, server.Requests.Count));
    }

    [Fact]
    public async Task A_session_that_dies_after_the_dot_may_have_sent_and_is_not_repeated()
    {
        var smtp = new FakeSmtp { At = moment => moment is { Step: "dot", Mail: 2 } ? FakeSmtp.Leaves() : null };
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        await rig.SendAsync(server, Ct);
        var outcome = Assert.IsType<SendOutcome.TryLater>(await rig.SendAsync(server, Ct));
        Assert.Equal((Outcome.ConnectionError, true, 2), (outcome.Outcome, outcome.MaybeSent, server.Requests.Count));
    }

    [Fact]
    public async Task A_rested_session_that_says_nothing_times_out_and_is_not_repeated()
    {
        var asked = new TaskCompletionSource();
        var smtp = new FakeSmtp
        {
            At = moment =>
            {
                if (moment is not { Step: "RSET" }) return null;
                asked.SetResult();
                return FakeSmtp.Hangs();
            },
        };
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        await rig.SendAsync(server, Ct);
        var sending = rig.SendAsync(server, Ct);
        await asked.Task.WaitAsync(Ct);
        rig.Clock.Advance(SmtpRig.Timeout / 2);
        Assert.Equal((Outcome.Timeout, 1), ((await sending).Outcome, server.Connections));
    }

    [Fact]
    public async Task What_a_server_says_to_a_rested_session_is_no_answer_to_the_next_mail()
    {
        var smtp = new FakeSmtp { At = moment => moment is { Step: "dot", Connection: 1 } ? FakeSmtp.Says("250 Ok\r\n250 Ok\r\n250 Ok\r\n250 Ok\r\n354 Go on\r\n250 yours too\r\n") : null };
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        await rig.SendAsync(server, Ct);
        Assert.Equal("2-1", Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct)).ProviderMessageId);
        Assert.Equal(2, server.Requests.Count);
    }

    private static (FakeSmtp Server, Task Left) Parting()
    {
        var left = new TaskCompletionSource();
        return (new FakeSmtp
        {
            At = moment =>
            {
                if (moment.Step is "QUIT") left.TrySetResult();
                return null;
            },
        }, left.Task);
    }

    [Fact]
    public async Task A_session_that_rests_too_long_leaves_with_QUIT()
    {
        var (smtp, left) = Parting();
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        await rig.SendAsync(server, Ct);
        rig.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal((0, 1, 1), rig.Connections.Count);
        rig.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal((0, 0, 0), rig.Connections.Count);
        await left.WaitAsync(Ct);
    }

    [Fact]
    public async Task A_session_that_grew_old_leaves_however_busy_it_was()
    {
        var (smtp, left) = Parting();
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        for (var minute = 0.0; minute < 5.5; minute += 0.25)
        {
            Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct));
            rig.Clock.Advance(TimeSpan.FromMinutes(0.25));
        }
        Assert.Equal(2, server.Connections);
        await left.WaitAsync(Ct);
    }

    [Fact]
    public async Task A_session_carries_a_hundred_mails()
    {
        var (smtp, left) = Parting();
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        for (var i = 0; i < 101; i++) Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct));
        Assert.Equal((2, 101), (server.Connections, server.Requests.Count));
        await left.WaitAsync(Ct);
    }

    [Fact]
    public async Task A_closed_pool_keeps_nothing()
    {
        var (smtp, left) = Parting();
        await using var server = smtp.Start();
        using var rig = new SmtpRig();
        await rig.SendAsync(server, Ct);
        rig.Connections.Dispose();
        await left.WaitAsync(Ct);
        Assert.IsType<SendOutcome.Accepted>(await rig.SendAsync(server, Ct));
        Assert.Equal((0, 0, 0), rig.Connections.Count);
    }

    /// <summary>Holds every mail after its dot until it is told to go on.</summary>
    private static (FakeSmtp Server, SemaphoreSlim Held, TaskCompletionSource Go) Holding()
    {
        var (held, go) = (new SemaphoreSlim(0), new TaskCompletionSource());
        return (new FakeSmtp
        {
            At = moment => moment.Step is not "dot" ? null : async connection =>
            {
                held.Release();
                await go.Task;
                return await FakeSmtp.Says("250 Ok\r\n")(connection);
            },
        }, held, go);
    }

    [Fact]
    public async Task An_account_has_so_many_sessions_and_the_rest_wait_in_line()
    {
        var (smtp, held, go) = Holding();
        await using var server = smtp.Start();
        using var rig = new SmtpRig(options: new() { PerAccount = 2 });
        var sending = Enumerable.Range(0, 5).Select(_ => rig.SendAsync(server, Ct)).ToArray();
        for (var i = 0; i < 2; i++) await held.WaitAsync(Ct);
        Assert.Equal((2, 0, 1), rig.Connections.Count);
        go.SetResult();
        Assert.All(await Task.WhenAll(sending), outcome => Assert.IsType<SendOutcome.Accepted>(outcome));
        Assert.Equal((2, 5), (server.Connections, server.Requests.Count));
    }

    [Fact]
    public async Task Who_waits_too_long_for_a_place_comes_again_and_nothing_was_sent()
    {
        var (smtp, held, go) = Holding();
        await using var server = smtp.Start();
        using var rig = new SmtpRig(options: new() { PerAccount = 1 });
        var first = rig.SendAsync(server, Ct);
        await held.WaitAsync(Ct);
        var second = rig.SendAsync(server, Ct);
        rig.Clock.Advance(SmtpRig.Timeout / 2);
        var outcome = Assert.IsType<SendOutcome.TryLater>(await second);
        Assert.Equal((Outcome.RateLimited, false, "No connection to the server became free in time."), (outcome.Outcome, outcome.MaybeSent, outcome.Detail));
        using var stop = new CancellationTokenSource();
        var third = rig.Sender.SendAsync(SmtpRig.Mail(SmtpRig.Account(server.Port)), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        go.SetResult();
        Assert.IsType<SendOutcome.Accepted>(await first);
        Assert.Equal((0, 1, 1), rig.Connections.Count);
    }

    [Fact]
    public async Task In_all_there_are_so_many_and_a_resting_session_makes_room_for_another_account()
    {
        var (smtp, left) = Parting();
        await using var server = smtp.Start();
        using var rig = new SmtpRig(options: new() { All = 2 });
        foreach (var name in new[] { "ann", "bob", "eve" })
        {
            var mail = SmtpRig.Mail(SmtpRig.Account(server.Port) with { Username = name });
            Assert.IsType<SendOutcome.Accepted>(await rig.Sender.SendAsync(mail, Ct));
            rig.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        await left.WaitAsync(Ct);
        Assert.Equal((0, 2, 2), rig.Connections.Count);
        Assert.Equal(["1 QUIT"], smtp.Heard.Where(line => line.Contains("QUIT", StringComparison.Ordinal))); // the one that rested longest
    }
}
