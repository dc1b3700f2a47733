using System.Collections.Concurrent;
using System.Text;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Providers;

/// <summary>A canary stands in every secret of every account; then the answers, the log and the whole database are searched for it.</summary>
public sealed class SecretsStayInsideTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _answers = new();
    private IReadOnlyCollection<string> _lines = null!;
    private EngineHost _engine = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await EngineHost.StartAsync();
        _lines = _engine.Host.Overhear();
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task No_answer_no_log_line_and_no_row_shows_a_credential()
    {
        await using var api = new FakeMailApi();
        foreach (var type in GivenProvider.Types) await KeepAsync(_engine.Http.SendAsync("/v1/providers", GivenProvider.Of(type), $"make-{type}"));
        var account = await api.AccountAsync(_engine.Http, 1);
        foreach (var status in (int[])[202, 500, 400, 401])
        {
            api.Status = status;
            var said = await KeepAsync(_engine.SendMailAsync("ann@example.org"));
            var delivery = said["deliveries.0.id"].GetString();
            await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{delivery}"), d => d["attempts"].GetInt32() > 0);
            await KeepAsync(_engine.Http.ReadAsync($"/v1/deliveries/{delivery}/attempts"));
        }
        await KeepAsync(_engine.Http.SendAsync($"/v1/providers/{account.Id}/test", new { to = "ann@example.org" }, "test"));
        foreach (var listed in (await KeepAsync(_engine.Http.ReadAsync("/v1/providers")))["data"].EnumerateArray().ToList())
        {
            var path = $"/v1/providers/{listed.GetProperty("id").GetString()}";
            await KeepAsync(_engine.Http.ReadAsync(path));
            var given = GivenProvider.Of(listed.GetProperty("type").GetString()!)["credentials"];
            await KeepAsync(_engine.Http.ChangeAsync(path, new { credentials = given, surprise = 1 }));
            if (given is not null) await KeepAsync(_engine.Http.ChangeAsync(path, new { credentials = given }));
        }
        await KeepAsync(_engine.Http.ReadAsync("/v1/audit-events?limit=100"));
        Assert.Contains(api.Requests, request => request.Header("Authorization")!.Contains(GivenProvider.Canary, StringComparison.Ordinal)); // it was in use

        Assert.DoesNotContain(_answers, answer => answer.Contains(GivenProvider.Canary, StringComparison.Ordinal));
        Assert.Contains(_lines, line => line.Contains("delivery.attempted", StringComparison.Ordinal));
        Assert.DoesNotContain(_lines, line => line.Contains(GivenProvider.Canary, StringComparison.Ordinal));
        var hex = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(GivenProvider.Canary)); // as bytes of a column are written
        foreach (var table in (string[])(await _engine.Host.SqlAsync("select array_agg(c.oid::regclass::text) from pg_class c where c.relnamespace = 'relay'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"))!)
            Assert.Equal((table, 0L), (table, await _engine.Host.SqlAsync($"select count(*) from {table} t where position($1 in t::text) > 0 or position($2 in t::text) > 0", GivenProvider.Canary, hex)));
    }

    [Fact]
    public async Task A_rotation_seals_credentials_anew_and_they_still_open()
    {
        await using var api = new FakeMailApi();
        await api.AccountAsync(_engine.Http);
        await _engine.Http.SendAsync("/v1/providers", GivenProvider.Of("smtp"));
        Assert.Equal(2L, await _engine.Host.SqlAsync(SealedBy, 1));
        var rotation = new KeyRotation(_engine.Host.Services.GetRequiredService<Databases>(), new KeyRingPlace(_engine.Host.Folder, environment: null), Chance.Secure);
        var report = Assert.IsType<RotationOutcome.Done>(await rotation.RunAsync(_ => { }, CancellationToken.None)).Report;
        Assert.Equal(0, report.Closed);
        Assert.Equal(2L, await _engine.Host.SqlAsync(SealedBy, 2));
        await _engine.ReachesAsync((await _engine.SendMailAsync("ann@example.org")).Id, "sent");
        Assert.Equal($"Bearer {GivenProvider.Canary}-key", api.Requests.Single().Header("Authorization"));
    }

    [Fact]
    public async Task A_deleted_tenant_leaves_no_account_and_no_count()
    {
        await using var api = new FakeMailApi();
        await api.AccountAsync(_engine.Http, more: new { daily_quota = 10 });
        await _engine.ReachesAsync((await _engine.SendMailAsync("ann@example.org")).Id, "sent");
        var job = await _engine.Host.Operator.RemoveAsync($"/v1/tenants/{_engine.Tenant.Id}");
        await EngineHost.UntilAsync(() => _engine.Host.Operator.ReadAsync($"/v1/ops/jobs/{job.Id}"), j => j["status"].GetString() == "succeeded");
        Assert.Equal(0L, await _engine.Host.SqlAsync("select (select count(*) from relay.providers) + (select count(*) from relay.provider_days) + (select count(*) from relay.target_states)"));
    }

    [Fact]
    public async Task Credentials_that_do_not_open_cost_their_mail_a_try_later_and_say_why()
    {
        await using var api = new FakeMailApi();
        await api.AccountAsync(_engine.Http);
        await _engine.Host.SqlAsync("update relay.providers set credentials = set_byte(credentials, 40, get_byte(credentials, 40) # 1) where credentials is not null");
        var said = await _engine.SendMailAsync("ann@example.org");
        var delivery = await EngineHost.UntilAsync(() => _engine.Http.ReadAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}"), d => d["status"].GetString() == "retrying");
        Assert.Contains("data key", (await _engine.Http.ReadAsync($"/v1/deliveries/{delivery.Id}/attempts"))["data.0.detail"].GetString(), StringComparison.Ordinal);
        Assert.Equal(0, api.Asked);
    }

    // The version of the data key stands in bytes 1 to 4.
    private const string SealedBy = "select count(*) from relay.providers where credentials is not null and get_byte(credentials, 4) = $1";

    private async Task<Said> KeepAsync(Task<Said> asked)
    {
        var said = await asked;
        _answers.Enqueue($"{said} {string.Join(' ', said.Headers)}");
        return said;
    }
}
