using ChatRelay.Http.Document;
using ChatRelay.Realtime;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Frames;
using ChatRelay.Tests.Http.Document;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Realtime.AsyncApi;

/// <summary>asyncapi.yaml is rendered, never written. `CHATRELAY_RENDER=1 ./chatrelay test -class '*AsyncApiFileTests'` renders it anew.</summary>
public sealed class AsyncApiFileTests(DocumentHost document) : IClassFixture<DocumentHost>
{
    private IReadOnlyList<SocketOp> Ops => [.. document.Host.Services.GetServices<SocketOps>().SelectMany(o => o.All)];

    [Fact]
    public void The_committed_document_is_what_the_code_renders()
    {
        var rendered = ApiDocument.RenderYaml(AsyncApiDocument.Of(Ops));
        if (Environment.GetEnvironmentVariable("CHATRELAY_RENDER") == "1") File.WriteAllText(Repository.File("asyncapi.yaml"), rendered);
        Assert.True(File.ReadAllText(Repository.File("asyncapi.yaml")) == rendered, "asyncapi.yaml differs from the code. Render it: CHATRELAY_RENDER=1 ./chatrelay test -class '*AsyncApiFileTests'");
    }

    [Fact]
    public void The_page_of_the_socket_has_every_op_and_every_push()
    {
        var page = File.ReadAllText(Repository.File("docs/socket.md"));
        Assert.All(Ops.Select(o => o.Name).Concat(SocketFrames.Pushed.Keys), name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"ev":"room","r":"room_1","e":"1","state":"left","head":2}""")]
    [InlineData("""{"ev":"presence","r":"room_1","count":1,"leave":[{"user":"ann"}],"update":[{"user":"bob","status":"dnd","text":"busy"}]}""")]
    [InlineData("""{"ev":"bye","code":4200,"reason":"draining","retry_ms":[0,2000]}""")]
    [InlineData("""{"ev":"bye","code":4009,"reason":"bad token","retry_ms":null}""")]
    [InlineData("""{"ev":"inbox.state","e":"1","s":3,"id":null,"up_to":2,"state":"read","ts":"2026-01-31T12:00:00.000Z"}""")]
    public void A_frame_as_it_should_be_has_no_fault(string frame) => Assert.Empty(SocketFrames.Faults(System.Text.Json.JsonDocument.Parse(frame).RootElement));

    [Theory]
    [InlineData("""{"ev":"head","r":"room_1","e":"1","s":3,"more":1}""", "more: not in the document")]
    [InlineData("""{"ev":"head","r":"room_1","e":"1"}""", "s: missing")]
    [InlineData("""{"ev":"bye","code":4200,"reason":"draining","retry_ms":"1"}""", "retry_ms: is none of [int]|null")]
    [InlineData("""{"ev":"presence","r":"room_1","count":1,"join":[{"user":"ann","status":"asleep"}]}""", "join: status: is none of online|away|dnd")]
    [InlineData("""{"ev":"nothing"}""", "no such ev")]
    public void A_frame_that_no_document_has_is_seen(string frame, string fault) => Assert.Equal([fault], SocketFrames.Faults(System.Text.Json.JsonDocument.Parse(frame).RootElement));
}
