using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Pipeline;
using ChatRelay.TestKit;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatRelay.EndToEnd.TenantMatrix;

/// <summary>What any operation may answer, whatever it does. Each is asked for each of them, and the client compares every answer with the document.</summary>
public sealed class FaultsOfEveryOperationTests : IAsyncLifetime
{
    private readonly List<string> wrong = [];
    private World world = null!;
    private IReadOnlyList<Operation> operations = null!;

    public async ValueTask InitializeAsync()
    {
        world = await World.MakeAsync(services => services
            .AddSingleton<MatcherPolicy, FaultOnDemand>()
            .PostConfigure<LoggerFilterOptions>(log => log.Rules.Clear()).PostConfigure<LoggerFilterOptions>(log => log.MinLevel = LogLevel.None)); // hundreds of faults that were asked for
        operations = Operation.Of((await world.Host.Anonymous.ReadAsync("/openapi.json")).Json);
    }

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task Every_operation_refuses_heads_that_are_too_large_and_tells_when_the_relay_fails()
    {
        foreach (var operation in operations)
        {
            var path = Anywhere(operation);
            await ExpectAsync(operation, $"{path}?x={new string('x', EveryAnswer.MaxTarget)}", null, 414);
            await ExpectAsync(operation, path, null, 431, ("X-Long", new string('x', EveryAnswer.MaxHeaders)));
            await ExpectAsync(operation, path, null, 500, (FaultOnDemand.Header, "500"));
            await ExpectAsync(operation, path, null, 503, (FaultOnDemand.Header, "503"));
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Every_operation_refuses_a_strange_parameter_an_impossible_name_too_long_a_body_and_a_twin_whose_first_still_runs()
    {
        var rows = Rows.All.ToDictionary(r => r.Operation);
        var running = world.Host.Services.GetRequiredService<RunningClaims>();
        var limits = world.Host.Services.GetRequiredService<ApiRoutes>().DataSources.SelectMany(s => s.Endpoints).Where(e => e.Metadata.GetMetadata<BodyLimit>() is not null)
            .ToDictionary(e => e.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName, e => (int)e.Metadata.GetRequiredMetadata<BodyLimit>().MaxBytes);
        var operatorKey = $"{(await world.Host.SqlAsync("select id from relay.operator_keys"))!:n}";
        foreach (var operation in operations)
        {
            var (path, body) = await rows[operation.Id].CallAsync(world);
            await ExpectAsync(operation, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}nobody=knows", body, 400);
            if (!operation.IsOpen && operation.Path.Contains('{', StringComparison.Ordinal)) await ExpectAsync(operation, Nowhere(operation, path), body, operation.Path.Contains("/users/", StringComparison.Ordinal) || operation.Path.Contains("{user}", StringComparison.Ordinal) ? 400 : 404);
            if (limits.TryGetValue(operation.Id, out var limit)) await ExpectAsync(operation, path, new string(' ', limit + 1), 413, ("Expect", "100-continue")); // refused by its length: none of it is sent
            if (!operation.KeepsAnswer) continue;
            var key = $"{Guid.NewGuid():n}";
            Assert.True(running.TryEnter(IdempotencyKey.Hash(operation.ForTenants ? $"{world.Owner.Wall:n}" : operatorKey, "POST", path, key)));
            await ExpectAsync(operation, path, body, 409, (IdempotencyKey.Header, key));
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Every_operation_that_knows_who_asks_may_be_asked_too_often()
    {
        await using var node = await RelayHost.StartAsync(world.Host.Database, world.Host.Folder, ("CHATRELAY_RATE_PER_S", "1"), ("CHATRELAY_RATE_BURST", "1"), ("CHATRELAY_USER_RATE_PER_S", "1"), ("CHATRELAY_USER_RATE_BURST", "1"), ("CHATRELAY_FAILED_KEYS_PER_MINUTE", "1"));
        var token = (await world.Owner.Http.SendAsync("/v1/tokens", new { user = "u_1" }))["token"].GetString();
        using var tenant = node.Client(world.Owner.Key);
        using var @operator = node.Client(node.OperatorKey);
        foreach (var operation in operations)
        {
            var (caller, body) = operation switch
            {
                { Id: "connect.poll" } => (node.Anonymous, (object?)new { v = 1, token, wait_s = 0 }),
                { Id: "connect.events" } => (node.Anonymous, new { v = 1, token, wrong = "so that no stream begins" }),
                { Id: "inbound.receive" } => (node.Anonymous, new { }),
                { IsOpen: true } => (null, null),
                _ => (operation.ForTenants ? tenant : @operator, null),
            };
            if (caller is null) continue; // health, the document, public keys: nobody is known
            var said = await caller.AskAsync(operation.Method, Anywhere(operation), body);
            for (var again = 0; again < 20 && said.Status != 429; again++) said = await caller.AskAsync(operation.Method, Anywhere(operation), body);
            if (said.Status != 429) wrong.Add($"{operation.Id}: {said}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task What_another_has_is_a_conflict_and_what_was_erased_is_gone()
    {
        var (host, owner) = (world.Host, world.Owner.Http);
        var tenant = (await host.Operator.SendAsync("/v1/tenants", new { name = "a", external_id = "taken" })).Id;
        Assert.Equal(409, (await host.Operator.ChangeAsync($"/v1/tenants/{(await host.NewTenantAsync()).Id}", new { external_id = "taken" })).Status);
        Assert.Equal(200, (await host.Operator.ChangeAsync($"/v1/tenants/{tenant}", new { external_id = "taken" })).Status);

        var endpoint = new { url = "https://example.com/hooks", external_id = "taken" };
        Assert.Equal(201, (await owner.SendAsync("/v1/webhook-endpoints", endpoint)).Status);
        var other = (await owner.SendAsync("/v1/webhook-endpoints", new { endpoint.url })).Id;
        Assert.Equal(409, (await owner.ChangeAsync($"/v1/webhook-endpoints/{other}", new { endpoint.external_id })).Status);
        Assert.Equal(409, (await owner.AskAsync(HttpMethod.Put, $"/v1/webhook-endpoints/{other}", endpoint)).Status);

        var canceled = (await owner.SendAsync("/v1/notifications", new { to = new { email = "ann@example.com" }, content = new { subject = "Hello", text = "It works." }, send_at = DateTimeOffset.UtcNow.AddDays(7) })).Id;
        Assert.Equal(200, (await owner.AskAsync(HttpMethod.Post, $"/v1/notifications/{canceled}/cancel")).Status);
        var delivery = (await owner.ReadAsync($"/v1/notifications/{canceled}"))["deliveries.0.id"].GetString();
        Assert.Equal(204, (await owner.RemoveAsync($"/v1/notifications/{canceled}/content")).Status);
        Assert.Equal(410, (await owner.AskAsync(HttpMethod.Post, $"/v1/deliveries/{delivery}/retry")).Status);
    }

    [Fact]
    public async Task A_stream_begins_as_the_document_says()
    {
        var token = (await world.Owner.Http.SendAsync("/v1/tokens", new { user = "u_1" }))["token"].GetString();
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/v1/connect/events") { Content = System.Net.Http.Json.JsonContent.Create(new { v = 1, token }) };
        using var answer = await world.Host.Anonymous.SendAsync(asked, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((200, "text/event-stream"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    private static string Nowhere(Operation operation, string path) =>
        string.Join('/', operation.Path.Split('/').Select(part => part.StartsWith('{') ? new string('x', 300) : part)) + path[path.Split('?')[0].Length..];

    private static string Anywhere(Operation operation) => operation.Path.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);

    private async Task ExpectAsync(Operation operation, string path, object? body, int status, params (string Name, string Value)[] headers)
    {
        var caller = operation.IsOpen ? world.Host.Anonymous : operation.ForTenants ? world.Owner.Http : world.Host.Operator;
        try
        {
            var said = await caller.AskAsync(operation.Method, path, body, null, headers);
            if (said.Status != status) wrong.Add($"{operation.Id}: expected {status}, got {said}");
        }
        catch (TestKit.Document.UndocumentedAnswerException other)
        {
            wrong.Add($"{operation.Id}: expected {status}, got {other.Message}");
        }
    }
}
