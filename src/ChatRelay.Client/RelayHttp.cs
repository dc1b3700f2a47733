using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ChatRelay.Client;

/// <summary>One call as it goes over the wire, every try the same.</summary>
internal sealed record RelayCall(HttpMethod Method, string Path, byte[]? Body = null, string? IdempotencyKey = null, bool Repeatable = false);

/// <summary>Tries a call until it is answered, or until the policy gives up. A failure is a value here.</summary>
internal sealed class RelayHttp(HttpClient http, RelayOptions options)
{
    private readonly string root = options.Url.AbsoluteUri.TrimEnd('/');
    private readonly AuthenticationHeaderValue bearer = new("Bearer", options.Key);

    /// <summary>Read as JSON.</summary>
    public Task<RelayResult<T>> AskAsync<T>(RelayCall call, JsonTypeInfo<T> type, CancellationToken ct) => SendAsync(call, async (content, token) =>
        await JsonSerializer.DeserializeAsync(await content.ReadAsStreamAsync(token), type, token) ?? throw new JsonException("null"), ct);

    /// <summary>Read as text.</summary>
    public Task<RelayResult<string>> AskTextAsync(RelayCall call, CancellationToken ct) => SendAsync(call, (content, token) => content.ReadAsStringAsync(token), ct);

    /// <summary>Nothing is read.</summary>
    public Task<RelayResult<Done>> DoAsync(RelayCall call, CancellationToken ct) => SendAsync(call, (_, _) => Task.FromResult(new Done()), ct);

    private async Task<RelayResult<T>> SendAsync<T>(RelayCall call, Func<HttpContent, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (result, tried) = await TryAsync(call, read, ct);
            if (result.IsOk || RetryPolicy.Decide(options, attempt, tried, call.Repeatable, options.Chance()) is not { } wait) return result;
            await Task.Delay(wait, options.Clock, ct);
        }
    }

    private async Task<(RelayResult<T>, Tried)> TryAsync<T>(RelayCall call, Func<HttpContent, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        using var time = new CancellationTokenSource(options.AttemptTime, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, ct);
        try
        {
            using var request = RequestOf(call);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (answer.IsSuccessStatusCode) return (new(await read(answer.Content, either.Token)), default);
            return await RefusalOfAsync<T>(answer, either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (new(new RelayFailure.NoAnswer($"No answer within {options.AttemptTime.TotalSeconds:0.#} s.")), default);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return (new(new RelayFailure.NoAnswer(e.Message)), default);
        }
        catch (JsonException e)
        {
            return (new(new RelayFailure.Unreadable(200, $"The answer cannot be read: {e.Message}")), new(200, false, null));
        }
    }

    private async Task<(RelayResult<T>, Tried)> RefusalOfAsync<T>(HttpResponseMessage answer, CancellationToken ct)
    {
        var (status, after) = ((int)answer.StatusCode, RetryAfterOf(answer.Headers.RetryAfter));
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return (new(new RelayFailure.Unreadable(status, "The answer is not the relay's.")), new(status, false, after));
        try
        {
            var problem = await JsonSerializer.DeserializeAsync(await answer.Content.ReadAsStreamAsync(ct), RelayJson.Default.Problem, ct) ?? new();
            return (new(new RelayFailure.Refused(status, problem, after)), new(status, problem.Retryable, after));
        }
        catch (JsonException)
        {
            return (new(new RelayFailure.Unreadable(status, "The problem cannot be read.")), new(status, false, after));
        }
    }

    private HttpRequestMessage RequestOf(RelayCall call)
    {
        var request = new HttpRequestMessage(call.Method, root + call.Path);
        request.Headers.Authorization = bearer;
        if (call.IdempotencyKey is { } key) request.Headers.Add("Idempotency-Key", key);
        if (call.Body is { } body) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        return request;
    }

    private TimeSpan? RetryAfterOf(RetryConditionHeaderValue? said) =>
        said?.Delta ?? (said?.Date is { } date ? TimeSpan.FromTicks(Math.Max(0, (date - options.Clock.GetUtcNow()).Ticks)) : null);
}
