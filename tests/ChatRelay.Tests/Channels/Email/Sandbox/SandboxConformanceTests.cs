using System.Text.Json;
using ChatRelay.Channels;
using ChatRelay.Protocol;
using ChatRelay.Providers;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Channels.Email.Sandbox;

/// <summary>The suite of all providers over the one that sends nothing: its stories are the simulator's recipients, and what arrived is what it kept.</summary>
public sealed class SandboxConformanceTests(EngineFixture fixture) : EmailConformance, IClassFixture<EngineFixture>
{
    private protected override ArrivedMail Expect(EmailMessage mail) => ArrivedMime.Expect(base.Expect(mail));

    private protected override string? Lacks(MailStory story) => story switch
    {
        MailStory.TakesWithoutId or MailStory.SaysNonsense or MailStory.SaysTooMuch => "Nobody answers it: what it says is its own, and always has an id.",
        MailStory.HangsUp or MailStory.NeverBegins or MailStory.IsForbidden => "It connects to nowhere.",
        MailStory.IsNotThere => "What it keeps stands in the relay's own database, and while that is away no attempt begins.",
        MailStory.IsLeft => "It never waits, so there is no middle to leave in.",
        _ => null,
    };

    private static string? Simulated(MailStory story) => story switch
    {
        MailStory.Takes => null,
        MailStory.RefusesRecipient => "invalid@simulator",
        MailStory.RefusesContent => "reject@simulator",
        MailStory.RefusesAccount => "auth@simulator",
        MailStory.IsUsedUp => "quota@simulator",
        MailStory.Throttles => "limit@simulator",
        MailStory.IsDown => "defer@simulator",
        MailStory.SaysNothing => "timeout@simulator",
        _ => throw new ArgumentOutOfRangeException(nameof(story)),
    };

    private protected override async Task<MailRig> PlayAsync(MailStory story) => new SandboxRig(await fixture.Engine.ForAnotherTenantAsync(), Simulated(story));

    /// <summary>The sender inside a node, and its mails as a client reads them.</summary>
    private sealed class SandboxRig(EngineHost engine, string? simulated) : MailRig
    {
        private readonly IChannelSender _sender = engine.Host.Services.GetServices<IChannelSender>().Single(sender => sender.Type == "sandbox");
        private readonly ProviderAccount.Sandbox _account = new() { Id = new(Guid.Empty) };
        private readonly DeliveryId _delivery = new(Partition.NewId(engine.Now, 30));
        private readonly HashSet<string> _read = [];

        private string[] Kept => [.. engine.Http.ReadAsync("/v1/sandbox/emails").GetAwaiter().GetResult()["data"].EnumerateArray().Select(mail => mail.GetProperty("id").GetString()!)];

        public override int Arrivals => Kept.Length;

        public override Task<SendOutcome> SendAsync(EmailMessage mail, CancellationToken ct) => _sender.SendAsync(MailGiven.To(_account, simulated is null ? mail : mail with { To = new(simulated) }) with
        {
            Tenant = RelayId.TryParse<TenantId>(engine.Tenant.Id, out var tenant) ? tenant : throw new ArgumentException(engine.Tenant.Id),
            Delivery = _delivery,
        }, ct);

        public override async Task<ArrivedMail> ArrivedAsync(CancellationToken ct)
        {
            var id = Kept.First(_read.Add);
            var mail = (await engine.Http.ReadAsync($"/v1/sandbox/emails/{id}"))["mail"];
            var mime = await engine.Http.GetByteArrayAsync(new Uri($"/v1/sandbox/emails/{id}/mime", UriKind.Relative), ct);
            return await ArrivedMime.ReadAsync(mime, [mail.GetProperty("to").GetProperty("email").GetString()!, .. Boxes(mail, "cc"), .. Boxes(mail, "bcc")], ct);
        }

        private static IEnumerable<string> Boxes(JsonElement mail, string name) => mail.GetProperty(name).EnumerateArray().Select(box => box.GetProperty("email").GetString()!);

        /// <summary>The simulator's story has no mail that arrives.</summary>
        public override Task HasAllAsync(CancellationToken ct) => Task.CompletedTask;

        public override void TimePasses(TimeSpan time) { } // it keeps no time

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
