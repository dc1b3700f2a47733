using ChatRelay.TestKit;

namespace ChatRelay.Tests.Operations;

/// <summary>samples/web-chat: its modules' own tests, on Node's runner.</summary>
public sealed class WebChatModulesTests
{
    [Fact]
    public async Task The_modules_of_the_web_chat_hold_their_own_tests()
    {
        var ct = TestContext.Current.CancellationToken;
        using var run = NodePeer.Start("web-chat.mjs");
        run.StandardInput.Close();
        var (said, complained) = (run.StandardOutput.ReadToEndAsync(ct), run.StandardError.ReadToEndAsync(ct));
        await run.WaitForExitAsync(ct);
        Assert.True(run.ExitCode == 0 && (await said).Contains("\n# fail 0", StringComparison.Ordinal), $"{await said}\n{await complained}");
        Assert.DoesNotContain("\n# pass 0", await said, StringComparison.Ordinal);
    }
}
