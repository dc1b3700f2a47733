using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Document;

namespace ChatRelay.Tests.Http.Document;

/// <summary>openapi.yaml is rendered, never written. `CHATRELAY_RENDER=1 ./chatrelay test -class '*OpenApiFileTests'` renders it anew.</summary>
public sealed class OpenApiFileTests(DocumentHost document) : IClassFixture<DocumentHost>
{
    [Fact]
    public void The_committed_document_is_what_the_code_renders()
    {
        var rendered = Encoding.UTF8.GetString(document.Document.Yaml.Span);
        if (Environment.GetEnvironmentVariable("CHATRELAY_RENDER") == "1") File.WriteAllText(Repository.File("openapi.yaml"), rendered);
        var committed = File.Exists(Repository.File("openapi.yaml")) ? File.ReadAllText(Repository.File("openapi.yaml")) : "";
        var line = committed.Split('\n').Zip(rendered.Split('\n')).TakeWhile(pair => pair.First == pair.Second).Count() + 1;
        Assert.True(committed == rendered, $"openapi.yaml differs from the code at line {line}. Render it: CHATRELAY_RENDER=1 ./chatrelay test -class '*OpenApiFileTests'");
    }

    [Fact]
    public async Task An_outside_linter_finds_no_error_and_no_warning()
    {
        var rendered = Path.Combine(Path.GetTempPath(), $"openapi-{Guid.NewGuid():n}.yaml");
        await File.WriteAllBytesAsync(rendered, document.Document.Yaml);
        try
        {
            using var linter = Process.Start(new ProcessStartInfo(Repository.File("tests/node/node_modules/.bin/redocly"), ["lint", rendered, "--max-problems=50", "--format=stylish"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Repository.File("tests/node"),
                Environment = { ["REDOCLY_TELEMETRY"] = "off", ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true", ["NO_COLOR"] = "1" },
            })!;
            var (said, complained) = (linter.StandardOutput.ReadToEndAsync(), linter.StandardError.ReadToEndAsync());
            await linter.WaitForExitAsync();
            Assert.True(linter.ExitCode == 0 && !(await said + await complained).Contains("warning", StringComparison.OrdinalIgnoreCase), await said + await complained);
        }
        finally
        {
            File.Delete(rendered);
        }
    }

    [Fact]
    public async Task Both_forms_are_served_and_are_the_same_document()
    {
        using var json = await document.Host.Anonymous.GetAsync("/openapi.json");
        using var yaml = await document.Host.Anonymous.GetAsync("/openapi.yaml");
        Assert.Equal("application/json", json.Content.Headers.ContentType?.MediaType);
        Assert.Equal("application/yaml", yaml.Content.Headers.ContentType?.MediaType);
        Assert.True(JsonNode.DeepEquals(document.Document.Model, JsonNode.Parse(await json.Content.ReadAsStringAsync())));
        Assert.Equal(document.Document.Yaml, await yaml.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public void Every_operation_says_who_may_call_it_and_how_it_is_refused() => Assert.All(document.Said, operation =>
    {
        var (path, method, said) = operation;
        foreach (var member in (string[])["operationId", "summary", "description", "tags", "security", "responses"]) Assert.NotNull(said[member]);
        var open = said["security"]!.AsArray().Count == 0;
        string[] expected = open ? ["400", "500"] : ["400", "401", "403", "429", "500", "503"];
        Assert.All(expected, status => Assert.NotNull(said["responses"]![status]));
        Assert.Equal(said["requestBody"] is not null, said["responses"]!["415"] is not null);
        if (open) return; // a token in the path is refused with 401, and who posts under it can send no key
        if (path.Replace("{user}", "", StringComparison.Ordinal).Replace("{other}", "", StringComparison.Ordinal).Contains('{', StringComparison.Ordinal)) Assert.NotNull(said["responses"]!["404"]); // whoever is named is a user
        if (path == "/v1/tokens") return; // a stored token would outlive what it was minted for
        Assert.True(method != "post" || said["parameters"]?.ToJsonString().Contains("IdempotencyKey", StringComparison.Ordinal) == true, $"{path} keeps no answer");
    });

    [Fact]
    public void Every_example_of_a_request_is_one_that_its_route_reads() => Assert.All(document.Operations.Where(o => o.Body is not null), operation =>
    {
        using var syntax = JsonSyntax.Read(Encoding.UTF8.GetBytes(operation.Body!.Example));
        Assert.Null(syntax.Fault);
        var faults = new Faults();
        Shape.Of(operation.Body.Request).Root.Read(syntax.Document!.RootElement, faults);
        Assert.True(faults.Count == 0, $"{operation.Id}: {string.Join("; ", faults)}");
    });

    [Fact]
    public void Every_example_of_an_answer_is_as_its_schema_says()
    {
        var schemas = new SchemaCheck(document.Document.Model);
        Assert.All(document.Said, operation =>
        {
            foreach (var (status, said) in operation.Said["responses"]!.AsObject())
            {
                foreach (var (_, media) in schemas.Resolve(said!)["content"] as JsonObject ?? [])
                {
                    var examples = media!["example"] is { } one ? [one] : media["examples"]!.AsObject().Select(e => schemas.Resolve(e.Value!)["value"]!);
                    foreach (var example in examples)
                    {
                        var faults = schemas.Compare(JsonSerializer.SerializeToElement(example), media["schema"]!);
                        Assert.True(faults.Count == 0, $"{operation.Said["operationId"]} {status}: {string.Join("; ", faults)}");
                    }
                }
            }
        });
    }

    [Fact]
    public void A_list_holds_objects_and_never_nulls() => Assert.All(
        document.Document.Model["components"]!["schemas"]!.AsObject().Where(s => s.Value!["properties"]?["has_more"] is not null),
        page => Assert.NotNull(page.Value!["properties"]!["data"]!["items"]!["$ref"]));

    [Fact]
    public void Every_route_says_who_may_call_it() =>
        Assert.All(document.Host.Services.GetEndpoints(), endpoint => Assert.NotNull(endpoint.Metadata.GetMetadata<Access>()));

    [Fact]
    public void Every_post_that_keeps_its_answer_takes_the_key_after_its_body() => Assert.All(
        document.Host.Services.GetEndpoints().Where(e => e.Metadata.GetMetadata<KeepsAnswer>() is not null), endpoint =>
        {
            var parameters = endpoint.Metadata.GetRequiredMetadata<System.Reflection.MethodInfo>().GetParameters().ToList();
            var (key, body) = (parameters.FindIndex(p => p.ParameterType == typeof(Keyed)), parameters.FindIndex(p => p.ParameterType.Name.StartsWith("Body`", StringComparison.Ordinal)));
            Assert.True(key > body, $"{endpoint.DisplayName}: a key that its handler does not take is not kept");
        });

    [Fact]
    public async Task The_page_runs_no_script_of_its_own_and_reads_our_document()
    {
        using var page = await document.Host.Anonymous.GetAsync("/docs/index.html");
        var text = await page.Content.ReadAsStringAsync();
        Assert.Equal(200, (int)page.StatusCode);
        Assert.DoesNotMatch("<script(?![^>]*src)", text);
        Assert.Contains("script-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("/openapi.yaml", await document.Host.Anonymous.GetStringAsync("/docs/index.js"), StringComparison.Ordinal);
        Assert.Equal(200, (int)(await document.Host.Anonymous.GetAsync("/docs/swagger-ui-bundle.js")).StatusCode);
    }
}

internal static class EndpointsOf
{
    public static IEnumerable<Microsoft.AspNetCore.Routing.RouteEndpoint> GetEndpoints(this IServiceProvider services) =>
        ((Microsoft.AspNetCore.Routing.EndpointDataSource)services.GetService(typeof(Microsoft.AspNetCore.Routing.EndpointDataSource))!).Endpoints.OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>();
}
