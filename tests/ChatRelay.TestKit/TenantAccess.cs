using System.Net.Http.Json;
using System.Text.Json;
using ChatRelay.Protocol;

namespace ChatRelay.TestKit;

/// <summary>A tenant as a test holds it: its id, its first key, and a client that uses it.</summary>
internal sealed record TenantAccess(string Id, string Key, HttpClient Http, RelayHost Host)
{
    /// <summary>What its rows are under.</summary>
    public Guid Wall => RelayId.TryParse<TenantId>(Id, out var id) ? id.Value : throw new InvalidOperationException(Id);

    public static async Task<TenantAccess> MakeAsync(RelayHost host, string name)
    {
        using var answer = await host.Operator.PostAsJsonAsync("/v1/tenants", new { name });
        answer.EnsureSuccessStatusCode();
        var made = await answer.Content.ReadFromJsonAsync<JsonElement>();
        var key = made.GetProperty("api_key").GetString()!;
        return new(made.GetProperty("id").GetString()!, key, host.Client(key), host);
    }

    /// <summary>A further key: with fewer scopes, or for the other environment.</summary>
    public async Task<HttpClient> WithKeyAsync(string environment = "live", params string[] scopes)
    {
        object asked = scopes.Length == 0 ? new { name = "test", environment } : new { name = "test", environment, scopes };
        using var answer = await Http.PostAsJsonAsync("/v1/api-keys", asked);
        answer.EnsureSuccessStatusCode();
        var made = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return Host.Client(made.GetProperty("key").GetString());
    }
}

/// <summary>Short ways to ask and to read what came back.</summary>
internal static class Asking
{
    public static async Task<Said> AskAsync(this HttpClient client, HttpMethod method, string path, object? body = null, string? idempotencyKey = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is HttpContent content) request.Content = content;
        else if (body is string raw) request.Content = new StringContent(raw, System.Text.Encoding.UTF8, "application/json");
        else if (body is not null) request.Content = JsonContent.Create(body);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var json = text.Length > 0 && answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
            ? JsonDocument.Parse(text).RootElement : default;
        var came = answer.Headers.Concat(answer.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);
        return new((int)answer.StatusCode, json, text, came);
    }

    public static Task<Said> ReadAsync(this HttpClient client, string path) => client.AskAsync(HttpMethod.Get, path);
    public static Task<Said> SendAsync(this HttpClient client, string path, object body, string? idempotencyKey = null) => client.AskAsync(HttpMethod.Post, path, body, idempotencyKey);
    public static Task<Said> ChangeAsync(this HttpClient client, string path, object body) => client.AskAsync(HttpMethod.Patch, path, body);
    public static Task<Said> RemoveAsync(this HttpClient client, string path) => client.AskAsync(HttpMethod.Delete, path);
}

/// <summary>An answer, read whole.</summary>
internal sealed record Said(int Status, JsonElement Json, string Text, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>A member by its path: `errors.0.pointer`.</summary>
    public JsonElement this[string path] => path.Split('.').Aggregate(Json, (at, step) => at.ValueKind == JsonValueKind.Array ? at[int.Parse(step)] : at.GetProperty(step));

    public string Code => this["code"].GetString()!;
    public string Id => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("id", out var id) ? id.GetString()! : throw new InvalidOperationException($"no id in {this}");

    /// <summary>What is wrong, as `pointer code`, in order.</summary>
    public IReadOnlyList<string> Faults => [.. Json.GetProperty("errors").EnumerateArray().Select(e => $"{e.GetProperty("pointer").GetString()} {e.GetProperty("code").GetString()}")];

    public override string ToString() => $"{Status} {Text}";
}
