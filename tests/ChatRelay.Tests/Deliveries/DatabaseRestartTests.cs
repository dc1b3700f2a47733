using System.Collections.Concurrent;
using System.Diagnostics;
using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ChatRelay.Tests.Deliveries;

/// <summary>PostgreSQL itself goes and comes back while requests come in and deliveries go out.</summary>
public sealed class DatabaseRestartTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatrelay-restart-").FullName;
    private PrivatePostgres _postgres = null!;
    private FolderLock _held = null!;
    private RelayHost _host = null!;
    private TenantAccess _tenant = null!;

    public async ValueTask InitializeAsync()
    {
        _held = FolderLock.TryTake(_folder, "tests", out _)!;
        _postgres = await PrivatePostgres.StartAsync(_folder, new PostgresOptions(), TimeProvider.System, NullLogger.Instance, _ => { }, CancellationToken.None);
        _host = await RelayHost.StartAsync(RelayDatabase.On(_postgres.ConnectionString), null, ("CHATRELAY_OUTBOUND_ALLOW", "127.0.0.0/8"));
        _tenant = await _host.NewTenantAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _postgres.DisposeAsync();
        _held.Dispose();
        Directory.Delete(_folder, recursive: true);
        Directory.Delete(_host.Folder, recursive: true);
    }

    [Theory]
    [InlineData(Signals.Interrupt)] // fast: sessions are cut, what was committed is written down
    [InlineData(Signals.Quit)]      // immediate: as after a crash it recovers from its log
    public async Task A_restart_under_load_loses_nothing_and_is_over_in_seconds(int signal)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        await using var receiver = FakeReceiver.Answering(200);
        var load = new Load(_tenant.Http, receiver.Url);
        var clients = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => load.RunAsync()));
        await load.ManyAsync().WaitAsync(patience.Token);

        // Comes due while the database is away and is nobody's: only the dispatcher can bring it.
        var due = await load.SendAsync(new { send_at = _host.Services.GetRequiredService<RelayClock>().GetUtcNow().AddMilliseconds(200) });
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _postgres.Restarted += up.SetResult;
        Signals.Send(_postgres.ProcessId!.Value, signal);
        await up.Task.WaitAsync(patience.Token);

        var since = Stopwatch.StartNew();
        while (await load.SendAsync() is null) patience.Token.ThrowIfCancellationRequested();
        var intake = since.Elapsed;
        var seen = new HashSet<string>();
        await SeenAsync(receiver, seen, [due!], patience.Token);
        var workers = since.Elapsed;

        load.Stop();
        await clients;
        await SeenAsync(receiver, seen, load.Acknowledged.Keys, patience.Token);
        Assert.True(intake < TimeSpan.FromSeconds(2) && workers < TimeSpan.FromSeconds(5), $"intake was back after {intake}, workers after {workers}");
    }

    private static async Task SeenAsync(FakeReceiver receiver, HashSet<string> seen, IEnumerable<string> wanted, CancellationToken ct)
    {
        var missing = wanted.Except(seen).ToHashSet();
        while (missing.Count > 0)
        {
            var id = (await receiver.NextAsync(ct)).Header("webhook-id")!;
            seen.Add(id);
            missing.Remove(id);
        }
    }

    /// <summary>Clients that send one after the other and note every 202.</summary>
    private sealed class Load(HttpClient http, Uri url)
    {
        private const int Many = 200;
        private readonly TaskCompletionSource _many = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _stopped;

        public ConcurrentDictionary<string, byte> Acknowledged { get; } = new();

        public Task ManyAsync() => _many.Task;
        public void Stop() => _stopped = true;

        public async Task RunAsync()
        {
            while (!_stopped) await SendAsync();
        }

        /// <summary>The delivery's id; null when it was refused.</summary>
        public async Task<string?> SendAsync(object? more = null)
        {
            var body = new Dictionary<string, object?> { ["to"] = new { webhook = new { url = url.ToString() } }, ["content"] = new { text = "x" } };
            foreach (var property in more?.GetType().GetProperties() ?? []) body[property.Name] = property.GetValue(more);
            var said = await http.SendAsync("/v1/notifications", body);
            if (said.Status != 202)
            {
                Assert.Equal((503, true), (said.Status, said.Headers.ContainsKey("Retry-After"))); // nothing else, and nothing was promised
                return null;
            }
            var id = said["deliveries.0.id"].GetString()!;
            Acknowledged[id] = 0;
            if (Acknowledged.Count >= Many) _many.TrySetResult();
            return id;
        }
    }
}
