using System.Collections.Concurrent;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Tests.Providers;

namespace ChatRelay.Tests.Channels.Email.Smtp;

/// <summary>The hostile server with the whole engine above it: what becomes of a delivery, and which attempts stand written down.</summary>
public sealed class HostileSmtpDeliveriesTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private static readonly string[] Steps = ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "dot"];

    private static readonly (string Name, Func<SmtpAct> Act, string Outcome)[] Acts =
    [
        ("cuts", () => FakeSmtp.Leaves(), "connection_error"),
        ("resets", FakeSmtp.Resets, "connection_error"),
        ("cuts in the middle of an answer", () => FakeSmtp.Leaves("250-one\r\n250-two\r\n"), "connection_error"),
        ("speaks HTTP", () => FakeSmtp.Leaves("HTTP/1.1 400 Bad Request\r\n"), "protocol_error"),
        ("injects a second answer", () => FakeSmtp.Leaves("250 Ok\r250 2.0.0 Ok: queued as evil\r\n"), "protocol_error"),
        ("says lines without end", () => FakeSmtp.Floods("250-and another\r\n"), "protocol_error"),
        ("says later", () => FakeSmtp.Says("451 4.3.0 later\r\n"), "provider_rejected"),
        ("says later in colours", () => FakeSmtp.Says("451 4.3.0 \u001b[31m\0\u0007\u0085later\u009b2J\r\n"), "provider_rejected"),
        ("says goodbye", () => FakeSmtp.Leaves("421 4.3.2 closing\r\n"), "provider_rejected"),
        ("says no", () => FakeSmtp.Says("550 5.7.1 no\r\n"), "provider_rejected"),
        ("does not understand", () => FakeSmtp.Says("502 5.5.1 what?\r\n"), "protocol_error"),
    ];

    /// <summary>Only the wrong thing happens once: the next attempt meets an honest server.</summary>
    [Fact]
    public async Task At_every_step_the_delivery_ends_as_it_should_and_no_attempt_is_lost()
    {
        var cases = new ConcurrentBag<Case>();
        var all = Steps.SelectMany(step => Acts.Select(act => (step, act.Name, act.Act, act.Outcome)));
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (one, ct) =>
        {
            var begun = new Case(one.step, one.Name, one.Outcome, await fixture.Engine.ForAnotherTenantAsync());
            cases.Add(begun);
            await begun.BeginAsync(one.Act());
            await begun.FirstAsync();
        });
        Assert.Equal(Steps.Length * Acts.Length, cases.Count);
        await fixture.Engine.Host.TimePasses(TimeSpan.FromSeconds(10));
        foreach (var one in cases) await one.LastAsync();
        foreach (var one in cases) await one.DisposeAsync();
        Assert.DoesNotContain(fixture.Engine.Host.Warnings, line => line.AsSpan().ContainsAny("\u001b\0\u0007\u0085\u009b"));
    }

    private sealed class Case(string step, string act, string outcome, EngineHost engine) : IAsyncDisposable
    {
        private FakeReceiver _server = null!;
        private string _provider = "", _delivery = "";

        private bool Refused => act is "says no" && step is "MAIL" or "RCPT" or "DATA" or "dot";
        private bool Paused => step is "AUTH" && act is "says no" or "does not understand";
        private bool InDoubt => step is "dot" && !act.StartsWith("says later", StringComparison.Ordinal) && act is not ("says goodbye" or "says no" or "does not understand");

        /// <summary>A retry may come before anybody looks.</summary>
        private string[] Statuses => Refused ? ["failed"] : InDoubt ? ["held"] : ["retrying", "sending", "sent"];

        public async Task BeginAsync(SmtpAct script)
        {
            var done = 0;
            _server = new FakeSmtp
            {
                Offers = [.. FakeSmtp.Extensions, "AUTH PLAIN"],
                At = moment => (moment.Step == "login" ? "AUTH" : moment.Step) == step && Interlocked.Exchange(ref done, 1) == 0 ? script : null,
            }.Start();
            var account = GivenProvider.Of("smtp", new { host = "127.0.0.1", port = _server.Port, security = "none" }, new { username = "ann", password = "open sesame" });
            var made = await engine.Http.SendAsync("/v1/providers", account);
            Assert.True(made.Status == 201, made.ToString());
            _provider = made.Id;
            _delivery = (await engine.SendMailAsync("ann@example.org"))["deliveries.0.id"].GetString()!;
        }

        public async Task FirstAsync()
        {
            var said = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/deliveries/{_delivery}"), d => d["attempts"].GetInt32() > 0);
            Assert.True(Statuses.Contains(said["status"].GetString()) && said["maybe_sent"].GetBoolean() == InDoubt, $"{this}: {said}");
            // The pause follows the attempt, in a commit of its own.
            var account = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/providers/{_provider}"), a => !Paused || a["status"].GetString() == "paused");
            Assert.True((account["status"].GetString() == "paused") == Paused, $"{this}: {account}");
            if (Paused) await engine.Http.ChangeAsync($"/v1/providers/{_provider}", new { status = "enabled" });
        }

        public async Task LastAsync()
        {
            var again = !Refused && !InDoubt;
            if (again) await engine.DeliveryReachesAsync(_delivery, "sent");
            await AttemptsAsync([Paused ? "auth_failed" : outcome, .. again ? (string[])["ok"] : []]);
            // A refusal behind the dot has heard the mail; nobody else has it twice.
            Assert.Equal((again ? 1 : 0) + (step is "dot" ? 1 : 0), _server.Requests.Count);
        }

        private async Task AttemptsAsync(params string[] outcomes)
        {
            var attempts = (await engine.Http.ReadAsync($"/v1/deliveries/{_delivery}/attempts"))["data"].EnumerateArray().Select(a => (a.GetProperty("number").GetInt32(), a.GetProperty("outcome").GetString())).Order().ToList();
            Assert.True(attempts.SequenceEqual(outcomes.Select((o, i) => (i + 1, (string?)o))), $"{this}: {string.Join(' ', attempts)}");
        }

        public override string ToString() => $"{step} {act}";

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
