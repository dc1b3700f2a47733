using System.Text;
using ChatRelay.Client;
using ChatRelay.Protocol;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Clients;

public sealed class RelayWebhooksTests
{
    private static readonly FakeClock Clock = new();
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"type":"order.paid","timestamp":"2026-03-01T12:00:00.000Z","data":{"order":4711},"account":"shop-1"}""");
    private static readonly WebhookSecret Old = Secret(1), New = Secret(2);
    private static readonly WebhookKeyPair Pair = WebhookKeyPair.FromSeed(new byte[32]);

    [Fact]
    public void An_event_is_read_when_its_signature_is_good()
    {
        var read = new RelayWebhooks([New.Reveal()], null, Clock).Read("evt_1", Now(), Sign(Clock.GetUtcNow(), New), Body);
        Assert.True(read.IsGood);
        Assert.Equal(("evt_1", "order.paid", "shop-1", 4711), (read.Event!.Id, read.Event.Type, read.Event.Account, read.Event.Data.GetProperty("order").GetInt32()));
    }

    [Fact]
    public void While_a_secret_is_rolled_either_passes()
    {
        var both = Sign(Clock.GetUtcNow(), New, Old);
        Assert.True(new RelayWebhooks([Old.Reveal()], null, Clock).Read("evt_1", Now(), both, Body).IsGood);
        Assert.True(new RelayWebhooks([New.Reveal()], null, Clock).Read("evt_1", Now(), both, Body).IsGood);
        Assert.True(new RelayWebhooks([New.Reveal(), Old.Reveal()], null, Clock).Read("evt_1", Now(), Sign(Clock.GetUtcNow(), Old), Body).IsGood);
    }

    [Fact]
    public void A_public_key_verifies_what_its_pair_signed()
    {
        var signature = Sign(Clock.GetUtcNow(), Pair);
        Assert.True(new RelayWebhooks([Pair.PublicText], null, Clock).Read("evt_1", Now(), signature, Body).IsGood);
        Assert.Equal(WebhookVerdict.WrongSignature, new RelayWebhooks([New.Reveal()], null, Clock).Read("evt_1", Now(), signature, Body).Verdict);
    }

    [Fact]
    public void What_was_changed_on_the_way_does_not_pass()
    {
        var webhooks = new RelayWebhooks([New.Reveal()], null, Clock);
        var signature = Sign(Clock.GetUtcNow(), New);
        Assert.Equal(WebhookVerdict.WrongSignature, webhooks.Read("evt_2", Now(), signature, Body).Verdict);
        Assert.Equal(WebhookVerdict.WrongSignature, webhooks.Read("evt_1", Now(), signature, [.. Body, 32]).Verdict);
        Assert.Equal(WebhookVerdict.Malformed, webhooks.Read(null, Now(), signature, Body).Verdict);
        Assert.Equal(WebhookVerdict.Malformed, webhooks.Read("evt_1", "soon", signature, Body).Verdict);
    }

    [Theory]
    [InlineData(-301, 300, WebhookVerdict.TooOld)]
    [InlineData(-299, 300, WebhookVerdict.Good)]
    [InlineData(301, 300, WebhookVerdict.TooNew)]
    [InlineData(-31, 30, WebhookVerdict.TooOld)]
    public void A_replay_from_another_time_does_not_pass(int seconds, int tolerance, WebhookVerdict expected)
    {
        var at = Clock.GetUtcNow().AddSeconds(seconds);
        Assert.Equal(expected, new RelayWebhooks([New.Reveal()], TimeSpan.FromSeconds(tolerance), Clock).Read("evt_1", $"{at.ToUnixTimeSeconds()}", Sign(at, New), Body).Verdict);
    }

    [Fact]
    public void What_is_signed_and_no_event_is_malformed()
    {
        byte[] list = [.. "[]"u8];
        Assert.Equal(WebhookVerdict.Malformed, new RelayWebhooks([New.Reveal()], null, Clock).Read("evt_1", Now(), WebhookSignature.Sign([New], "evt_1", Clock.GetUtcNow(), list), list).Verdict);
    }

    [Fact]
    public void A_secret_that_is_none_is_said_at_once() => Assert.Throws<ArgumentException>(() => new RelayWebhooks("secret"));

    private static string Now() => $"{Clock.GetUtcNow().ToUnixTimeSeconds()}";

    private static string Sign(DateTimeOffset at, params WebhookKey[] keys) => WebhookSignature.Sign(keys, "evt_1", at, Body);

    private static WebhookSecret Secret(byte of) => WebhookSecret.From([.. Enumerable.Repeat(of, 32)]);
}
