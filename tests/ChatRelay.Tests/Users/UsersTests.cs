using ChatRelay.TestKit;

namespace ChatRelay.Tests.Users;

/// <summary>What a tenant tells of its users, and whom those block, through HTTP.</summary>
public sealed class UsersTests(NodeFixture shared) : IClassFixture<NodeFixture>, IAsyncLifetime
{
    private readonly RelayHost host = shared.Node;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync() => acme = await host.NewTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<Said> PutAsync(string user, object record) => acme.Http.AskAsync(HttpMethod.Put, $"/v1/users/{user}", record);

    private async Task<HttpClient> AsAsync(string user) => host.Client((await acme.Http.SendAsync("/v1/tokens", new { user }))["token"].GetString());

    [Fact]
    public async Task A_record_is_put_whole_and_read_back_as_it_was_given()
    {
        const string metadata = """{"plan" : "pro", "n":1.0}""";
        await PutAsync("u_1", new { display_name = "Ann", phone = "+4915112345678" });

        var put = await acme.Http.AskAsync(HttpMethod.Put, "/v1/users/u_1", $$"""{"display_name":"Anna","email":"Ann@Example.COM","locale":"de-AT","time_zone":"Europe/Vienna","avatar_url":"https://example.com/a.png","metadata":{{metadata}}}""");

        Assert.Equal(200, put.Status);
        var read = await acme.Http.ReadAsync("/v1/users/u_1");
        Assert.Equal(put.Text, read.Text);
        Assert.Equal(("Anna", "de-AT", "Europe/Vienna"), (read["display_name"].GetString(), read["locale"].GetString(), read["time_zone"].GetString()));
        Assert.Contains(metadata, read.Text, StringComparison.Ordinal);
        Assert.False(read.Json.TryGetProperty("phone", out var phone) && phone.ValueKind != System.Text.Json.JsonValueKind.Null);
    }

    [Fact]
    public async Task Two_who_put_a_new_user_at_once_both_succeed()
    {
        var both = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => PutAsync("u_new", new { display_name = $"n{n}" })));

        Assert.All(both, said => Assert.Equal(200, said.Status));
    }

    [Fact]
    public async Task Every_fault_of_a_record_is_told_at_once()
    {
        var said = await PutAsync("u_1", new { display_name = "", email = "no", phone = "123", locale = "_", time_zone = "Mars/Base", avatar_url = "javascript:1", age = 7 });
        Assert.Equal(422, said.Status);
        Assert.Equal(["/age unknown_field", "/avatar_url invalid_format", "/display_name too_short", "/email invalid_format", "/locale invalid_format", "/phone invalid_format"], said.Faults.Order(StringComparer.Ordinal));
        Assert.Equal(["/time_zone unknown_value"], (await PutAsync("u_1", new { time_zone = "Mars/Base" })).Faults);
    }

    [Theory]
    [InlineData("a%20b")]
    [InlineData("%2E%2E")]
    [InlineData("%C3%A4")]
    public async Task A_user_that_cannot_be_named_so_is_refused(string user)
    {
        var said = await acme.Http.ReadAsync($"/v1/users/{user}/blocks");

        Assert.Contains((said.Status, said.Code), (IReadOnlyList<(int, string)>)[(400, "invalid_parameter"), (404, "not_found")]);
    }

    [Fact]
    public async Task An_unknown_user_and_another_tenants_are_the_same_404()
    {
        var other = await host.NewTenantAsync("Other");
        await PutAsync("u_1", new { display_name = "Ann" });

        var (foreign, unknown) = (await other.Http.ReadAsync("/v1/users/u_1"), await other.Http.ReadAsync("/v1/users/u_2"));

        Assert.Equal((404, "not_found"), (foreign.Status, foreign.Code));
        Assert.Equal(unknown["detail"].GetString(), foreign["detail"].GetString());
        Assert.Equal(404, (await other.Http.RemoveAsync("/v1/users/u_1")).Status);
    }

    [Fact]
    public async Task A_deleted_user_is_gone_with_the_blocks()
    {
        await PutAsync("u_1", new { display_name = "Ann" });
        await acme.Http.AskAsync(HttpMethod.Put, "/v1/users/u_1/blocks/u_2");

        Assert.Equal(204, (await acme.Http.RemoveAsync("/v1/users/u_1")).Status);

        Assert.Equal(404, (await acme.Http.ReadAsync("/v1/users/u_1")).Status);
        Assert.Empty((await acme.Http.ReadAsync("/v1/users/u_1/blocks"))["blocked"].EnumerateArray());
        Assert.Equal(404, (await acme.Http.RemoveAsync("/v1/users/u_1")).Status);
    }

    [Fact]
    public async Task A_user_blocks_and_unblocks_by_their_own_token_only()
    {
        using var ann = await AsAsync("u_1");

        Assert.Equal(204, (await ann.AskAsync(HttpMethod.Put, "/v1/users/u_1/blocks/u_2")).Status);
        Assert.Equal(204, (await ann.AskAsync(HttpMethod.Put, "/v1/users/u_1/blocks/u_2")).Status);
        Assert.Equal("u_2", Assert.Single((await ann.ReadAsync("/v1/users/u_1/blocks"))["blocked"].EnumerateArray()).GetString());
        Assert.Equal(403, (await ann.AskAsync(HttpMethod.Put, "/v1/users/u_3/blocks/u_2")).Status);
        Assert.Equal(409, (await ann.AskAsync(HttpMethod.Put, "/v1/users/u_1/blocks/u_1")).Status);
        Assert.Equal(204, (await ann.RemoveAsync("/v1/users/u_1/blocks/u_2")).Status);
        Assert.Equal(404, (await ann.RemoveAsync("/v1/users/u_1/blocks/u_2")).Status);
    }

    [Fact]
    public async Task An_erasure_takes_what_the_record_says_of_the_person()
    {
        await PutAsync("u_1", new { display_name = "Ann", email = "ann@example.com", metadata = new { secret = 1 } });
        await PutAsync("u_2", new { display_name = "Bob", email = "ann@example.com" });

        await acme.Http.SendAsync("/v1/erasures", new { user = "u_1" });
        await acme.Http.SendAsync("/v1/erasures", new { email = "ann@example.com" });
        await Eventually.Async(async () => (await acme.Http.ReadAsync("/v1/jobs"))["data"].EnumerateArray().All(j => j.GetProperty("status").GetString() == "succeeded"));

        Assert.DoesNotContain("Ann", (await acme.Http.ReadAsync("/v1/users/u_1")).Text, StringComparison.Ordinal);
        var bob = (await acme.Http.ReadAsync("/v1/users/u_2")).Text;
        Assert.Contains("Bob", bob, StringComparison.Ordinal);
        Assert.DoesNotContain("ann@", bob, StringComparison.Ordinal);
    }
}
