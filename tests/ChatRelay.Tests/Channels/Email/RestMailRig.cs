using ChatRelay.Channels;
using ChatRelay.Providers;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email;

/// <summary>A REST API on the wire and the sender that calls it.</summary>
internal sealed class RestMailRig(FakeReceiver api, OutboundRig outbound, Func<OutboundRig, IChannelSender> senderOf, Func<Uri, ProviderAccount> accountOf, Func<FakeRequest, Task<ArrivedMail>> read) : MailRig
{
    private readonly IChannelSender _sender = senderOf(outbound);

    public FakeReceiver Api => api;
    public OutboundRig Outbound => outbound;
    public override int Arrivals => api.Requests.Count;

    public override Task<SendOutcome> SendAsync(EmailMessage mail, CancellationToken ct) => _sender.SendAsync(MailGiven.To(accountOf(api.Url), mail), ct);

    public override async Task<ArrivedMail> ArrivedAsync(CancellationToken ct) => await read(await api.NextAsync(ct));

    public override Task IsReachedAsync(CancellationToken ct) => Eventually.Async(() => Task.FromResult(api.Connections > 0));

    public override void TimePasses(TimeSpan time) => outbound.Clock.Advance(time);

    public override async ValueTask DisposeAsync()
    {
        await api.DisposeAsync();
        outbound.Dispose();
    }
}
