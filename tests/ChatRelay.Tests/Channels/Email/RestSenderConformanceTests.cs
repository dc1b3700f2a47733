using ChatRelay.Channels;
using ChatRelay.Channels.Email.Mailgun;
using ChatRelay.Channels.Email.Postmark;
using ChatRelay.Channels.Email.SendGrid;
using ChatRelay.Channels.Email.Ses;
using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using ChatRelay.Tests.Outbound;

namespace ChatRelay.Tests.Channels.Email;

public sealed class SendGridSenderTests : SenderConformance
{
    private protected override IChannelSender Sender(OutboundRig rig) => new SendGridSender(rig.Http, rig.Relay);
    private protected override FakeReceiver Taking() => FakeReceiver.Answering(202);
    private protected override SendRequest To(FakeReceiver receiver) => MailGiven.To(new ProviderAccount.SendGrid(new("key"), Eu: false) { Id = new(Guid.Empty), BaseUrl = receiver.Url });
}

public sealed class PostmarkSenderTests : SenderConformance
{
    private protected override IChannelSender Sender(OutboundRig rig) => new PostmarkSender(rig.Http, rig.Relay);
    private protected override FakeReceiver Taking() => FakeReceiver.Answering(200, """{"ErrorCode":0}""");
    private protected override SendRequest To(FakeReceiver receiver) => MailGiven.To(new ProviderAccount.Postmark(new("token"), null) { Id = new(Guid.Empty), BaseUrl = receiver.Url });
}

public sealed class MailgunSenderTests : SenderConformance
{
    private protected override IChannelSender Sender(OutboundRig rig) => new MailgunSender(rig.Http, rig.Relay, Chance.Seeded(1));
    private protected override FakeReceiver Taking() => FakeReceiver.Answering(200, """{"id":"<a@b>"}""");
    private protected override SendRequest To(FakeReceiver receiver) => MailGiven.To(new ProviderAccount.Mailgun(new("key"), "mg.acme.example", Eu: false) { Id = new(Guid.Empty), BaseUrl = receiver.Url });
}

public sealed class SesSenderTests : SenderConformance
{
    private protected override IChannelSender Sender(OutboundRig rig) => new SesSender(rig.Http, rig.Relay);
    private protected override FakeReceiver Taking() => FakeReceiver.Answering(200, """{"MessageId":"a"}""");
    private protected override SendRequest To(FakeReceiver receiver) => MailGiven.To(new ProviderAccount.Ses("eu-central-1", "AKID", new("secret"), null, null) { Id = new(Guid.Empty), BaseUrl = receiver.Url });
}
