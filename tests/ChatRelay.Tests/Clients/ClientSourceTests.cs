using ChatRelay.TestKit;
using ChatRelay.Tests.Http.Document;

namespace ChatRelay.Tests.Clients;

/// <summary>Half of the C# client is rendered, never written. `CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'` renders it anew.</summary>
public sealed class ClientSourceTests(DocumentHost document) : IClassFixture<DocumentHost>
{
    private static readonly string Folder = Repository.File(ClientSource.Folder);

    [Fact]
    public void The_committed_client_is_what_the_document_renders()
    {
        var rendered = ClientSource.Render(document.Document.Model);
        if (Environment.GetEnvironmentVariable("CHATRELAY_RENDER") == "1")
        {
            if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
            Directory.CreateDirectory(Folder);
            foreach (var (file, text) in rendered) File.WriteAllText(Path.Combine(Folder, file), text);
        }
        var committed = Directory.EnumerateFiles(Folder).ToDictionary(f => Path.GetFileName(f), File.ReadAllText);
        Assert.Equal(rendered.Keys, committed.Keys.Order(StringComparer.Ordinal));
        Assert.All(rendered, file => Assert.True(file.Value == committed[file.Key], $"{file.Key} differs from the document. Render it: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'"));
    }

    [Fact]
    public void Every_operation_is_a_method_but_those_that_have_their_place_elsewhere()
    {
        var said = document.Said.Select(o => o.Said["operationId"]!.GetValue<string>()).ToList();
        Assert.Subset(said.ToHashSet(), ClientNames.LeftOut.ToHashSet());
        var methods = ClientSource.Render(document.Document.Model).Values.Sum(text => text.Split("    public Task<").Length - 1);
        Assert.Equal(said.Count - ClientNames.LeftOut.Count, methods);
    }
}
