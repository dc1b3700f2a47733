using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using ChatRelay.Client;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>One thing that a client saw (tests/client-model.md).</summary>
internal sealed record ModelLine(
    string Saw, string? Room = null, long Seq = 0, string? Epoch = null, string? Text = null, string? From = null, string? ClientId = null, bool Repeat = false, string? Id = null, string? Code = null, string? State = null);

/// <summary>A socket client behind the lines of the model test.</summary>
internal abstract class ModelClient : IAsyncDisposable
{
    private readonly Channel<ModelLine> lines = Channel.CreateUnbounded<ModelLine>();

    /// <summary>What it saw, as it saw it.</summary>
    public ChannelReader<ModelLine> Lines => lines.Reader;

    public static ModelClient Of(string kind) => kind == "dotnet" ? new DotnetModelClient() : new ScriptModelClient("client-model.mjs");

    public abstract Task StartAsync(IReadOnlyList<Uri> addresses, string token, IReadOnlyList<string> rooms, string transport);
    public abstract Task TokenAsync(string token);
    public abstract Task SendAsync(string room, string text, string id);
    public abstract Task SlowAsync(bool on);
    public abstract ValueTask DisposeAsync();

    protected void Say(ModelLine line) => lines.Writer.TryWrite(line);
}

/// <summary>ChatRelay.Client in this process.</summary>
internal sealed class DotnetModelClient : ModelClient
{
    private const int EventLimit = 50; // so small that a slow application is felt at once

    private volatile string token = "";
    private volatile TaskCompletionSource? slow;
    private HashSet<string> rooms = [];
    private RelaySocket socket = null!;
    private Task reading = Task.CompletedTask;

    public override Task StartAsync(IReadOnlyList<Uri> addresses, string token, IReadOnlyList<string> rooms, string transport)
    {
        (this.token, this.rooms) = (token, [.. rooms]);
        socket = new(new()
        {
            Urls = addresses,
            Token = _ => ValueTask.FromResult(this.token),
            Rooms = new Dictionary<string, RelayPosition>(),
            EventLimit = EventLimit,
            FirstPause = TimeSpan.FromMilliseconds(200),
            LongestPause = TimeSpan.FromSeconds(2),
        });
        foreach (var room in rooms) socket.Follow(room);
        reading = Task.Run(ReadAsync);
        return Task.CompletedTask;
    }

    public override async Task TokenAsync(string token)
    {
        this.token = token;
        await socket.RefreshAsync();
    }

    public override Task SendAsync(string room, string text, string id)
    {
        _ = TellAsync();
        return Task.CompletedTask;

        async Task TellAsync()
        {
            var sent = await socket.SendAsync(room, text, id);
            Say(sent.TryGet(out var ok, out var failure) ? new("sent", Id: id, Seq: ok.Position.Seq) : new("refused", Id: id, Code: failure.ToString()));
        }
    }

    public override Task SlowAsync(bool on)
    {
        var before = slow;
        slow = on ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;
        before?.TrySetResult();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await SlowAsync(false);
        await socket.DisposeAsync();
        await reading;
    }

    private async Task ReadAsync()
    {
        await foreach (var said in socket.ReadAllAsync())
        {
            if (slow is { } until) await until.Task;
            switch (said)
            {
                case SocketEvent.Message m when rooms.Contains(m.Room):
                    Say(new("message", m.Room, m.Position.Seq, m.Position.Epoch, m.Entry.BodyText, m.Entry.FromUser, m.Entry.ClientId));
                    break;
                case SocketEvent.Reset r:
                    Say(new("reset", r.Room, Epoch: r.Position.Epoch));
                    break;
                case SocketEvent.State s:
                    Say(new("state", State: s.Now.ToString().ToLowerInvariant()));
                    break;
            }
        }
    }
}

/// <summary>A client in a process of its own: commands and lines are JSON.</summary>
internal sealed class ScriptModelClient(string script) : ModelClient
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly Process process = NodePeer.Start(script);
    private Task reading = Task.CompletedTask;

    public override Task StartAsync(IReadOnlyList<Uri> addresses, string token, IReadOnlyList<string> rooms, string transport)
    {
        reading = Task.WhenAll(ReadAsync(), ComplainAsync());
        return DoAsync(new { @do = "start", urls = addresses.Select(a => a.AbsoluteUri.TrimEnd('/')), token, rooms, transport });
    }

    public override Task TokenAsync(string token) => DoAsync(new { @do = "token", token });

    public override Task SendAsync(string room, string text, string id) => DoAsync(new { @do = "send", room, text, id });

    public override Task SlowAsync(bool on) => DoAsync(new { @do = "slow", on });

    public override async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            try
            {
                await DoAsync(new { @do = "stop" });
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has ended by itself.
            }
        }
        await process.WaitForExitAsync();
        await reading;
        process.Dispose();
    }

    private async Task DoAsync(object command)
    {
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command));
        await process.StandardInput.FlushAsync();
    }

    private async Task ReadAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line) Say(JsonSerializer.Deserialize<ModelLine>(line, Json)!);
    }

    private async Task ComplainAsync()
    {
        if (await process.StandardError.ReadToEndAsync() is { Length: > 0 } text) Say(new("error", Text: text));
    }
}
