using ChatRelay.Console;
using ChatRelay.Http;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Console;

/// <summary>What holds of every act of the console: who may ask for it, that it is written down, that it is the API that does it.</summary>
public sealed class ActsTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private RelayHost Host => fixture.Engine.Host;

    [Fact]
    public async Task An_act_takes_its_role_and_does_nothing_for_a_lower_one()
    {
        using var viewer = await ConsoleVisitor.OfRoleAsync(Host, "viewer");
        var token = (await viewer.OpenAsync("/ops")).Token;
        var before = await JobsAsync();
        foreach (var act in Acts.All)
        {
            var refused = await viewer.SubmitAsync(act.Path, token);
            Assert.True(refused.Status == 403, $"{act.Name} {refused.Status}");
        }
        Assert.Equal(before, await JobsAsync());

        Task<object?> JobsAsync() => Host.SqlAsync("select count(*) from relay.jobs");
    }

    [Fact]
    public async Task Every_act_is_written_down_before_it_is_done_and_so_is_one_that_is_refused()
    {
        using var admin = await ConsoleVisitor.OfRoleAsync(Host, "admin");
        var token = (await admin.OpenAsync("/ops")).Token;
        var nobody = "ten_00000000000000000000000001";
        (string, string)[] form =
        [
            ("tenant", nobody), ("wall", nobody), ("pick", $"{nobody}/dlv_00000000000000000000000001/ntf_00000000000000000000000001"), ("name", "Written down"),
            ("id", "x"), ("task", "x"), ("node", "x"), ("user", "x"), ("rule", "x"), ("channel", "x"), ("since", "2026-01-01T00:00:00Z"), ("until", "2026-01-02T00:00:00Z"),
        ];
        var read = new ActForm(new Microsoft.AspNetCore.Http.FormCollection(form.ToDictionary(f => f.Item1, f => new Microsoft.Extensions.Primitives.StringValues(f.Item2))));
        foreach (var act in Acts.All)
        {
            var operation = Assert.Single(act.Calls(read)!).Operation;
            var before = await LinesAsync(operation);
            var answer = await admin.SubmitAsync(act.Path, token, form);
            Assert.True(answer.Status is 200 or 302, $"{act.Name} {answer.Status}");
            Assert.True(before + 1 == await LinesAsync(operation), $"{act.Name} is not written down once");
        }
        Assert.Equal("""{"name":"Written down"}""", await Host.SqlAsync("select data::text from relay.events where type = 'console.tenants.create' and audit order by id desc limit 1"));
        Assert.Equal($$"""{"tenant":"{{nobody}}"}""", await Host.SqlAsync("select data::text from relay.events where type = 'console.ops.alert_route.put' and audit order by id desc limit 1"));

        async Task<long> LinesAsync(string operation) => (long)(await Host.SqlAsync("select count(*) from relay.events where audit and type = $1", $"console.{operation}"))!;
    }

    [Fact]
    public async Task A_form_of_another_site_does_nothing()
    {
        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "admin");
        foreach (var act in Acts.All) Assert.Equal(400, (await operating.SubmitAsync(act.Path, null)).Status);
        Assert.Equal(405, (await operating.OpenAsync(Act.PathOf("hold"))).Status); // a link or a picture cannot ask for it
    }

    [Fact]
    public void Every_act_is_an_operation_of_the_API()
    {
        var routes = Host.Services.GetRequiredService<ApiRoutes>();
        foreach (var name in (string[])["deliveries.retry", "notifications.cancel", "ops.hold", "ops.release", "ops.discard", "deliveries.replay", "ops.upkeep.run", "tenants.create", "tenants.update", "api_keys.create", "api_keys.revoke", "providers.update", "providers.test", "webhook_endpoints.update", "webhook_endpoints.enable", "users.disconnect", "ops.nodes.drain", "api_keys.roll", "ops.pause", "ops.resume", "ops.channels.pause", "ops.channels.resume", "ops.tenants.pause", "ops.tenants.resume", "ops.alerts.acknowledge", "ops.alert_rules.update", "ops.alert_route.put", "ops.alert_route.delete"]) Assert.NotNull(routes.Find(name));
        Assert.All(Acts.All, act => Assert.True(act.Role >= OperatorRole.Operator));
    }

    [Fact]
    public async Task An_operator_mends_but_only_an_admin_makes_and_suspends()
    {
        using var operating = await ConsoleVisitor.OfRoleAsync(Host, "operator");
        var token = (await operating.OpenAsync("/ops")).Token;
        foreach (var act in Acts.All.Where(a => a.Role == OperatorRole.Admin)) Assert.Equal(403, (await operating.SubmitAsync(act.Path, token, ("name", "x"), ("tenant", fixture.Engine.Tenant.Id))).Status);
        Assert.Equal(0L, await Host.SqlAsync("select count(*) from relay.tenants where name = 'x' or status = 'suspended'"));
    }
}
