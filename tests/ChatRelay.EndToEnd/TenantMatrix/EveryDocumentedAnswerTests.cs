using ChatRelay.TestKit;
using ChatRelay.TestKit.Document;

namespace ChatRelay.EndToEnd.TenantMatrix;

/// <summary>Run last by `./chatrelay test`: what all the tests before it have seen, beside what the document promises.</summary>
public sealed class EveryDocumentedAnswerTests
{
    [Fact(Explicit = true)]
    public async Task Every_documented_answer_of_every_operation_was_seen_by_a_test_and_was_as_documented()
    {
        Assert.NotNull(SeenAnswers.Folder);
        var seen = Directory.EnumerateFiles(SeenAnswers.Folder).SelectMany(File.ReadLines).ToHashSet();
        await using var host = await RelayHost.StartAsync();
        var documented = host.Answers.Documented().ToList();
        Assert.True(documented.Count > 1_500, $"{documented.Count}");
        var unseen = documented.Where(line => !seen.Contains(line)).ToList();
        Assert.True(unseen.Count == 0, $"{unseen.Count} of {documented.Count} documented answers are produced by no test:\n{string.Join('\n', unseen)}");
    }
}
