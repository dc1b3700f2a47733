using System.Text;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Providers;

public sealed class ProvidersTests(ProvidersFixture fixture) : IClassFixture<ProvidersFixture>, IAsyncLifetime
{
    private const string Route = "/v1/providers";
    private TenantAccess acme = null!;

    private RelayHost Host => fixture.Host;

    public async ValueTask InitializeAsync() => acme = await Host.NewTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_environment_is_born_with_a_sandbox()
    {
        using var test = await acme.WithKeyAsync("test");
        foreach (var caller in (HttpClient[])[acme.Http, test])
        {
            var born = (await caller.ReadAsync(Route))["data"].EnumerateArray().Single();
            Assert.Equal(("sandbox", "enabled", "healthy"), (born.GetProperty("type").GetString(), born.GetProperty("status").GetString(), born.GetProperty("health").GetString()));
            Assert.True(born.GetProperty("sandbox").GetBoolean());
            Assert.Equal(200, (await caller.ReadAsync($"{Route}/{born.GetProperty("id").GetString()}")).Status);
        }
    }

    public static TheoryData<string> Types => [.. GivenProvider.Types];

    [Theory, MemberData(nameof(Types))]
    public async Task An_account_of_each_type_is_shown_as_it_was_made_without_its_secrets(string type)
    {
        var made = await acme.Http.SendAsync(Route, GivenProvider.Of(type));
        Assert.True(made.Status == 201, made.ToString());
        Assert.Equal($"{Route}/{made.Id}", made.Headers["Location"]);
        Assert.Equal((type, "Main", 100, "news@example.com"), (made["type"].GetString(), made["name"].GetString(), made["priority"].GetInt32(), made["from.email"].GetString()));
        Assert.DoesNotContain(GivenProvider.Canary, made.Text, StringComparison.Ordinal);

        var read = await acme.Http.ReadAsync($"{Route}/{made.Id}");
        Assert.Equal(made.Text, read.Text);
        Assert.Equal(made.Id, (await acme.Http.ReadAsync(Route))["data.0.id"].GetString());
        foreach (var secret in made["credentials"].EnumerateObject()) Assert.Matches("^….{4}$", secret.Value.GetString());
        Assert.Equal(type == "sandbox" ? 0 : GivenProvider.SecretsOf(type), made["credentials"].EnumerateObject().Count());
    }

