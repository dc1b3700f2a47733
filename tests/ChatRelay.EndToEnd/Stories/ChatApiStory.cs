using System.Text.Json;
using ChatRelay.Protocol;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.EndToEnd.Stories;

/// <summary>ChatAPI: a relay for other people's backends: rooms, notifications on screen with a mail for who is away, and webhooks that really arrive.</summary>
[Collection(nameof(Stories))]
public sealed class ChatApiStory(StoryRelay relay)
{
    [Fact]
    public async Task A_support_room_a_notification_with_a_fallback_and_a_webhook_that_tells_of_both()
    {
        var app = await relay.AppAsync("ChatAPI");
        await using var receiver = FakeReceiver.Answering(204);
        var endpoint = await App.PostAsync(app.Backend, "/v1/webhook-endpoints", new { url = receiver.Url, event_types = new[] { "message.created", "notification.sent", "notification.delivered" } });
        Assert.True(WebhookSecret.TryParse(endpoint["secret"].GetString()!, out var secret));
        var room = await app.RoomAsync(new { type = "support", external_id = "case-7" }, "ann", "agent");

        // The backend posts; who is connected has it at once.
        await using var ann = await app.DeviceAsync("ann");
        await App.PostAsync(app.Backend, $"/v1/rooms/{room}/messages", new { from = "agent", body = new { text = "How can I help?" } });
        Assert.EndsWith("agent: How can I help?", await App.HearAsync(ann), StringComparison.Ordinal);

        // To ann, who is there: on her screen, and no mail. To bob, who is not: a mail when the time is over.
        var toAnn = await App.PostAsync(app.Backend, "/v1/notifications", Shipped("ann"));
        var toBob = await App.PostAsync(app.Backend, "/v1/notifications", Shipped("bob"));
        var shown = await ann.NextAsync("inbox");
        await ann.DoAsync("ack", new { s = shown.GetProperty("s").GetInt64() });
        await Eventually.Async(async () => (await StatusAsync(app, toAnn.Id)) == "delivered");
        await app.Relay.TimePasses(TimeSpan.FromSeconds(61));
        await Eventually.Async(async () => (await StatusAsync(app, toBob.Id)) == "sent");
        Assert.Equal(["Shipped"], await app.MailsAsync("bob@example.com"));
        Assert.Empty(await app.MailsAsync("ann@example.com"));
        var attempts = await app.Backend.ReadAsync($"/v1/deliveries/{(await app.Backend.ReadAsync($"/v1/notifications/{toBob.Id}"))["deliveries.1.id"].GetString()}/attempts");
        Assert.Equal(1, attempts["data"].GetArrayLength());

        // The webhooks: signed, each of them once.
        var told = new List<string>();
        while (told.Count < 3)
        {
            var request = await receiver.NextAsync();
            Assert.Equal(WebhookVerdict.Good, WebhookSignature.Verify([secret], request.Header("webhook-id")!, request.Header("webhook-timestamp")!, request.Header("webhook-signature")!, request.Body, app.Relay.Services.GetRequiredService<RelayClock>().GetUtcNow()));
            told.Add(JsonSerializer.Deserialize<JsonElement>(request.Body).GetProperty("type").GetString()!);
        }
        Assert.Equal(["message.created", "notification.delivered", "notification.sent"], told.Order());
    }

    private static object Shipped(string user) => new
    {
        to = new { user, email = $"{user}@example.com" },
        content = new { subject = "Shipped", text = "Your order is on its way." },
        route = new object[] { new { channel = "websocket", within_s = 60 }, new { channel = "email" } },
    };

    private static async Task<string?> StatusAsync(App app, string id) => (await app.Backend.ReadAsync($"/v1/notifications/{id}"))["status"].GetString();
}
