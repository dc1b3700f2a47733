using System.Net;
using System.Text.Json.Nodes;

namespace ChatRelay.TestKit.Document;

/// <summary>An answer that the document does not allow. It fails whichever test saw it.</summary>
public sealed class UndocumentedAnswerException(string message) : Exception(message);

/// <summary>Stands in every HTTP client of the test kit: each answer of a relay is compared with its own document.</summary>
public sealed class CheckedAnswers(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly SemaphoreSlim reading = new(1, 1);
    private ApiAnswers? answers;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var mediaType = response.Content.Headers.ContentType?.MediaType ?? "";
        if (mediaType is "text/event-stream" || response.StatusCode == HttpStatusCode.SwitchingProtocols) return response;

        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var seen = new SeenAnswer(
            request.Method.Method, request.RequestUri!.PathAndQuery, (int)response.StatusCode,
            response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(", ", h.Value)),
            await response.Content.ReadAsByteArrayAsync(cancellationToken));
        var faults = (await AnswersAsync(request, cancellationToken)).Compare(seen);
        if (faults.Count > 0) throw new UndocumentedAnswerException($"{seen.Method} {seen.Target} answered {seen.Status}, not as openapi.yaml says:\n  {string.Join("\n  ", faults)}");
        return response;
    }

    private async Task<ApiAnswers> AnswersAsync(HttpRequestMessage like, CancellationToken ct)
    {
        if (answers is { } known) return known;
        await reading.WaitAsync(ct);
        try
        {
            if (answers is not null) return answers;
            using var ask = new HttpRequestMessage(HttpMethod.Get, new Uri(like.RequestUri!, "/openapi.json"));
            using var document = await base.SendAsync(ask, ct);
            return answers = new ApiAnswers(JsonNode.Parse(await document.Content.ReadAsStringAsync(ct))!.AsObject());
        }
        finally
        {
            reading.Release();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) reading.Dispose();
        base.Dispose(disposing);
    }
}
