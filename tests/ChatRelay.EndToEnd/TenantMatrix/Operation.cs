using System.Text.Json;

namespace ChatRelay.EndToEnd.TenantMatrix;

/// <summary>An operation as the rendered document has it.</summary>
internal sealed record Operation(string Id, HttpMethod Method, string Path, IReadOnlyList<string> Scopes, bool ForTenants, bool ForOperators, bool ForUsers, bool KeepsAnswer)
{
    public bool IsOpen => !ForTenants && !ForOperators;

    public static IReadOnlyList<Operation> Of(JsonElement document)
    {
        var operations = new List<Operation>();
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject())
            {
                if (method.Name is "parameters" or "summary" or "description") continue;
                var security = method.Value.GetProperty("security").EnumerateArray().SelectMany(s => s.EnumerateObject()).ToDictionary(s => s.Name, s => s.Value);
                var scopes = security.TryGetValue("tenant_key", out var named) ? named.EnumerateArray().Select(s => s.GetString()!).ToArray() : [];
                operations.Add(new(
                    method.Value.GetProperty("operationId").GetString()!, new HttpMethod(method.Name.ToUpperInvariant()), path.Name, scopes,
                    security.ContainsKey("tenant_key"), security.ContainsKey("operator_key"), security.ContainsKey("user_token"),
                    method.Value.TryGetProperty("parameters", out var parameters) && parameters.GetRawText().Contains("/IdempotencyKey\"", StringComparison.Ordinal)));
            }
        }
        return operations;
    }
}
