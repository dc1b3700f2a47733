using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Http;

/// <summary>Any page may call what takes a user's token, and nothing else.</summary>
public sealed class CrossOriginTests(RoomFixture shared) : IClassFixture<RoomFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Rooms.ForAnotherTenantAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<HttpResponseMessage> PreflightAsync(string path, string method)
    {
        using var plain = new HttpClient { BaseAddress = host.Host.Address }; // a preflight is no operation of the document
        using var asked = new HttpRequestMessage(HttpMethod.Options, path) { Headers = { { "Origin", "https://app.example" }, { "Access-Control-Request-Method", method }, { "Access-Control-Request-Headers", "authorization,content-type" } } };
        return await plain.SendAsync(asked);
    }

    [Theory]
    [InlineData("POST", "/v1/rooms/room_01jd3m7q8x6zv9k2b4n5c8d1fg/messages")]
    [InlineData("PATCH", "/v1/rooms/ext:a/messages/msg_01jd3m7q8x6zv9k2b4n5c8d1fg")]
    [InlineData("DELETE", "/v1/users/ann/blocks/bob")]
    [InlineData("GET", "/v1/users/ann/rooms")]
    public async Task A_preflight_of_what_takes_a_users_token_needs_no_key(string method, string path)
    {
        using var answer = await PreflightAsync(path, method);

        Assert.Equal(204, (int)answer.StatusCode);
        Assert.Equal(("*", method), (answer.Headers.GetValues("Access-Control-Allow-Origin").Single(), answer.Headers.GetValues("Access-Control-Allow-Methods").Single()));
        Assert.Contains("Authorization", answer.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData("POST", "/v1/rooms", 405)]
    [InlineData("POST", "/v1/rooms/ext:a/messages/batch", 405)]
    [InlineData("PUT", "/v1/rooms/ext:a/members/ann", 405)]
    [InlineData("GET", "/v1/tenants", 405)]
    [InlineData("GET", "/health/live", 405)]
    [InlineData("BREW", "/v1/rooms/ext:a/messages", 405)]
    [InlineData("GET", "/v1/no-such-route", 404)]
    public async Task A_preflight_of_anything_else_is_refused_as_any_options_is(string method, string path, int status)
    {
        using var answer = await PreflightAsync(path, method);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.DoesNotContain(answer.Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Answers_to_another_origin_can_be_read_where_a_token_may_call_refusals_too()
    {
        var room = await host.RoomAsync(null, "ann");
        using var ann = await host.AsAsync("ann");
        foreach (var client in (HttpClient[])[ann, host.Http, host.Host.Anonymous]) client.DefaultRequestHeaders.Add("Origin", "https://app.example");

        Assert.Equal((200, "*"), (await ann.ReadAsync($"{room}/messages") is var read ? (read.Status, read.Headers["Access-Control-Allow-Origin"]) : default));
        Assert.Equal((401, "*"), (await host.Host.Anonymous.ReadAsync($"{room}/messages") is var refused ? (refused.Status, refused.Headers["Access-Control-Allow-Origin"]) : default));
        Assert.Equal((422, "*"), (await ann.SendAsync($"{room}/messages", new { }) is var wrong ? (wrong.Status, wrong.Headers["Access-Control-Allow-Origin"]) : default));
        Assert.False((await host.Http.ReadAsync("/v1/rooms")).Headers.ContainsKey("Access-Control-Allow-Origin"));
        Assert.False((await host.Http.ReadAsync("/v1/tenant")).Headers.ContainsKey("Access-Control-Allow-Origin"));
    }
}
