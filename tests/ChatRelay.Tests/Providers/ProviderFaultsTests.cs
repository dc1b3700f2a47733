using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Providers;

/// <summary>Every rule of an account, and where it points.</summary>
public sealed class ProviderFaultsTests(ProvidersFixture fixture) : IClassFixture<ProvidersFixture>, IAsyncLifetime
{
    private const string Route = "/v1/providers";
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync() => acme = await fixture.Host.NewTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_type_decides_what_else_there_may_be()
    {
        await WrongAsync(new { }, "/type missing");
        await WrongAsync(new { type = "pigeon", name = "x" }, "/type unknown_value");
        await WrongAsync(new { type = 7 }, "/type wrong_type");
        await WrongAsync(new { type = "sendgrid" }, "/name missing", "/credentials missing");
        await WrongAsync(new { type = "ses", name = "x" }, "/config missing", "/credentials missing");
        await WrongAsync(new { type = "sandbox", name = "x", config = new { region = "eu" }, credentials = new { api_key = "k" } }, "/config/region unknown_field", "/credentials/api_key unknown_field");
        await WrongAsync(GivenProvider.Of("postmark", credentials: new { api_key = "k" }), "/credentials/api_key unknown_field", "/credentials/server_token missing");
        await WrongAsync(GivenProvider.Of("mailgun", config: new { domain = "mg.example.com", host = "x", region = "mars" }), "/config/host unknown_field", "/config/region unknown_value");
    }

    [Fact]
    public async Task What_every_type_has_is_checked_for_every_type()
    {
        foreach (var type in GivenProvider.Types)
        {
            await WrongAsync(GivenProvider.Of(type, more: new
            {
                channel = "pager",
                name = "",
                priority = -1,
                from = new { email = "no address", name = "a\nb" },
                max_rate_per_s = 0,
                daily_quota = 0,
                surprise = 1,
            }), "/channel unknown_value", "/daily_quota out_of_range", "/from/email invalid_format", "/from/name forbidden_character", "/max_rate_per_s out_of_range", "/name too_short", "/priority out_of_range", "/surprise unknown_field");
            await WrongAsync(GivenProvider.Of(type, more: new { channel = "webhook" }), "/channel not_allowed");
        }
        foreach (var type in GivenProvider.Types.Where(t => t != "sandbox"))
            await WrongAsync(GivenProvider.Of(type, more: new { from = (object?)null }), "/from missing");
    }

    [Fact]
    public async Task A_mail_server_has_a_host_and_credentials_that_fit_its_auth()
    {
        await WrongAsync(GivenProvider.Of("smtp", config: new { }), "/config/host missing");
        await WrongAsync(GivenProvider.Of("smtp", config: new { host = "mail example", port = 0, security = "ssl", auth = "cram-md5" }), "/config/auth unknown_value", "/config/port out_of_range", "/config/security unknown_value");
        await WrongAsync(GivenProvider.Of("smtp", config: new { host = "mail example" }), "/config/host invalid_format");
        await WrongAsync(GivenProvider.Of("smtp", credentials: new { }), "/credentials/password missing", "/credentials/username missing");
        await WrongAsync(GivenProvider.Of("smtp", config: new { host = "mail.example.com", auth = "none" }), "/credentials/password not_allowed", "/credentials/username not_allowed");
        Assert.Equal(201, (await acme.Http.SendAsync(Route, GivenProvider.Of("smtp", config: new { host = "mail.example.com", auth = "none" }, credentials: new { }))).Status);
    }

