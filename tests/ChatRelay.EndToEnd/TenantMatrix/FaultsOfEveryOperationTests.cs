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
    public async Task Every_operation_refuses_a_parameter_that_it_does_not_have_and_a_twin_whose_first_still_runs()
    {
        var rows = Rows.All.ToDictionary(r => r.Operation);
        var running = world.Host.Services.GetRequiredService<RunningClaims>();
        var operatorKey = $"{(await world.Host.SqlAsync("select id from relay.operator_keys"))!:n}";
        foreach (var operation in operations)
        {
            var (path, body) = await rows[operation.Id].CallAsync(world);
            await ExpectAsync(operation, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}nobody=knows", body, 400);
            if (!operation.KeepsAnswer) continue;
            var key = $"{Guid.NewGuid():n}";
            Assert.True(running.TryEnter(IdempotencyKey.Hash(operation.ForTenants ? $"{world.Owner.Wall:n}" : operatorKey, "POST", path, key)));
            await ExpectAsync(operation, path, body, 409, (IdempotencyKey.Header, key));
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Every_operation_of_a_known_caller_may_be_asked_too_often()
    {
        await using var node = await RelayHost.StartAsync(world.Host.Database, world.Host.Folder, ("CHATRELAY_RATE_PER_S", "1"), ("CHATRELAY_RATE_BURST", "1"));
        using var tenant = node.Client(world.Owner.Key);
        using var @operator = node.Client(node.OperatorKey);
        foreach (var operation in operations.Where(o => !o.IsOpen))
        {
            var caller = operation.ForTenants ? tenant : @operator;
            var said = await caller.AskAsync(operation.Method, Anywhere(operation));
            for (var again = 0; again < 20 && said.Status != 429; again++) said = await caller.AskAsync(operation.Method, Anywhere(operation));
            if (said.Status != 429) wrong.Add($"{operation.Id}: {said}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

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
