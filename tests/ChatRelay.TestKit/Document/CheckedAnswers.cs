using System.Net;

namespace ChatRelay.TestKit.Document;

/// <summary>An answer that the document does not allow. It fails whichever test saw it.</summary>
public sealed class UndocumentedAnswerException(string message) : Exception(message);

/// <summary>Stands in every HTTP client of the test kit: each answer of a relay is compared with its own document.</summary>
public sealed class CheckedAnswers(HttpMessageHandler inner, Lazy<ApiAnswers> answers) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var mediaType = response.Content.Headers.ContentType?.MediaType ?? "";
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols) return response;

        var isStream = mediaType is "text/event-stream"; // it may never end: its head is compared
        if (!isStream) await response.Content.LoadIntoBufferAsync(cancellationToken);
        var seen = new SeenAnswer(
            request.Method.Method, request.RequestUri!.PathAndQuery, (int)response.StatusCode,
            response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(", ", h.Value)),
            isStream ? default : await response.Content.ReadAsByteArrayAsync(cancellationToken));
        var faults = answers.Value.Compare(seen);
        if (faults.Count > 0) throw new UndocumentedAnswerException($"{seen.Method} {seen.Target} answered {seen.Status}, not as openapi.yaml says:\n  {string.Join("\n  ", faults)}");
        return response;
    }
}
