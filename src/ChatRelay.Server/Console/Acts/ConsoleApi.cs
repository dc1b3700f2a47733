using System.Text.Json;
using System.Text.Json.Nodes;
using ChatRelay.Http;
using ChatRelay.Tenants;
using Microsoft.AspNetCore.Http.Features;

namespace ChatRelay.Console;

/// <summary>One call of an operation of the API, by its name in openapi.yaml.</summary>
internal sealed record ApiCall(string Operation, Guid? Wall = null)
{
    /// <summary>Parts of the path.</summary>
    public IReadOnlyDictionary<string, string> Path { get; init; } = new Dictionary<string, string>();
    public string? Query { get; init; }
    public JsonObject? Body { get; init; }

    /// <summary>Its Idempotency-Key: a form that is sent twice is done once.</summary>
    public string? Once { get; init; }

    public static ApiCall Of(string operation, Guid? wall, string id, JsonObject? body = null) =>
        new(operation, wall) { Path = new Dictionary<string, string> { [operation.StartsWith("webhook_endpoints.", StringComparison.Ordinal) ? "endpoint" : "id"] = id }, Body = body };
}

/// <summary>What the API said.</summary>
internal sealed record ApiSaid(int Status, JsonElement Json, string? Location)
{
    public bool Good => Status < 300;

    /// <summary>A refusal in one line, with every fault of it.</summary>
    public string Why => Good ? "" : Text("detail") + (Json.TryGetProperty("errors", out var errors)
        ? " " + string.Join(" ", errors.EnumerateArray().Select(e => $"{e.GetProperty("pointer").GetString()}: {e.GetProperty("detail").GetString()}"))
        : "");

    public string? Text(string member) => Json.ValueKind is JsonValueKind.Object && Json.TryGetProperty(member, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    public T Read<T>() => Json.Deserialize<T>(Http.Json.RelayJson.Options)!;
}

/// <summary>
/// The console does nothing by itself: it asks the API's own endpoints, inside this process, as the operator who is signed in. So there is one set
/// of rules, one answer and one place that writes. For a tenant's operations the operator stands for the tenant: viewers may read, operators may change.
/// </summary>
internal sealed class ConsoleApi(ApiRoutes routes, TenantCache tenants)
{
    private static readonly Problem TooLittle = new(Protocol.ProblemCode.Forbidden, "This takes a key with a higher role.");

    public async Task<ApiSaid> AskAsync(HttpContext http, ApiCall call)
    {
        var who = http.Features.GetRequiredFeature<SignedIn>();
        var endpoint = routes.Find(call.Operation);
        using var body = new MemoryStream();
        var inner = new InnerRequest(call.Operation) { Path = call.Path, Query = call.Query, Body = call.Body, Once = call.Once }
            .For(endpoint, http.RequestServices, body, http.TraceIdentifier, http.RequestAborted);
        inner.Features.Set(who.Operator);
        if (await CallerAsync(who.Operator, endpoint, call, http.RequestAborted) is var (caller, refusal) && refusal is not null) await refusal.ExecuteAsync(inner);
        else
        {
            if (caller is not null) inner.Features.Set(caller);
            await endpoint.RequestDelegate!(inner);
        }
        await inner.Response.BodyWriter.FlushAsync(http.RequestAborted);
        return new(inner.Response.StatusCode, body.Length == 0 ? default : JsonDocument.Parse(body.ToArray()).RootElement, inner.Response.Headers.Location);
    }

    private async Task<(Caller?, Problem?)> CallerAsync(OperatorCaller who, RouteEndpoint endpoint, ApiCall call, CancellationToken ct)
    {
        if (endpoint.Metadata.GetMetadata<Access>() is Access.Operator { Role: var role }) return (null, who.Role >= role ? null : TooLittle);
        var reads = endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods is ["GET"];
        if (who.Role < (reads ? OperatorRole.Viewer : OperatorRole.Operator)) return (null, TooLittle);
        return await tenants.FindAsync(call.Wall!.Value, ct) is { } tenant
            ? (new Caller(tenant.Wall, tenant.Row.LiveId, tenant.Row.Environment, default, Scope.All, tenant.Limit) { Operator = who }, null)
            : (null, Problem.NotFound);
    }
}
