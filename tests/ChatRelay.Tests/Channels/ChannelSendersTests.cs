using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatRelay.Tests.Channels;

public sealed class ChannelSendersTests
{
    private static readonly SendRequest Request = new SendRequest.Email
    {
        Tenant = new(Guid.Empty),
        Delivery = new(Guid.Empty),
        Account = new ProviderAccount.Sandbox { Id = new(Guid.Empty) },
        Message = new() { MessageId = "x@y", From = new("a@b.example"), To = new("c@d.example") },
    };

    private static ChannelSenders With(params IChannelSender[] senders) => new(senders, NullLogger<ChannelSenders>.Instance);

    [Fact]
    public async Task A_request_goes_to_the_sender_of_its_type()
    {
        var senders = With(new Scripted("smtp", _ => throw new InvalidOperationException()), new Scripted("sandbox", _ => new SendOutcome.Accepted("id")));
        Assert.Equal("id", Assert.IsType<SendOutcome.Accepted>(await senders.SendAsync(Request, default)).ProviderMessageId);
        Assert.True(senders.Has(ChannelKind.Email, "sandbox"));
        Assert.False(senders.Has(ChannelKind.Webhook, "sandbox"));
    }

    [Fact]
    public async Task A_senders_bug_costs_one_attempt_and_says_that_it_may_have_sent()
    {
        var outcome = await With(new Scripted("sandbox", _ => throw new InvalidCastException("secret"))).SendAsync(Request, default);
        Assert.Equal((Outcome.ProtocolError, true), (Assert.IsType<SendOutcome.TryLater>(outcome).Outcome, outcome.MaybeSent));
        Assert.DoesNotContain("secret", outcome.Detail);
    }

    [Fact]
    public async Task A_type_that_nobody_sends_is_refused() =>
        Assert.IsType<SendOutcome.Refused>(await With().SendAsync(Request, default));

    [Fact]
    public async Task Cancellation_passes_and_a_senders_own_does_not()
    {
        var senders = With(new Scripted("sandbox", ct => throw new OperationCanceledException(ct)));
        await Assert.ThrowsAsync<OperationCanceledException>(() => senders.SendAsync(Request, new CancellationToken(canceled: true)));
        Assert.IsType<SendOutcome.TryLater>(await senders.SendAsync(Request, default));
    }

    private sealed class Scripted(string type, Func<CancellationToken, SendOutcome> script) : IChannelSender
    {
        public ChannelKind Channel => ChannelKind.Email;
        public string Type => type;
        public Task<SendOutcome> SendAsync(SendRequest send, CancellationToken ct) => Task.FromResult(script(ct));
    }
}