    [Theory, MemberData(nameof(Types))]
    public async Task The_engine_gets_the_account_with_its_secrets_opened(string type)
    {
        var made = await acme.Http.SendAsync(Route, GivenProvider.Of(type));
        var accounts = Host.Services.GetRequiredService<ProviderAccounts>();
        var account = (await accounts.OfAsync(WallOf(acme), default)).Find(IdOf(made))!;
        var opened = await accounts.OpenAsync(account, default);
        switch (opened)
        {
            case ProviderAccount.Smtp smtp:
                Assert.Equal(("mail.example.com", 587, SmtpSecurity.Starttls, SmtpAuth.Plain), (smtp.Host, smtp.Port, smtp.Security, smtp.Auth));
                Assert.Equal(($"{GivenProvider.Canary}-user", $"{GivenProvider.Canary}-password"), (smtp.Username, smtp.Password!.Reveal()));
                break;
            case ProviderAccount.SendGrid sendGrid: Assert.Equal(($"{GivenProvider.Canary}-key", true), (sendGrid.ApiKey.Reveal(), sendGrid.Eu)); break;
            case ProviderAccount.Postmark postmark: Assert.Equal(($"{GivenProvider.Canary}-token", "outbound"), (postmark.ServerToken.Reveal(), postmark.MessageStream)); break;
            case ProviderAccount.Mailgun mailgun: Assert.Equal(($"{GivenProvider.Canary}-key", "mg.example.com", false), (mailgun.ApiKey.Reveal(), mailgun.Domain, mailgun.Eu)); break;
            case ProviderAccount.Ses ses: Assert.Equal(($"{GivenProvider.Canary}-secret", "eu-west-1", null), (ses.SecretAccessKey.Reveal(), ses.Region, ses.SessionToken)); break;
            case ProviderAccount.Sandbox: break;
            default: Assert.Fail($"{opened}"); break;
        }
        Assert.Equal((type, IdOf(made)), (opened.Type, opened.Id));
        Assert.DoesNotContain(GivenProvider.Canary, $"{opened}".Replace($"{GivenProvider.Canary}-user", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_other_account_of_a_live_environment_ends_its_sandbox_for_good()
    {
        var born = (await acme.Http.ReadAsync(Route))["data.0.id"].GetString();
        var made = await acme.Http.SendAsync(Route, GivenProvider.Of("postmark"));
        var ended = await acme.Http.ReadAsync($"{Route}/{born}");
        Assert.Equal(("disabled", "replaced", "disabled"), (ended["status"].GetString(), ended["status_reason"].GetString(), ended["health"].GetString()));

        Assert.Equal(204, (await acme.Http.RemoveAsync($"{Route}/{made.Id}")).Status);
        Assert.Equal("disabled", (await acme.Http.ReadAsync($"{Route}/{born}"))["status"].GetString());
        Assert.Equal("conflict", (await acme.Http.ChangeAsync($"{Route}/{born}", new { status = "enabled" })).Code);
        Assert.Equal("conflict", (await acme.Http.RemoveAsync($"{Route}/{born}")).Code);
    }

    [Fact]
    public async Task A_configuration_is_shown_without_what_is_worked_out_from_it()
    {
        foreach (var type in GivenProvider.Types)
        {
            var made = await acme.Http.SendAsync(Route, GivenProvider.Of(type));
            Assert.Empty(made["config"].EnumerateObject().Select(m => m.Name).Intersect(["place", "needs"]));
        }
    }

    [Fact]
    public async Task A_test_environment_has_sandboxes_only_and_keeps_the_one_it_was_born_with()
    {
        using var test = await acme.WithKeyAsync("test");
        foreach (var type in GivenProvider.Types.Where(t => t != "sandbox"))
            Assert.Equal(["/type not_allowed"], (await test.SendAsync(Route, GivenProvider.Of(type))).Faults);
        Assert.Equal(201, (await test.SendAsync(Route, GivenProvider.Of("sandbox"))).Status);
        Assert.All((await test.ReadAsync(Route))["data"].EnumerateArray(), account => Assert.Equal("enabled", account.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_change_keeps_what_it_does_not_name()
    {
        var made = await acme.Http.SendAsync(Route, GivenProvider.Of("sendgrid", more: new { max_rate_per_s = 0.5, daily_quota = 1000 }));
        var path = $"{Route}/{made.Id}";
        var changed = await acme.Http.ChangeAsync(path, new { name = "Other", priority = 7, from = new { email = "a@b.example" }, config = new { region = "global" }, max_rate_per_s = (double?)null, status = "paused" });
        Assert.True(changed.Status == 200, changed.ToString());
        Assert.Equal(("Other", 7, "a@b.example", "global"), (changed["name"].GetString(), changed["priority"].GetInt32(), changed["from.email"].GetString(), changed["config.region"].GetString()));
        Assert.Equal(("paused", "paused"), (changed["status"].GetString(), changed["health"].GetString()));
        Assert.Equal((System.Text.Json.JsonValueKind.Null, 1000, 0), (changed["max_rate_per_s"].ValueKind, changed["daily_quota"].GetInt32(), changed["taken_today"].GetInt32()));
        Assert.Equal(made["credentials"].GetRawText(), changed["credentials"].GetRawText());
        Assert.Equal($"{GivenProvider.Canary}-key", await OpenAsync<string>(made, "api_key"));

        await acme.Http.ChangeAsync(path, new { credentials = new { api_key = "another-key-9876" }, status = "disabled" });
        Assert.Equal("another-key-9876", await OpenAsync<string>(made, "api_key"));
        var read = await acme.Http.ReadAsync(path);
        Assert.Equal(("…9876", "disabled"), (read["credentials.api_key"].GetString(), read["health"].GetString()));
    }

    [Fact]
    public async Task Credentials_do_not_follow_to_another_place_unless_they_are_given_again()
    {
        var smtp = await acme.Http.SendAsync(Route, GivenProvider.Of("smtp"));
        var elsewhere = new { host = "mail.evil.example" };
        Assert.Equal(["/credentials missing"], (await acme.Http.ChangeAsync($"{Route}/{smtp.Id}", new { config = elsewhere })).Faults);
        Assert.Equal(200, (await acme.Http.ChangeAsync($"{Route}/{smtp.Id}", new { config = new { host = "MAIL.example.com", auth = "login" } })).Status);
        Assert.Equal(200, (await acme.Http.ChangeAsync($"{Route}/{smtp.Id}", new { config = elsewhere, credentials = new { username = "u", password = "known to who moves it" } })).Status);

        var api = await acme.Http.SendAsync(Route, GivenProvider.Of("sendgrid"));
        Assert.Equal(["/credentials missing"], (await acme.Http.ChangeAsync($"{Route}/{api.Id}", new { config = new { base_url = "https://collector.example" } })).Faults);
        Assert.Equal(200, (await acme.Http.ChangeAsync($"{Route}/{api.Id}", new { config = new { region = "global" } })).Status);
    }

    [Fact]
    public async Task New_credentials_end_a_pause_that_the_old_ones_brought_about()
    {
        var made = await acme.Http.SendAsync(Route, GivenProvider.Of("mailgun"));
        await Host.SqlAsync("update relay.providers set status = 'paused', status_reason = 'auth_failed' where id = $1", IdOf(made).Value);
        var shown = await acme.Http.ReadAsync($"{Route}/{made.Id}");
        Assert.Equal(("paused", "auth_failed"), (shown["health"].GetString(), shown["status_reason"].GetString()));
        var mended = await acme.Http.ChangeAsync($"{Route}/{made.Id}", new { credentials = new { api_key = "the-right-key-now" } });
        Assert.Equal(("enabled", System.Text.Json.JsonValueKind.Null), (mended["status"].GetString(), mended["status_reason"].ValueKind));
    }

    [Fact]
    public async Task Health_is_what_the_engine_knows_of_the_account()
    {
        var made = await acme.Http.SendAsync(Route, GivenProvider.Of("ses"));
        foreach (var (breaker, health) in new[] { ("open", "open"), ("half_open", "degraded"), ("closed", "healthy") })
        {
            await Host.SqlAsync("""
                insert into relay.target_states (tenant_id, target, breaker, failures, opened, until, ramp, good) values ($1, $2, $3, 0, 1, relay.now(), 0, 0)
                on conflict (tenant_id, target) do update set breaker = excluded.breaker
                """, WallOf(acme), IdOf(made).Value.ToString(), breaker);
            Assert.Equal(health, (await acme.Http.ReadAsync($"{Route}/{made.Id}"))["health"].GetString());
            Assert.Equal(health, (await acme.Http.ReadAsync(Route))["data.0.health"].GetString());
        }
    }

    [Fact]
    public async Task What_is_done_to_an_account_is_in_the_audit_log()
    {
        var made = await acme.Http.SendAsync(Route, GivenProvider.Of("smtp"));
        await acme.Http.ChangeAsync($"{Route}/{made.Id}", new { credentials = new { username = "u", password = GivenProvider.Canary } });
        await acme.Http.RemoveAsync($"{Route}/{made.Id}");
        var log = await acme.Http.ReadAsync("/v1/audit-events");
        Assert.Equal(["provider.deleted", "provider.updated", "provider.created"], log["data"].EnumerateArray().Where(e => e.GetProperty("subject").GetString() == made.Id).Select(e => e.GetProperty("type").GetString()));
        Assert.DoesNotContain(GivenProvider.Canary, log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_account_is_gone_and_another_tenants_was_never_there()
    {
        var made = await acme.Http.SendAsync(Route, GivenProvider.Of("smtp"));
        var other = await Host.NewTenantAsync("Other");
        Assert.Equal(404, (await other.Http.ReadAsync($"{Route}/{made.Id}")).Status);
        Assert.Equal(404, (await other.Http.ChangeAsync($"{Route}/{made.Id}", new { name = "x" })).Status);
        Assert.Equal(404, (await other.Http.RemoveAsync($"{Route}/{made.Id}")).Status);
        Assert.Equal(204, (await acme.Http.RemoveAsync($"{Route}/{made.Id}")).Status);
        Assert.Equal(404, (await acme.Http.RemoveAsync($"{Route}/{made.Id}")).Status);
    }

    [Fact]
    public async Task An_environment_has_room_for_fifty_accounts()
    {
        using var test = await acme.WithKeyAsync("test");
        for (var i = 0; i < 49; i++) Assert.Equal(201, (await test.SendAsync(Route, new { type = "sandbox", name = $"{i}" })).Status);
        Assert.Equal("conflict", (await test.SendAsync(Route, new { type = "sandbox", name = "one too many" })).Code);
    }

    [Fact]
    public async Task The_same_key_makes_one_account()
    {
        var first = await acme.Http.SendAsync(Route, GivenProvider.Of("sendgrid"), "once");
        var again = await acme.Http.SendAsync(Route, GivenProvider.Of("sendgrid"), "once");
        Assert.Equal((201, first.Text, "true"), (again.Status, again.Text, again.Headers["Idempotent-Replayed"]));
    }

    [Fact]
    public async Task Only_a_key_with_the_scope_may_ask()
    {
        using var clerk = await acme.WithKeyAsync("live", "notifications:write");
        Assert.Equal("missing_scope", (await clerk.ReadAsync(Route)).Code);
        Assert.Equal("missing_scope", (await clerk.SendAsync(Route, GivenProvider.Of("smtp"))).Code);
    }

    private async Task<string> OpenAsync<T>(Said made, string name)
    {
        var blob = (byte[])(await Host.SqlAsync("select credentials from relay.providers where id = $1", IdOf(made).Value))!;
        var opened = await Host.Services.GetRequiredService<Sealer>().OpenAsync(Provider.CredentialsOf(WallOf(acme), IdOf(made)), blob, CancellationToken.None);
        return System.Text.Json.JsonDocument.Parse(Assert.IsType<Opened.Plain>(opened).Bytes).RootElement.GetProperty(name).GetString()!;
    }

    private static ProviderId IdOf(Said made) => RelayId.TryParse<ProviderId>(made.Id, out var id) ? id : throw new ArgumentException(made.Id);
    private static Guid WallOf(TenantAccess tenant) => RelayId.TryParse<TenantId>(tenant.Id, out var id) ? id.Value : throw new ArgumentException(tenant.Id);
}

/// <summary>One node for a class of tests; each test has a tenant of its own.</summary>
public sealed class ProvidersFixture : IAsyncLifetime
{
    internal RelayHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await RelayHost.StartAsync();
    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
