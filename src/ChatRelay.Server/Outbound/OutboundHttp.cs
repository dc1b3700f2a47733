using ChatRelay.Storage;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using Outcome = ChatRelay.Protocol.Outcome;

namespace ChatRelay.Outbound;

/// <summary>
/// The one client for every outgoing HTTP call: (1) one deadline over all that follows, (2) a pool that may be shared with this caller,
/// (3) look-up, vetting and connection inside it, (4) the request, once, (5) status and headers, (6) the first 16 KiB of the body.
/// A failure on the way is a value. The call is made again once, and only while no byte has left.
/// </summary>
internal sealed class OutboundHttp(OutboundConnections connections, RelayClock clock)
{
    private static readonly ResiliencePropertyKey<TimeSpan> Deadline = new("outbound.deadline");
    private readonly ResiliencePipeline<OutboundReply> _pipeline = Pipeline(clock);

    public async Task<OutboundReply> SendAsync(OutboundRequest request, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(request.Timeout, TimeSpan.Zero); // the pipeline would read it as none
        if (request.Url.Scheme != Uri.UriSchemeHttps && request.Url.Scheme != Uri.UriSchemeHttp)
            return OutboundReply.Failed(Outcome.BlockedAddress, bytesLeft: false, "The scheme is not one that the relay calls.");

        var exchange = new OutboundExchange(connections, request);
        var context = ResilienceContextPool.Shared.Get(ct);
        context.Properties.Set(Deadline, request.Timeout); // (1)
        try
        {
            return await _pipeline.ExecuteAsync(static async (context, exchange) => await exchange.TryAsync(context.CancellationToken), context, exchange);
        }
        catch (TimeoutRejectedException)
        {
            return exchange.FailedBy(Outcome.Timeout, "The deadline passed.");
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static ResiliencePipeline<OutboundReply> Pipeline(RelayClock clock) =>
        new ResiliencePipelineBuilder<OutboundReply> { TimeProvider = clock }
            .AddTimeout(new TimeoutStrategyOptions
            {
                TimeoutGenerator = static args => new(args.Context.Properties.GetValue(Deadline, TimeSpan.FromSeconds(15))),
            })
            .AddRetry(new RetryStrategyOptions<OutboundReply>
            {
                MaxRetryAttempts = 1,
                Delay = TimeSpan.Zero,
                ShouldHandle = static args => new(args.Outcome.Result?.Failure is { BytesLeft: false, Outcome: Outcome.ConnectionError or Outcome.DnsError }),
            })
            .Build();
}
