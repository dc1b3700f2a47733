using System.Text.RegularExpressions;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.TenantMatrix;

/// <summary>Walks every operation of the rendered document as six callers. What belongs to a tenant is nowhere to be seen for any other.</summary>
public sealed partial class TenantMatrixTests : IAsyncLifetime
{
    private World world = null!;

    public async ValueTask InitializeAsync() => world = await World.MakeAsync();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task Every_operation_is_walked_by_all_six_callers()
    {
        var operations = Operation.Of((await world.Host.Anonymous.ReadAsync("/openapi.json")).Json);
        var rows = Rows.All.ToDictionary(r => r.Operation);
        Assert.Empty(operations.Select(o => o.Id).Except(rows.Keys)); // a route without a row
        Assert.Empty(rows.Keys.Except(operations.Select(o => o.Id))); // a row without a route

        var wrong = new List<string>();
        foreach (var (operation, row) in operations.Select(o => (o, rows[o.Id])).Concat(Rows.IdsInBodies.Select(r => (operations.Single(o => o.Id == r.Operation), (Row)r))))
        {
            try
            {
                await WalkAsync(operation, row);
            }
            catch (Exception e) when (e is Xunit.Sdk.XunitException or TimeoutException or InvalidOperationException or TestKit.Document.UndocumentedAnswerException)
            {
                wrong.Add($"{operation.Id}: {e.Message}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    [Fact]
    public async Task A_users_token_opens_only_what_is_marked_and_nothing_of_another_tenants()
    {
        using var user = world.Host.Client((await world.Other.Http.SendAsync("/v1/tokens", new { user = "u_1" }))["token"].GetString());
        var operations = Operation.Of((await world.Host.Anonymous.ReadAsync("/openapi.json")).Json).Where(o => !o.IsOpen).ToList();
        var rows = Rows.All.ToDictionary(r => r.Operation);
        var (closed, walked) = (0, 0);
        foreach (var operation in operations)
        {
            if (!operation.ForUsers)
            {
                await ExpectAsync(user, operation, operation.Path.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal), null, 403, "forbidden");
                closed++;
            }
            else if (rows[operation.Id] is Row.ById byId)
            {
                var foreign = await user.AskAsync(operation.Method, byId.Path(await byId.Make(world.Owner)), byId.Body);
                Assert.True(foreign.Status is 403 or 404 or 422, $"{operation.Id}: {foreign}"); // 403: another user's; 422: a token speaks for its own user
                AssertSame(await user.AskAsync(operation.Method, byId.Path(byId.Unknown), byId.Body), foreign);
                walked++;
            }
        }
        Assert.True(closed > 50 && walked > 6, $"{closed} closed, {walked} walked");
    }

    private async Task WalkAsync(Operation operation, Row row)
    {
        switch (row)
        {
            case Row.Public open:
                Assert.True(operation.IsOpen, "the document asks for a key");
                await ExpectSuccessAsync(world.Host.Anonymous, operation, open.Path, null);
                break;

            case Row.ByToken byToken:
                Assert.True(operation.IsOpen, "the document asks for a key");
                foreach (var anybody in (HttpClient[])[world.Host.Anonymous, world.Owner.Http, world.Host.Operator])
                    await ExpectAsync(anybody, operation, byToken.Path, null, byToken.Status, byToken.Code);
                break;

            case Row.ByTokenInBody inBody:
                Assert.True(operation.IsOpen, "the document asks for a key");
                foreach (var anybody in (HttpClient[])[world.Host.Anonymous, world.Owner.Http, world.Revoked, world.Host.Operator])
                    await ExpectAsync(anybody, operation, inBody.Path, inBody.Nobody, 401, "unauthorized");
                await ExpectRoomsApartAsync(operation, inBody.Path);
                break;

            case Row.Operators operators:
                var route = await operators.Path(world);
                await ExpectUnknownCallersOutAsync(operation, route, operators.Body);
                await ExpectAsync(world.Owner.Http, operation, route, operators.Body, 403, "forbidden");
                await ExpectAsync(world.Test, operation, route, operators.Body, 403, "forbidden");
                await ExpectSuccessAsync(world.Host.Operator, operation, route, operators.Body);
                break;

            case Row.Own own:
                await ExpectUnknownCallersOutAsync(operation, own.Path, own.Body);
                await ExpectScopeAsync(operation, own.Path, own.Body);
                var mine = await ExpectSuccessAsync(world.Owner.Http, operation, own.Path, own.Body);
                foreach (var other in Others())
                {
                    var theirs = await ExpectSuccessAsync(other, operation, own.Path, own.Body);
                    if (mine.Status is 201 or 202) Assert.NotEqual(mine.Text, theirs.Text); // each has made its own
                }
                break;

            case Row.List list:
                var listed = await list.Make(world.Owner);
                await ExpectUnknownCallersOutAsync(operation, list.Path, null);
                await ExpectScopeAsync(operation, list.Path, null);
                foreach (var other in Others()) Assert.DoesNotContain(listed, (await ExpectSuccessAsync(other, operation, list.Path, null)).Text, StringComparison.Ordinal);
                Assert.Contains(listed, (await ExpectSuccessAsync(world.Owner.Http, operation, list.Path, null)).Text, StringComparison.Ordinal);
                break;

            case Row.ById byId:
                var id = await byId.Make(world.Owner);
                await ExpectUnknownCallersOutAsync(operation, byId.Path(id), byId.Body);
                await ExpectScopeAsync(operation, byId.Path(id), byId.Body);
                foreach (var other in Others())
                {
                    var foreign = await ExpectAsync(other, operation, byId.Path(id), byId.Body, 404, "not_found");
                    AssertSame(await ExpectAsync(other, operation, byId.Path(byId.Unknown), byId.Body, 404, "not_found"), foreign);
                    AssertSame(await ExpectAsync(other, operation, byId.Path("rubbish"), byId.Body, 404, "not_found"), foreign);
                }
                await ExpectSuccessAsync(world.Owner.Http, operation, byId.Path(id), byId.Body); // last: it was there all along
                break;

            case Row.IdInBody ids:
                var named = await ids.Make(world.Owner);
                await ExpectUnknownCallersOutAsync(operation, ids.Path, ids.Body(named));
                await ExpectScopeAsync(operation, ids.Path, ids.Body(named));
                foreach (var other in Others())
                {
                    var foreign = await ExpectAsync(other, operation, ids.Path, ids.Body(named), 422, "validation_failed");
                    AssertSame(await ExpectAsync(other, operation, ids.Path, ids.Body(ids.Unknown), 422, "validation_failed"), foreign);
                }
                await ExpectSuccessAsync(world.Owner.Http, operation, ids.Path, ids.Body(named));
                break;
        }
    }

    /// <summary>The owner's room, for the same user's name behind each other wall: as one that nobody has.</summary>
    private async Task ExpectRoomsApartAsync(Operation operation, string path)
    {
        var room = (await world.Owner.Http.SendAsync("/v1/rooms", new { members = new[] { new { user = "u_1" } } })).Id;
        var unknown = $"{ChatRelay.Protocol.RelayId.New<ChatRelay.Protocol.RoomId>(DateTimeOffset.UnixEpoch.AddYears(56))}";
        foreach (var other in Others()) Assert.Equal((await RoomsAsync(other, unknown)).Replace(unknown, room, StringComparison.Ordinal), await RoomsAsync(other, room));
        Assert.Contains("\"head\":0", await RoomsAsync(world.Owner.Http, room), StringComparison.Ordinal);

        async Task<string> RoomsAsync(HttpClient of, string named)
        {
            var token = (await of.SendAsync("/v1/tokens", new { user = "u_1" }))["token"].GetString()!;
            var resume = new { rooms = new Dictionary<string, object> { [named] = new { e = "1.1-1", s = 0 } } };
            if (operation.Id == "connect.poll") return (await ExpectSuccessAsync(world.Host.Anonymous, operation, path, new { v = 1, token, wait_s = 0, resume }))["frames.0.ok.rooms"].GetRawText();
            await using var stream = await EventStreamClient.HelloAsync(world.Host.Address, token, new { resume });
            return stream.Welcome.GetProperty("rooms").GetRawText();
        }
    }

    private HttpClient[] Others() => [world.Other.Http, world.Test];

    private async Task ExpectUnknownCallersOutAsync(Operation operation, string path, object? body)
    {
        await ExpectAsync(world.Host.Anonymous, operation, path, body, 401, "unauthorized");
        await ExpectAsync(world.Revoked, operation, path, body, 401, "key_revoked");
    }

    private async Task ExpectScopeAsync(Operation operation, string path, object? body)
    {
        foreach (var scope in operation.Scopes)
        {
            using var lacking = await world.LackingAsync(scope);
            var refused = await ExpectAsync(lacking, operation, path, body, 403, "missing_scope");
            Assert.Contains(scope, refused["detail"].GetString(), StringComparison.Ordinal);
        }
    }

    private static async Task<Said> ExpectAsync(HttpClient caller, Operation operation, string path, object? body, int status, string code)
    {
        var said = await caller.AskAsync(operation.Method, path, body);
        Assert.True(said.Status == status && said.Code == code, $"expected {status} {code}, got {said}");
        return said;
    }

    private static async Task<Said> ExpectSuccessAsync(HttpClient caller, Operation operation, string path, object? body)
    {
        var said = await caller.AskAsync(operation.Method, path, body);
        Assert.True(said.Status is >= 200 and < 300, $"expected success, got {said}");
        return said;
    }

    /// <summary>Byte for byte the same, but for the id of the request; the same headers too.</summary>
    private static void AssertSame(Said unknown, Said foreign)
    {
        Assert.Equal(RequestId().Replace(unknown.Text, "req_"), RequestId().Replace(foreign.Text, "req_"));
        string[] changing = ["Request-Id", "RateLimit", "Date"];
        Assert.Equal(unknown.Headers.Where(h => !changing.Contains(h.Key)).OrderBy(h => h.Key), foreign.Headers.Where(h => !changing.Contains(h.Key)).OrderBy(h => h.Key));
    }

    [GeneratedRegex("req_[0-9a-z]{26}")]
    private static partial Regex RequestId();
}
