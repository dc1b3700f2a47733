using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Notifications;

/// <summary>How an attempt comes to each outcome: told as a delivery whose first attempt has it.</summary>
internal static class OutcomeStories
{
    public static readonly IReadOnlyDictionary<string, Func<EngineHost, Task<string>>> All = new Dictionary<string, Func<EngineHost, Task<string>>>
    {
        ["ok"] = e => MailAsync(e, "ann@example.com"),
        ["http_error"] = e => AnsweredAsync(e, 500),
        ["rate_limited"] = e => AnsweredAsync(e, 429),
        ["timeout"] = async e =>
        {
            await using var silent = FakeReceiver.Start(async c => { await c.ReadRequestAsync(); await c.HangAsync(); });
            return await TriedAsync(e, silent.Url);
        },
        ["dns_error"] = e => TriedAsync(e, new("http://nothing-here.example.com:8080/")),
        ["connection_error"] = e => TriedAsync(e, new("http://127.0.0.1:1/")),
        ["tls_error"] = async e =>
        {
            await using var plain = FakeReceiver.Start(c => c.SendAsync("220 this is no TLS\r\n"));
            return await TriedAsync(e, new($"https://127.0.0.1:{plain.Port}/"));
        },
        ["blocked_address"] = async e =>
        {
            await using var inside = FakeReceiver.Start(c => c.ReadRequestAsync(), address: ReachFixture.Forbidden);
            var delivery = await TriedAsync(e, new($"http://{ReachFixture.Inside}:{inside.Port}/"));
            Xunit.Assert.Equal(0, inside.Connections); // no packet came through
            return delivery;
        },
        ["auth_failed"] = e => MailAsync(e, "auth@simulator"),
        ["quota"] = e => MailAsync(e, "quota@simulator"),
        ["invalid_recipient"] = e => MailAsync(e, "invalid@simulator"),
        ["provider_rejected"] = e => MailAsync(e, "reject@simulator"),
        ["protocol_error"] = async e =>
        {
            await using var nonsense = FakeReceiver.Start(async c => { await c.ReadRequestAsync(); await c.SendAsync("nonsense\r\n\r\n"); });
            return await TriedAsync(e, nonsense.Url);
        },
        ["worker_lost"] = async e =>
        {
            await using var receiver = FakeReceiver.Answering(200);
            var said = await e.SendWebhookAsync(receiver.Url, more: new { send_at = e.Now.AddHours(3) });
            await e.DieWithAsync(said["deliveries.0.id"].GetString()!, begun: true);
            await e.ReachesAsync(said.Id, "sent");
            return said["deliveries.0.id"].GetString()!;
        },
    };

    private static async Task<string> MailAsync(EngineHost engine, string to) => await AttemptedAsync(engine, await engine.SendMailAsync(to));

    private static async Task<string> AnsweredAsync(EngineHost engine, int status)
    {
        await using var receiver = FakeReceiver.Answering(status);
        return await TriedAsync(engine, receiver.Url);
    }

    private static async Task<string> TriedAsync(EngineHost engine, Uri url) => await AttemptedAsync(engine, await engine.SendWebhookAsync(url));

    private static async Task<string> AttemptedAsync(EngineHost engine, Said said)
    {
        var delivery = said["deliveries.0.id"].GetString()!;
        await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/deliveries/{delivery}"), d => d["attempts"].GetInt32() > 0);
        return delivery;
    }
}
