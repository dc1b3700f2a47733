using ChatRelay.Http;
using ChatRelay.Protocol;

namespace ChatRelay.Operations;

/// <summary>GET /: what this is and the first three steps. GET /docs/problems/{code}: what a refusal means.</summary>
internal static class Welcome
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/", Home).WithName("home").Open().ExcludeFromDescription();
        app.MapGet("/docs/problems", () => ProblemList()).Open().ExcludeFromDescription();
        app.MapGet("/docs/problems/{code}", (string code) => ProblemPage(code)).Open().ExcludeFromDescription();
    }

    private static HtmlPage Home(HttpRequest request)
    {
        var address = HtmlPage.Text($"{request.Scheme}://{request.Host}");
        return new("ChatRelay", $$"""
            <h1>ChatRelay</h1>
            <p>A relay for notifications and messages. Your backend sends by REST; the relay delivers by mail and webhook, with retries,
            fallbacks and a log of every attempt.</p>
            <h2>The first three steps</h2>
            <ol>
            <li><p>Make a tenant with the operator's key (the server printed where it is). The answer holds an API key.</p>
            <pre>curl -sS {{address}}/v1/tenants \
              -H "Authorization: Bearer $(cat .data/operator.key)" \
              -H 'Content-Type: application/json' -d '{"name":"First"}'</pre></li>
            <li><p>Put that key into the environment and send a mail. No provider is set up yet, so the sandbox takes it.</p>
            <pre>export KEY=cr_live_…
            curl -sS {{address}}/v1/notifications \
              -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
              -d '{"to":{"email":"ann@example.com"},"content":{"subject":"Hello","text":"It works."} }'</pre></li>
            <li><p>See what became of it, and the mail itself.</p>
            <pre>curl -sS {{address}}/v1/notifications -H "Authorization: Bearer $KEY"
            curl -sS {{address}}/v1/sandbox/emails -H "Authorization: Bearer $KEY"</pre></li>
            </ol>
            <p><a href="/docs">The API</a> · <a href="/openapi.yaml">openapi.yaml</a> · <a href="/docs/problems">Problems</a> · <a href="/ops">Console</a> · <a href="/health/ready">Health</a></p>
            """);
    }

    private static HtmlPage ProblemList() => new("Problems", $"""
        <h1>Problems</h1>
        <p>Every refusal is <code>application/problem+json</code> with one of these codes.</p>
        <table><thead><tr><th>Status</th><th>Code</th><th>Meaning</th></tr></thead><tbody>
        {string.Concat(ProblemCode.All.Select(p => $"<tr><td>{p.Status}</td><td><a href=\"/docs/problems/{p.Code}\"><code>{p.Code}</code></a></td><td>{HtmlPage.Text(p.Title)}</td></tr>\n"))}
        </tbody></table>
        """);

    private static IResult ProblemPage(string code) => ProblemCode.All.FirstOrDefault(p => p.Code == code) is { } problem
        ? new HtmlPage(problem.Title, $"""
            <p><a href="/docs/problems">Problems</a></p>
            <h1>{HtmlPage.Text(problem.Title)}</h1>
            <p><code>{problem.Code}</code>, status {problem.Status}. {(problem.Retryable ? "The same request may succeed later." : "The same request will be refused again.")}</p>
            <p>{HtmlPage.Text(problem.Meaning)}</p>
            """)
        : Problem.NotFound;
}
