using System.Text;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Tests.Providers;
using Npgsql;

namespace ChatRelay.Tests.Notifications;

/// <summary>How each refusal is met on the routes of notifications and deliveries.</summary>
internal static class ProblemStories
{
    private static readonly object Mail = new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "It works." } };
    private static readonly object OtherMail = new { to = new { email = "bob@example.com" }, content = new { subject = "Hello", text = "It works." } };

    public static readonly IReadOnlyDictionary<string, Func<EngineHost, Task<Said>>> All = new Dictionary<string, Func<EngineHost, Task<Said>>>
    {
        ["invalid_json"] = e => e.Http.SendAsync("/v1/notifications", """{"to":{},"to":{}}"""),
        ["invalid_parameter"] = e => e.Http.ReadAsync("/v1/deliveries?status=lost"),
        ["invalid_cursor"] = e => e.Http.ReadAsync("/v1/notifications?after=x"),
        ["invalid_idempotency_key"] = e => e.Http.SendAsync("/v1/notifications", Mail, "two words"),
        ["unauthorized"] = e => e.Host.Anonymous.ReadAsync("/v1/notifications"),
        ["key_expired"] = async e =>
        {
            var made = await e.Http.SendAsync("/v1/api-keys", new { name = "short", expires_at = e.Now.AddMinutes(1) });
            await e.Host.TimePasses(TimeSpan.FromMinutes(2));
            return await e.Host.Client(made["key"].GetString()).ReadAsync("/v1/notifications");
        },
        ["key_revoked"] = async e =>
        {
            var made = await e.Http.SendAsync("/v1/api-keys", new { name = "short" });
            await e.Http.RemoveAsync($"/v1/api-keys/{made.Id}");
            return await e.Host.Client(made["key"].GetString()).ReadAsync("/v1/notifications");
        },
        ["missing_scope"] = async e => await (await e.Tenant.WithKeyAsync("live", "deliveries:read")).SendAsync("/v1/notifications", Mail),
        ["tenant_suspended"] = async e =>
        {
            await e.Host.Operator.ChangeAsync($"/v1/tenants/{e.Tenant.Id}", new { status = "suspended" });
            return await EngineHost.UntilAnyAsync(() => e.Http.SendAsync("/v1/notifications", Mail), said => said.Status != 202);
        },
        ["forbidden"] = e => e.Http.SendAsync("/v1/ops/hold", new { }),
        ["not_found"] = e => e.Http.ReadAsync("/v1/notifications/ntf_01jd3m7q8x6zv9k2b4n5c8d1fg"),
        ["method_not_allowed"] = e => e.Http.AskAsync(HttpMethod.Put, "/v1/notifications"),
        ["conflict"] = async e =>
        {
            var said = await e.SendMailAsync("ann@example.com");
            await e.ReachesAsync(said.Id, "sent");
            return await e.Http.SendAsync($"/v1/notifications/{said.Id}/cancel", new { });
        },
        ["idempotency_in_progress"] = TwinAsync,
        ["gone"] = async e =>
        {
            var said = await e.SendMailAsync("ann@example.com");
            await e.ReachesAsync(said.Id, "sent");
            await e.Http.RemoveAsync($"/v1/notifications/{said.Id}/content");
            return await e.Http.SendAsync($"/v1/notifications/{said.Id}/resend", new { });
        },
        ["no_provider"] = async e =>
        {
            var account = await AccountAsync(e, GivenProvider.Of("postmark"));
            await e.Http.ChangeAsync($"/v1/providers/{account.Id}", new { status = "disabled" });
            return await e.Http.SendAsync("/v1/notifications", Mail);
        },
        ["sender_not_allowed"] = async e =>
        {
            await AccountAsync(e, GivenProvider.Of("postmark"));
            return await e.Http.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "x", email = new { from = new { email = "ann@other.example" } } } });
        },
        ["quota_exceeded"] = async e =>
        {
            var account = await AccountAsync(e, GivenProvider.Of("sandbox", more: new { daily_quota = 1 }));
            await e.Http.SendAsync($"/v1/providers/{account.Id}/test", new { to = "ann@example.com" });
            return await e.Http.SendAsync($"/v1/providers/{account.Id}/test", new { to = "ann@example.com" });
        },
        ["payload_too_large"] = e => e.Http.SendAsync("/v1/deliveries/replay", new string(' ', 300 * 1024)),
        ["uri_too_long"] = e => e.Http.ReadAsync($"/v1/notifications?to={new string('a', 9000)}"),
        ["unsupported_media_type"] = async e =>
        {
            using var text = new StringContent("{}", Encoding.UTF8, "text/plain");
            return await e.Http.AskAsync(HttpMethod.Post, "/v1/notifications", text);
        },
        ["validation_failed"] = e => e.Http.SendAsync("/v1/notifications", new { }),
        ["idempotency_key_reused"] = async e =>
        {
            await e.Http.SendAsync("/v1/notifications", Mail, "k-1");
            return await e.Http.SendAsync("/v1/notifications", OtherMail, "k-1");
        },
        ["destination_forbidden"] = e => e.Http.SendAsync("/v1/notifications", new { to = new { webhook = new { url = "https://169.254.169.254/" } }, content = new { text = "x" } }),
        ["rate_limited"] = async e =>
        {
            await e.Host.Operator.ChangeAsync($"/v1/tenants/{e.Tenant.Id}", new { settings = new { requests_per_s = 1, request_burst = 1 } });
            return await EngineHost.UntilAnyAsync(() => e.Http.ReadAsync("/v1/notifications"), said => said.Status != 200);
        },
        ["backlog_full"] = async e =>
        {
            await e.Host.Operator.ChangeAsync($"/v1/tenants/{e.Tenant.Id}", new { settings = new { max_waiting = 1 } });
            await e.SendMailAsync("ann@example.com", new { send_at = e.Now.AddHours(1) });
            return await e.Http.SendAsync("/v1/notifications", Mail);
        },
        ["headers_too_large"] = async e =>
        {
            using var client = e.Host.Client(e.Tenant.Key);
            client.DefaultRequestHeaders.Add("X-Long", new string('x', 17 * 1024));
            return await client.ReadAsync("/v1/notifications");
        },
        ["internal"] = BrokenAsync,
        ["unavailable"] = async _ =>
        {
            await using var e = await EngineHost.StartAsync(("CHATRELAY_ROLES", "api"), ("CHATRELAY_BACKLOG", "3"));
            return await EngineHost.UntilAnyAsync(() => e.Http.SendAsync("/v1/notifications", Mail), said => said.Status != 202);
        },
    };

    // Whichever comes first with the key cannot commit while the table is locked; the other one is told so.
    private static async Task<Said> AccountAsync(EngineHost engine, object account)
    {
        var made = await engine.Http.SendAsync("/v1/providers", account);
        Assert.True(made.Status == 201, made.ToString());
        return made;
    }

    private static async Task<Said> TwinAsync(EngineHost engine)
    {
        await using var other = new NpgsqlConnection(engine.Host.Database.ConnectionString);
        await other.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table relay.idempotency in exclusive mode", other)) await hold.ExecuteNonQueryAsync();
        var twins = new[] { engine.Http.SendAsync("/v1/notifications", Mail, "k-1"), engine.Http.SendAsync("/v1/notifications", Mail, "k-1") };
        var refused = await Task.WhenAny(twins);
        await transaction.RollbackAsync();
        var statuses = (await Task.WhenAll(twins)).Select(t => t.Status).Order();
        Xunit.Assert.Equal([202, 409], statuses);
        return await refused;
    }

    // A column that is gone: no request can cause it, and one that meets it gets a problem too.
    private static async Task<Said> BrokenAsync(EngineHost engine)
    {
        await engine.Host.SqlAsync("alter table relay.jobs rename column total to gone");
        try
        {
            return await engine.Http.SendAsync("/v1/deliveries/replay", new { since = engine.Now.AddHours(-1), until = engine.Now });
        }
        finally
        {
            await engine.Host.SqlAsync("alter table relay.jobs rename column gone to total");
        }
    }
}
