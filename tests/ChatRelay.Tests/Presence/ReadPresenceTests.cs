using ChatRelay.TestKit;
using ChatRelay.Tests.Rooms;

namespace ChatRelay.Tests.Presence;

/// <summary>Presence by REST: for the tenant, and for a user who sees whom they share a room with.</summary>
public sealed class ReadPresenceTests(PresenceFixture shared) : IClassFixture<PresenceFixture>, IAsyncLifetime
{
    private RoomHost host = null!;

    public async ValueTask InitializeAsync() => host = await shared.Host.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<SocketClient> OpenAsync(string user, string status = "online", string? text = null)
    {
        var socket = await SocketClient.HelloAsync(host.Host.Address, await host.TokenAsync(user));
        await socket.DoAsync("presence", new { status, text });
        return socket;
    }

    private static async Task<string[]> QueryAsync(HttpClient by, params string[] users)
    {
        var said = await by.SendAsync("/v1/presence/query", new { users });
        Assert.Equal(200, said.Status);
        return [.. said["data"].EnumerateArray().Select(u => $"{u.GetProperty("user").GetString()}:{u.GetProperty("status").GetString()}:{u.GetProperty("text").GetString()}")];
    }

    [Fact]
    public async Task A_tenant_asks_for_many_and_gets_them_in_its_order()
    {
        await using var ann = await OpenAsync("ann", "dnd", "In a call");
        await using var bob = await OpenAsync("bob", "away");
        await using var cy = await OpenAsync("cy", "invisible", "hidden");
        Assert.Equal(["nobody:offline:", "bob:away:", "ann:dnd:In a call", "cy:offline:"], await QueryAsync(host.Http, "nobody", "bob", "ann", "cy"));
        Assert.Equal("""{"user":"ann","status":"dnd","text":"In a call","last_seen_at":null}""", (await host.Http.ReadAsync("/v1/users/ann/presence")).Text);
        Assert.Equal("""{"user":"nobody","status":"offline","text":null,"last_seen_at":null}""", (await host.Http.ReadAsync("/v1/users/nobody/presence")).Text);
    }

    [Fact]
    public async Task What_is_asked_wrongly_is_refused_with_every_fault()
    {
        async Task<Said> AskAsync(object body) => await host.Http.SendAsync("/v1/presence/query", body);
        Assert.Equal(200, (await AskAsync(new { users = Enumerable.Range(0, 200).Select(n => $"u{n}") })).Status);
        Assert.Equal(["/users too_many_items"], (await AskAsync(new { users = Enumerable.Range(0, 201).Select(n => $"u{n}") })).Faults);
        Assert.Equal(422, (await AskAsync(new { users = Array.Empty<string>() })).Status);
        Assert.Equal(422, (await AskAsync(new { users = new[] { "a", "a" } })).Status);
        Assert.Equal(["/users missing"], (await AskAsync(new { })).Faults);
        var faults = (await AskAsync(new { users = new[] { "a b", "ok", ".." }, more = 1 })).Faults;
        Assert.Equal(["/more", "/users/0", "/users/2"], faults.Select(f => f.Split(' ')[0]).Order());
        using var lacking = await host.Tenant.WithKeyAsync("live", "rooms:read", "rooms:write");
        Assert.Equal((403, 403), ((await lacking.SendAsync("/v1/presence/query", new { users = new[] { "a" } })).Status, (await lacking.ReadAsync("/v1/users/a/presence")).Status));
    }

    [Fact]
    public async Task A_user_sees_themselves_and_whoever_shares_a_room_and_is_not_behind_a_block()
    {
        var path = await host.RoomAsync(null, "ann", "bob", "cy");
        await host.RoomAsync(null, "bob", "dee");
        await using var one = await OpenAsync("ann", "invisible");
        await using var two = await OpenAsync("bob", "dnd");
        await using var three = await OpenAsync("cy");
        await using var four = await OpenAsync("dee");
        using var ann = await host.AsAsync("ann");
        Assert.Equal(["ann:invisible:", "bob:dnd:", "cy:online:", "dee:offline:"], await QueryAsync(ann, "ann", "bob", "cy", "dee"));
        await host.Http.AskAsync(HttpMethod.Put, "/v1/users/cy/blocks/ann");
        await host.Http.AskAsync(HttpMethod.Put, "/v1/users/ann/blocks/bob");
        Assert.Equal(["bob:offline:", "cy:offline:"], await QueryAsync(ann, "bob", "cy"));
        await host.Http.RemoveAsync("/v1/users/ann/blocks/bob");
        await host.Http.RemoveAsync($"{path}/members/bob");
        Assert.Equal(["bob:offline:"], await QueryAsync(ann, "bob"));
    }

    [Fact]
    public async Task What_a_user_said_is_gone_with_the_user_and_with_an_erasure()
    {
        foreach (var user in (string[])["ann", "bob"]) await (await OpenAsync(user, "invisible", "secret")).DisposeAsync();
        Assert.Equal(204, (await host.Http.RemoveAsync("/v1/users/ann")).Status);
        Assert.Equal(404, (await host.Http.RemoveAsync("/v1/users/ann")).Status);
        var job = await host.Http.SendAsync("/v1/erasures", new { user = "bob" });
        await Eventually.Async(async () => (await host.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
        Assert.Equal(2, await host.CountAsync("presences"));
        Assert.Equal(0, await host.CountAsync("presences", "text"));
        Assert.Equal(0, await host.CountAsync("presences", "seen_at"));
    }

    [Fact]
    public async Task A_narrowed_token_sees_whom_its_rooms_show_and_no_others()
    {
        var one = (await host.RoomAsync(null, "ann", "bob")).Split('/')[^1];
        await host.RoomAsync(null, "ann", "cy");
        await using var bob = await OpenAsync("bob");
        await using var cy = await OpenAsync("cy");
        using var reading = await host.AsAsync("ann", new[] { new { room = one, can = new[] { "read" } } });
        Assert.Equal(["bob:online:", "cy:offline:"], await QueryAsync(reading, "bob", "cy"));
        using var sending = await host.AsAsync("ann", new[] { new { room = one, can = new[] { "send" } } });
        Assert.Equal(["bob:offline:"], await QueryAsync(sending, "bob"));
    }
}