    [Fact]
    public async Task A_signature_has_a_domain_a_selector_and_an_rsa_key()
    {
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create();
        var config = new { host = "mail.example.com", auth = "none", dkim = new { domain = "example.com", selector = "mail" } };
        var good = await acme.Http.SendAsync(Route, GivenProvider.Of("smtp", config, new { dkim_private_key = rsa.ExportPkcs8PrivateKeyPem() }));
        Assert.True(good.Status == 201, good.ToString());
        Assert.DoesNotContain("PRIVATE", good.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("---", good["credentials.dkim_private_key"].GetString(), StringComparison.Ordinal);
        await WrongAsync(GivenProvider.Of("smtp", config, new { }), "/credentials/dkim_private_key missing");
        foreach (var key in (string[])[ec.ExportPkcs8PrivateKeyPem(), rsa.ExportSubjectPublicKeyInfoPem(), rsa.ExportPkcs8PrivateKeyPem()[..200], "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
            await WrongAsync(GivenProvider.Of("smtp", config, new { dkim_private_key = key }), "/credentials/dkim_private_key invalid_format");
        await WrongAsync(GivenProvider.Of("smtp", new { host = "mail.example.com", auth = "none" }, new { dkim_private_key = rsa.ExportRSAPrivateKeyPem() }), "/credentials/dkim_private_key not_allowed");
        await WrongAsync(GivenProvider.Of("smtp", new { host = "mail.example.com", auth = "none", dkim = new { domain = "no domain", selector = "a b" } }, new { dkim_private_key = rsa.ExportRSAPrivateKeyPem() }),
            "/config/dkim/domain invalid_format", "/config/dkim/selector invalid_format");
    }

    [Theory]
    [InlineData("sendgrid", "api_key"), InlineData("postmark", "server_token"), InlineData("mailgun", "api_key"), InlineData("ses", "secret_access_key")]
    public async Task A_secret_that_could_break_out_of_a_header_is_refused(string type, string name)
    {
        var credentials = new JsonObject { [name] = "key\r\nX-Evil: 1" };
        if (type == "ses") credentials["access_key_id"] = "AKIAIOSFODNN7EXAMPLE";
        await WrongAsync(GivenProvider.Of(type, credentials: credentials), $"/credentials/{name} invalid_format");
    }

    [Fact]
    public async Task What_becomes_part_of_an_address_has_its_own_form()
    {
        await WrongAsync(GivenProvider.Of("ses", config: new { region = "evil.example/" }), "/config/region invalid_format");
        await WrongAsync(GivenProvider.Of("mailgun", config: new { domain = "mg.example.com/../x" }), "/config/domain invalid_format");
        await WrongAsync(GivenProvider.Of("postmark", config: new { message_stream = "a b" }), "/config/message_stream invalid_format");
        await WrongAsync(GivenProvider.Of("ses", config: new { region = "eu-west-1", configuration_set = "a/b" }), "/config/configuration_set invalid_format");
        await WrongAsync(GivenProvider.Of("sendgrid", config: new { base_url = "https://proxy.example/v3?x=1" }), "/config/base_url invalid_format");
    }

    [Theory]
    [InlineData("http://proxy.example"), InlineData("https://127.0.0.1"), InlineData("https://169.254.169.254/"), InlineData("https://localhost"), InlineData("https://10.0.0.1"), InlineData("https://u@proxy.example"), InlineData("https://proxy.example:8443"), InlineData("ftp://proxy.example")]
    public async Task A_base_url_passes_the_address_guard(string url)
    {
        foreach (var type in GivenProvider.Types.Where(t => t is not ("smtp" or "sandbox")))
        {
            var config = GivenProvider.Of(type)["config"]?.AsObject() ?? [];
            config["base_url"] = url;
            await ForbiddenAsync(GivenProvider.Of(type, config: config), "/config/base_url not_allowed");
        }
    }

    [Theory]
    [InlineData("127.0.0.1", 587, "/config/host not_allowed"), InlineData("localhost", 25, "/config/host not_allowed"), InlineData("10.1.2.3", 25, "/config/host not_allowed")]
    [InlineData("[::1]", 25, "/config/host not_allowed"), InlineData("mail.example.com", 26, "/config/host not_allowed"), InlineData("8.8.8.8", 80, "/config/host not_allowed")]
    public async Task A_mail_servers_host_and_port_pass_the_address_guard(string host, int port, string fault) =>
        await ForbiddenAsync(GivenProvider.Of("smtp", config: new { host, port }), fault);

    [Theory]
    [InlineData(25), InlineData(465), InlineData(587), InlineData(2525)]
    public async Task The_usual_ports_are_open(int port) =>
        Assert.Equal(201, (await acme.Http.SendAsync(Route, GivenProvider.Of("smtp", config: new { host = "8.8.8.8", port, security = "tls" }))).Status);

    [Fact]
    public async Task Other_ports_and_mail_in_clear_are_for_ranges_that_an_operator_opened()
    {
        await ForbiddenAsync(GivenProvider.Of("smtp", config: new { host = "8.8.8.8", security = "none" }), "/config/security not_allowed");
        await ForbiddenAsync(GivenProvider.Of("smtp", config: new { host = "mail.example.com", security = "none" }), "/config/security not_allowed");
        var opened = await fixture.Host.Operator.ChangeAsync($"/v1/tenants/{acme.Id}", new { settings = new { outbound_allow = new[] { new { cidr = "10.1.0.0/16", ports = new[] { 1025 }, use = "smtp" } } } });
        Assert.Equal(200, opened.Status);
        Assert.Equal(201, (await acme.Http.SendAsync(Route, GivenProvider.Of("smtp", config: new { host = "10.1.0.7", port = 1025, security = "none" }))).Status);
        await ForbiddenAsync(GivenProvider.Of("smtp", config: new { host = "10.1.0.7", port = 1026 }), "/config/host not_allowed");
        await ForbiddenAsync(GivenProvider.Of("smtp", config: new { host = "10.2.0.7", port = 1025 }), "/config/host not_allowed");
        await ForbiddenAsync(GivenProvider.Of("sendgrid", config: new { base_url = "http://10.1.0.7:1025" }), "/config/base_url not_allowed");
    }

    [Fact]
    public async Task A_change_is_checked_by_the_accounts_type()
    {
        var made = await acme.Http.SendAsync(Route, GivenProvider.Of("sendgrid"));
        await ChangedWrongAsync(made, new { type = "smtp", channel = "email" }, "/channel unknown_field", "/type unknown_field");
        await ChangedWrongAsync(made, new { config = new { host = "x", region = "mars" }, credentials = new { } }, "/config/host unknown_field", "/config/region unknown_value", "/credentials/api_key missing");
        await ChangedWrongAsync(made, new { config = (object?)null, from = (object?)null }, "/config wrong_type", "/from null");
        await ChangedWrongAsync(made, new { config = 1, priority = 1001, status = "gone", daily_quota = -1 }, "/daily_quota out_of_range", "/priority out_of_range", "/status unknown_value");
        var forbidden = await acme.Http.ChangeAsync($"{Route}/{made.Id}", new { config = new { base_url = "http://127.0.0.1" }, credentials = new { api_key = "k" } });
        Assert.Equal(("destination_forbidden", "/config/base_url not_allowed"), (forbidden.Code, forbidden.Faults.Single()));

        var smtp = await acme.Http.SendAsync(Route, GivenProvider.Of("smtp"));
        await ChangedWrongAsync(smtp, new { config = new { host = "mail.example.com", auth = "none" } }, "/credentials/password not_allowed", "/credentials/username not_allowed");
        await ChangedWrongAsync(smtp, new { credentials = new { } }, "/credentials/password missing", "/credentials/username missing");
        Assert.Equal(404, (await acme.Http.ChangeAsync($"{Route}/prv_01jd3m7q8x6zv9k2b4n5c8d1fg", new { name = "x" })).Status);
    }

    private async Task WrongAsync(object account, params string[] faults)
    {
        var said = await acme.Http.SendAsync(Route, account);
        Assert.True(said.Status == 422 && said.Code == "validation_failed", said.ToString());
        Assert.Equal(faults.Order(StringComparer.Ordinal), said.Faults.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(GivenProvider.Canary, said.Text, StringComparison.Ordinal);
    }

    private async Task ChangedWrongAsync(Said made, object change, params string[] faults)
    {
        var said = await acme.Http.ChangeAsync($"{Route}/{made.Id}", change);
        Assert.True(said.Status == 422 && said.Code == "validation_failed", said.ToString());
        Assert.Equal(faults.Order(StringComparer.Ordinal), said.Faults.Order(StringComparer.Ordinal));
    }

    private async Task ForbiddenAsync(object account, params string[] faults)
    {
        var said = await acme.Http.SendAsync(Route, account);
        Assert.True(said.Status == 422 && said.Code == "destination_forbidden", said.ToString());
        Assert.Equal(faults, said.Faults);
    }
}
