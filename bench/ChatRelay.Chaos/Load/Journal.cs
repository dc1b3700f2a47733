using System.Text;
using System.Threading.Channels;

namespace ChatRelay.Chaos.Load;

/// <summary>Lines that outlive us: appended in their order, many to one write. A last line that a kill tore is left out when it is read again.</summary>
internal sealed class Journal : IAsyncDisposable
{
    private readonly Channel<(string Line, TaskCompletionSource? OnDisk)> queue = Channel.CreateUnbounded<(string, TaskCompletionSource?)>(new() { SingleReader = true });
    private readonly FileStream file;
    private readonly Lock gate = new();
    private readonly Task flushing;

    public Journal(string path)
    {
        file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        file.SetLength(LastWhole(file));
        file.Seek(0, SeekOrigin.End);
        flushing = FlushAsync();
    }

    /// <summary>Back when the line is on the disk.</summary>
    public Task AppendAsync(string line)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ObjectDisposedException.ThrowIf(!queue.Writer.TryWrite((line, written)), this);
        return written.Task;
    }

    /// <summary>Back when the system has the line: our own death cannot take it back.</summary>
    public void Write(string line)
    {
        lock (gate)
        {
            file.Write(Encoding.UTF8.GetBytes(line + "\n"));
            file.Flush();
        }
    }

    public static IEnumerable<string> Read(string path)
    {
        if (!File.Exists(path)) yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var whole = LastWhole(file);
        file.Seek(0, SeekOrigin.Begin);
        for (long at = 0; at < whole && reader.ReadLine() is { } line; at += Encoding.UTF8.GetByteCount(line) + 1) yield return line;
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await flushing;
        await file.DisposeAsync();
    }

    private async Task FlushAsync()
    {
        var batch = new List<TaskCompletionSource?>();
        var text = new StringBuilder();
        while (await queue.Reader.WaitToReadAsync())
        {
            while (queue.Reader.TryRead(out var one))
            {
                text.Append(one.Line).Append('\n');
                batch.Add(one.OnDisk);
            }
            lock (gate)
            {
                file.Write(Encoding.UTF8.GetBytes(text.ToString()));
                file.Flush(flushToDisk: true);
            }
            foreach (var waiting in batch) waiting?.TrySetResult();
            batch.Clear();
            text.Clear();
        }
    }

    private static long LastWhole(FileStream file)
    {
        for (var end = file.Length; end > 0;)
        {
            var start = Math.Max(0, end - 4096);
            var piece = new byte[end - start];
            file.Seek(start, SeekOrigin.Begin);
            file.ReadExactly(piece);
            var at = Array.LastIndexOf(piece, (byte)'\n');
            if (at >= 0) return start + at + 1;
            end = start;
        }
        return 0;
    }
}
