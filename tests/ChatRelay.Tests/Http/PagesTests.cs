using ChatRelay.TestKit;

namespace ChatRelay.Tests.Http;

public sealed class PagesTests(NodeFixture shared) : IClassFixture<NodeFixture>, IAsyncLifetime
{
    private readonly RelayHost host = shared.Node;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync()
    {
        acme = await host.NewTenantAsync();
        for (var i = 0; i < 6; i++) await acme.Http.SendAsync("/v1/api-keys", new { name = $"key {i}" });
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("/v1/api-keys")]
    [InlineData("/v1/audit-events")]
    public async Task Pages_show_everything_once_newest_first(string list)
    {
        var whole = Ids(await acme.Http.ReadAsync($"{list}?limit=100"));
        Assert.Equal(7, whole.Count);
        Assert.Equal(whole.OrderDescending(StringComparer.Ordinal), whole);

        var walked = new List<string>();
        var cursor = "";
        Said page;
        do
        {
            page = await acme.Http.ReadAsync($"{list}?limit=3{cursor}");
            walked.AddRange(Ids(page));
            cursor = $"&after={page["next_cursor"].GetString()}";
        }
        while (page["has_more"].GetBoolean());
        Assert.Equal(whole, walked);
    }

    [Fact]
    public async Task Before_goes_back_to_the_nearest_newer_page()
    {
        var first = await acme.Http.ReadAsync("/v1/api-keys?limit=3");
        var second = await acme.Http.ReadAsync($"/v1/api-keys?limit=3&after={first["next_cursor"].GetString()}");
        var back = await acme.Http.ReadAsync($"/v1/api-keys?limit=2&before={second["next_cursor"].GetString()}");
        Assert.Equal(Ids(second).Take(2), Ids(back));
    }

    [Fact]
    public async Task A_cursor_belongs_to_its_tenant_list_and_filter()
    {
        var other = await host.NewTenantAsync("other");
        var cursor = (await acme.Http.ReadAsync("/v1/api-keys?limit=1"))["next_cursor"].GetString();
        Assert.Equal("invalid_cursor", (await other.Http.ReadAsync($"/v1/api-keys?after={cursor}")).Code);
        Assert.Equal("invalid_cursor", (await acme.Http.ReadAsync($"/v1/audit-events?after={cursor}")).Code);
        Assert.Equal("invalid_cursor", (await acme.Http.ReadAsync($"/v1/api-keys?environment=test&after={cursor}")).Code);
        Assert.Equal("invalid_cursor", (await acme.Http.ReadAsync($"/v1/api-keys?after={cursor}x")).Code);
        Assert.Equal(200, (await acme.Http.ReadAsync($"/v1/api-keys?limit=50&after={cursor}")).Status);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=101")]
    [InlineData("limit=x")]
    [InlineData("limit=1&limit=2")]
    [InlineData("unknown=1")]
    [InlineData("after=")]
    public async Task A_wrong_parameter_is_400(string query)
    {
        var answer = await acme.Http.ReadAsync($"/v1/api-keys?{query}");
        Assert.Equal((400, "invalid_parameter"), (answer.Status, answer.Code));
    }

    private static List<string> Ids(Said page) => [.. page["data"].EnumerateArray().Select(d => d.GetProperty("id").GetString()!)];
}
