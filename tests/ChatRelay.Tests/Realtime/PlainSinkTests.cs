using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.Realtime;

namespace ChatRelay.Tests.Realtime;

/// <summary>Frames in the forms that they have without WebSocket.</summary>
public sealed class PlainSinkTests
{
    private static byte[] Frame(string text) => Frames.Text(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void A_block_comes_apart_into_the_frames_that_it_was_made_of()
    {
        foreach (var length in (int[])[1, 125, 126, 127, 65_535, 65_536, 200_000])
        {
            var texts = new[] { new string('a', length), "{}", new string('b', length) };
            ReadOnlySpan<byte> block = Frames.Joined([.. texts.Select(t => (ReadOnlyMemory<byte>)Frame(t)), Frames.Close(CloseCode.Draining)]).Span;
            var came = new List<string>();
            var closed = false;
            while (Frames.TryTake(ref block, out var text, out closed))
                if (!closed) came.Add(Encoding.UTF8.GetString(text));
                else break;
            Assert.Equal(texts, came);
            Assert.True(closed);
            Assert.True(block.IsEmpty);
        }
    }

    [Fact]
    public async Task An_event_has_its_lines_and_ends_with_an_empty_one()
    {
        var stream = new EventStream();
        stream.Write(Frame("""{"ev":"ping"}"""));
        stream.Write(Frame("{\"a\":\n\r\n1,\r2\n}"));
        await stream.FlushAsync();
        stream.Write(Frames.Joined([Frame("""{"ev":"bye"}"""), Frames.Close(CloseCode.Draining), Frame("after the end")]).Span);
        Assert.True((await stream.FlushAsync()).IsCompleted);

        var answer = new Pipe();
        await stream.CopyToAsync(answer.Writer, CancellationToken.None);
        await answer.Writer.CompleteAsync();
        using var read = new StreamReader(answer.Reader.AsStream());
        Assert.Equal("data: {\"ev\":\"ping\"}\n\ndata: {\"a\":\ndata: \ndata: 1,\ndata: 2\ndata: }\n\ndata: {\"ev\":\"bye\"}\n\n", await read.ReadToEndAsync());
    }

    [Fact]
    public async Task Who_does_not_read_holds_the_writer_back_and_whose_reader_is_gone_is_told_so()
    {
        var stream = new EventStream();
        stream.Write(Frame(new string('x', 40_000)));
        var flush = stream.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        var gone = new Pipe();
        await gone.Reader.CompleteAsync();
        await stream.CopyToAsync(gone.Writer, CancellationToken.None);
        Assert.True((await flush).IsCompleted);
    }

    [Fact]
    public void A_poll_is_woken_by_what_comes_and_not_by_what_comes_with_every_poll()
    {
        var sink = new PollSink();
        sink.Write(Frame("""{"id":1,"ok":{}}"""));
        sink.Write(Frame("""{"ev":"presence","r":"r","count":1}"""));
        Assert.False(sink.Woken.IsCompleted);
        sink.Write(Frame("""{"ev":"msg","s":1}"""));
        Assert.True(sink.Woken.IsCompleted);
        Assert.Equal("""{"frames":[{"id":1,"ok":{}},{"ev":"presence","r":"r","count":1},{"ev":"msg","s":1}]}""", Encoding.UTF8.GetString(sink.Take()));
    }

    [Fact]
    public async Task A_poll_that_is_full_takes_no_more()
    {
        var sink = new PollSink();
        Assert.False((await sink.FlushAsync()).IsCompleted);
        for (var n = 0; n < 27; n++) sink.Write(Frame($"\"{new string('x', 10_000)}\""));
        Assert.True((await sink.FlushAsync()).IsCompleted);
        Assert.True(sink.Woken.IsCompleted);
        Assert.Equal(27, JsonSerializer.Deserialize<JsonElement>(sink.Take()).GetProperty("frames").GetArrayLength());
    }

    [Fact]
    public void An_end_wakes_a_poll()
    {
        var sink = new PollSink();
        sink.Write(Frames.Close(CloseCode.Draining));
        Assert.True(sink.Woken.IsCompleted);
        Assert.Equal("""{"frames":[]}""", Encoding.UTF8.GetString(sink.Take()));
    }
}
