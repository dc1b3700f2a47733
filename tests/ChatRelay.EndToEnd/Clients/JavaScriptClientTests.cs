using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>src/chatrelay-js: its own tests, on Node's runner, and that what is rendered from openapi.yaml was.</summary>
public sealed class JavaScriptClientTests
{
    [Fact]
    public async Task The_client_holds_its_own_tests()
    {
        var (code, said) = await RunAsync("--test", [.. Directory.GetFiles(Repository.File("src/chatrelay-js/test"), "*.test.js")]);
        Assert.True(code == 0 && said.Contains("\n# fail 0", StringComparison.Ordinal), said);
        Assert.DoesNotContain("\n# pass 0", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Types_and_operations_are_what_openapi_yaml_says_and_the_sources_pass_the_compiler()
    {
        var (code, said) = await RunAsync(Repository.File("src/chatrelay-js/tools/render.mjs"), "--check");
        Assert.True(code == 0, $"{said}\nnode src/chatrelay-js/tools/render.mjs writes them");
    }

    private static async Task<(int Code, string Said)> RunAsync(string first, params string[] more)
    {
        using var run = NodePeer.Start(first, more);
        run.StandardInput.Close();
        var (said, complained) = (run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync();
        return (run.ExitCode, $"{await said}\n{await complained}");
    }
}
