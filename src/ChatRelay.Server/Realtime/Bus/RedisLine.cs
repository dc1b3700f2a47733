using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ChatRelay.Settings;
using ChatRelay.Storage;
using StackExchange.Redis;

namespace ChatRelay.Realtime;

/// <summary>Batches over Redis: one PUBLISH for each. Nothing is kept there. Every call is bounded here, since a frozen server bounds none.</summary>
internal sealed class RedisLine(RedisAddress address, X509Certificate2Collection? roots, Databases databases, TimeProvider clock) : BusLine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private volatile ISubscriber? open;
    private RedisChannel? channel;

    public override string Kind => "redis";

    public override async Task SendAsync(byte[] batch, CancellationToken ct)
    {
        if (open is not { } to || channel is not { } at) throw new IOException("there is no connection to Redis just now");
        await BoundedAsync(() => to.PublishAsync(at, batch), ct);
    }

    public override async Task HearAsync(Action<ReadOnlyMemory<byte>> heard, CancellationToken ct)
    {
        channel ??= await ChannelAsync(ct);
        var connecting = ConnectionMultiplexer.ConnectAsync(Options());
        try
        {
            var redis = await BoundedAsync(() => connecting, ct);
            var subscriber = redis.GetSubscriber();
            await BoundedAsync(
                async () =>
                {
                    await subscriber.SubscribeAsync(channel.Value, (_, batch) => heard((byte[])batch!));
                    return true;
                }, ct);
            open = subscriber;
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, ct); // it connects and subscribes anew by itself; should it not, there is no echo
        }
        finally
        {
            open = null;
            _ = connecting.ContinueWith(static late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
    }

    private async Task<T> BoundedAsync<T>(Func<Task<T>> call, CancellationToken ct)
    {
        try
        {
            return await call().WaitAsync(Patience, clock, ct);
        }
        catch (Exception e) when (e is RedisException or AggregateException)
        {
            throw new IOException("Redis did not do it", e);
        }
    }

    // Several relays may share a Redis: each has the channel of its database.
    private async Task<RedisChannel> ChannelAsync(CancellationToken ct)
    {
        await using var command = databases.Bus.CreateCommand("select identity from installation");
        return new($"chatrelay:{await command.ExecuteScalarAsync(ct)}:bus", RedisChannel.PatternMode.Literal);
    }

    private ConfigurationOptions Options()
    {
        var options = new ConfigurationOptions
        {
            EndPoints = { { address.Host, address.Port } },
            Password = address.Password?.Reveal(),
            Ssl = address.Tls,
            SslHost = address.Tls ? address.Host : null,
            AbortOnConnectFail = true,
            ConnectRetry = 1,
            ConnectTimeout = (int)Patience.TotalMilliseconds,
            SyncTimeout = (int)Patience.TotalMilliseconds,
            KeepAlive = 10,
            ClientName = "chatrelay",
            TieBreaker = "", // it would be a key of the server's
            ConfigurationChannel = "",
        };
        if (roots is not null) options.CertificateValidation += (_, shown, _, faults) => IsOfOurs(shown, faults);
        return options;
    }

    private bool IsOfOurs(X509Certificate? shown, SslPolicyErrors faults)
    {
        if (shown is null || (faults & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0) return false; // another name is another server
        using var chain = new X509Chain { ChainPolicy = Outbound.OutboundTls.Options(roots).CertificateChainPolicy! };
        using var certificate = new X509Certificate2(shown);
        return chain.Build(certificate);
    }
}
