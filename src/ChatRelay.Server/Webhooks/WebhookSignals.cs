using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Channels.Webhook;
using ChatRelay.Deliveries;
using ChatRelay.Http.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.Storage.Nodes;
using ChatRelay.Tenants;
using Npgsql;

namespace ChatRelay.Webhooks;

/// <summary>
/// What is worth something only now, to endpoints that ask for it by name: it is in no log, has no delivery, and is posted once, signed as all else. (1) tenants with an
/// endpoint that asks are known; for all others an offer is one look into a set; (2) what is offered waits in a short line of its endpoint, and the oldest goes when that
/// is full; (3) one at a time it is posted; what fails is gone, and an endpoint that fails is left alone for a moment.
/// </summary>
internal sealed partial class WebhookSignals(
    Databases databases, WebhookEndpoints endpoints, ChannelSenders senders, TenantCache tenants, ThisNode node, RelayClock clock, ILogger<WebhookSignals> log) : BackgroundService
{
    public const string PresenceChanged = "presence.changed", RoomOccupied = "room.occupied", RoomVacated = "room.vacated", ReadMoved = "read.moved", TypingStarted = "typing.started";

    private static readonly TimeSpan Listens = TimeSpan.FromSeconds(2), Rests = TimeSpan.FromSeconds(5);
    private const int MostOffered = 10_000, MostInLine = 256, AtOnce = 16;

    private readonly ConcurrentQueue<Offered> offered = new();
    private readonly ConcurrentDictionary<EndpointId, Line> lines = new();
    private readonly SemaphoreSlim posting = new(AtOnce);
    private readonly WakeUp wake = new(clock);
    private volatile FrozenSet<(Guid Wall, string Type)> asked = [];
    private long sent, lost;

    private sealed record Offered(Guid Wall, string Type, DateTimeOffset At, Func<object> Data);

    /// <summary>What waits for one endpoint; whoever finds nobody at work on it works.</summary>
    private sealed class Line
    {
        public Queue<Offered> Waiting { get; } = new();
        public bool Working { get; set; }
        public long RestsSince { get; set; }
    }

    /// <summary>Since the start: taken by their receivers, and given up.</summary>
    public long Sent => Interlocked.Read(ref sent);
    public long Lost => Interlocked.Read(ref lost);

    /// <summary>Whether anybody wants to be told: what costs something to find out is not looked for otherwise.</summary>
    public bool Wants(Guid wall, string type) => asked.Contains((wall, type));

    /// <summary>Never waits, never fails. The data is made only if somebody asked.</summary>
    public void Offer(Guid wall, string type, Func<object> data)
    {
        if (!Wants(wall, type)) return;
        if (node.Paused || offered.Count >= MostOffered) Interlocked.Increment(ref lost);
        else
        {
            offered.Enqueue(new(wall, type, clock.GetUtcNow(), data));
            wake.Signal();
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryListenAsync(cancellationToken); // before the first socket opens
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listened = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            await wake.WaitAsync(Listens, stoppingToken);
            if (clock.GetElapsedTime(listened) >= Listens)
            {
                await TryListenAsync(stoppingToken);
                listened = clock.GetTimestamp();
            }
            while (offered.TryDequeue(out var one)) await LineUpAsync(one, stoppingToken);
        }
    }

    // (1)
    private async Task TryListenAsync(CancellationToken ct)
    {
        try
        {
            await using var read = databases.Engine.CreateCommand("""
                select distinct e.tenant_id, t.type from endpoints e cross join unnest(e.event_types) t(type)
                join tenants n on n.tenant_id = e.tenant_id and n.status = 'active' and n.paused_at is null
                where e.event_types && array['presence.changed', 'room.occupied', 'room.vacated', 'read.moved', 'typing.started'] and e.status = 'enabled' and e.account is null
                  and t.type in ('presence.changed', 'room.occupied', 'room.vacated', 'read.moved', 'typing.started')
                  and not exists (select from channel_pauses where channel = 'webhook')
                """);
            await using var reader = await read.ExecuteReaderAsync(ct);
            var found = new HashSet<(Guid, string)>();
            while (await reader.ReadAsync(ct)) found.Add((reader.GetGuid(0), reader.GetString(1)));
            asked = found.ToFrozenSet();
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The node stops.
        }
        catch (Exception e) when (LostConnection.IsBehind(e) || e is PostgresException)
        {
            LogBlind(e.GetType().Name); // who asked before is still told
        }
    }

    // (2)
    private async Task LineUpAsync(Offered one, CancellationToken ct)
    {
        try
        {
            foreach (var endpoint in (await endpoints.OfAsync(one.Wall, ct)).Of(null))
            {
                if (endpoint.Status is not EndpointStatus.Enabled || !endpoint.EventTypes.Contains(one.Type)) continue;
                var line = lines.GetOrAdd(endpoint.Id, static _ => new());
                lock (line)
                {
                    line.Waiting.Enqueue(one);
                    if (line.Waiting.Count > MostInLine)
                    {
                        line.Waiting.Dequeue();
                        Interlocked.Increment(ref lost);
                    }
                    if (line.Working) continue;
                    line.Working = true;
                }
                _ = WorkAsync(endpoint.TenantId, endpoint.Id, line, ct);
            }
        }
        catch (Exception e) when (LostConnection.IsBehind(e) || (e is OperationCanceledException && ct.IsCancellationRequested))
        {
            Interlocked.Increment(ref lost);
        }
    }

    // (3)
    private async Task WorkAsync(Guid wall, EndpointId id, Line line, CancellationToken ct)
    {
        while (Next(line) is { } one)
        {
            if (ct.IsCancellationRequested || !await TryPostAsync(wall, id, one, ct)) Interlocked.Increment(ref lost);
            else
            {
                Interlocked.Increment(ref sent);
                continue;
            }
            lock (line) line.RestsSince = Math.Max(1, clock.GetTimestamp());
        }
    }

    private Offered? Next(Line line)
    {
        lock (line)
        {
            if (line.RestsSince > 0 && clock.GetElapsedTime(line.RestsSince) < Rests)
            {
                Interlocked.Add(ref lost, line.Waiting.Count);
                line.Waiting.Clear();
            }
            if (line.Waiting.TryDequeue(out var next)) return next;
            line.Working = false;
            return null;
        }
    }

    private async Task<bool> TryPostAsync(Guid wall, EndpointId id, Offered one, CancellationToken ct)
    {
        try
        {
            if ((await endpoints.OfAsync(wall, ct)).Find(id) is not { Status: EndpointStatus.Enabled } endpoint) return false;
            if (await endpoints.KeysOfAsync(endpoint, ct) is not { } keys || await endpoints.HeadersOfAsync(endpoint, ct) is not { } headers) return false;
            if (endpoint.MaxRatePerS is { } most) await Task.Delay(TimeSpan.FromSeconds(node.Live / most), clock, ct);
            var happened = new EventFacts(RelayId.New<Protocol.EventId>(one.At).Value, one.Type, null, JsonSerializer.Serialize(one.Data(), RelayJson.Options), one.At);
            return await PostAsync(new SendRequest.Webhook
            {
                Tenant = new TenantId(wall),
                Delivery = default,
                Allow = (await tenants.FindAsync(wall, ct))?.OutboundAllow ?? OutboundAllow.None,
                Id = new Protocol.EventId(happened.Id).ToString(),
                Target = new Uri(endpoint.Url),
                Timeout = TimeSpan.FromSeconds(endpoint.TimeoutS),
                Keys = keys,
                Headers = headers,
                Body = EventBody.Render(happened, PayloadForm.Full), // it can be read nowhere else
            }, ct);
        }
        catch (Exception e) when (LostConnection.IsBehind(e) || e is OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> PostAsync(SendRequest.Webhook request, CancellationToken ct)
    {
        await posting.WaitAsync(ct);
        try
        {
            return await senders.SendAsync(request, ct) is SendOutcome.Accepted;
        }
        finally
        {
            posting.Release();
        }
    }

    public override void Dispose()
    {
        posting.Dispose();
        base.Dispose();
    }

    [LoggerMessage(2310, LogLevel.Warning, "signals.blind {Reason}")]
    private partial void LogBlind(string reason);
}
