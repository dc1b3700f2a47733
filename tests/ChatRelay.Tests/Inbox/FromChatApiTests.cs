using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Inbox;

/// <summary>ChatAPI's quick start, told in our API (docs/from-chatapi.md): a client, a user's key, a notification with email_fallback, and what became of it.</summary>
public sealed class FromChatApiTests(InboxFixture shared) : IClassFixture<InboxFixture>
{
    private readonly RelayHost host = shared.Inbox.Host;

    [Fact]
    public async Task A_client_sends_a_notification_that_is_on_screen_if_the_user_is_there_and_a_mail_if_not_and_never_both()
    {
        // POST /clients/ → {master_api_key}: an operator makes a tenant; its key is shown once.
        var client = await host.Operator.SendAsync("/v1/tenants", new { name = "My app" });
        Assert.Equal(201, client.Status);
        using var http = host.Client(client["api_key"].GetString());

        // GET /clients/me
        Assert.Equal("My app", (await http.ReadAsync("/v1/tenant"))["name"].GetString());

        // POST /auth/login {user_id} → {api_key}: a token of the user's, which ends by itself.
        var login = await http.SendAsync("/v1/tokens", new { user = "user_123" });
        await using (var screen = await SocketClient.HelloAsync(host.Address, login["token"].GetString()!))
        {
            // POST /notifications/ {type: websocket, email_fallback}
            var shown = await SendAsync(http, "order-1");
            var frame = await screen.NextAsync("inbox");
            Assert.Equal(("Order confirmed", "high"), (ContentOf(frame).GetProperty("subject").GetString(), frame.GetProperty("notification").GetProperty("metadata").GetProperty("priority").GetString()));
            await screen.DoAsync("ack", new { s = frame.GetProperty("s").GetInt64() });
            Assert.Equal(["websocket delivered", "email skipped"], await StepsAsync(http, shown.Id));
        }

        // Nobody there: the mail, once, and the reason for it where ChatAPI wrote meta.fallback_reason.
        var mailed = await SendAsync(http, "order-2");
        await Eventually.Async(async () => (await http.ReadAsync("/v1/users/user_123/inbox"))["unread"].GetInt64() == 2);
        await host.TimePasses(TimeSpan.FromSeconds(30));
        await Eventually.Async(async () => (await http.ReadAsync($"/v1/notifications/{mailed.Id}"))["status"].GetString() == "sent");
        Assert.Equal(["websocket expired", "email sent"], await StepsAsync(http, mailed.Id));
        Assert.Contains((await http.ReadAsync($"/v1/notifications/{mailed.Id}/timeline"))["data"].EnumerateArray(), e => e.GetProperty("type").GetString() == "step_begun" && e.GetProperty("reason").GetString() == "earlier_step_expired");
        var mails = (await http.ReadAsync("/v1/sandbox/emails"))["data"].EnumerateArray().Select(m => m.GetProperty("mail")).ToList();
        Assert.Equal(("user@example.com", "Your order is confirmed"), (mails.Single().GetProperty("to").GetProperty("email").GetString(), mails[0].GetProperty("subject").GetString()));

        // GET /notifications/?status=…, and its attempts
        Assert.Equal(mailed.Id, (await http.ReadAsync("/v1/notifications?external_id=order-2"))["data.0.id"].GetString());
        var mail = (await http.ReadAsync($"/v1/notifications/{mailed.Id}"))["deliveries.1.id"].GetString();
        Assert.Equal("ok", (await http.ReadAsync($"/v1/deliveries/{mail}/attempts"))["data.0.outcome"].GetString());

        // The user comes back: it is still there, and late.
        using var user = host.Client(login["token"].GetString());
        Assert.Equal(mailed.Id, (await user.ReadAsync("/v1/users/user_123/inbox?state=unread"))["data.0.id"].GetString());
        await user.AskAsync(HttpMethod.Post, $"/v1/users/user_123/inbox/{mailed.Id}/read");
        Assert.Equal(["websocket expired", "email sent"], await StepsAsync(http, mailed.Id));
    }

    private static async Task<Said> SendAsync(HttpClient http, string order)
    {
        var said = await http.SendAsync("/v1/notifications", new
        {
            to = new { user = "user_123", email = "user@example.com" },
            route = new object[] { new { channel = "websocket", within_s = 30 }, new { channel = "email", content = new { subject = "Your order is confirmed" } } },
            content = new { subject = "Order confirmed", text = "Your order is on its way." },
            priority = "high",
            external_id = order,
            metadata = new { priority = "high" },
        }, order);
        Assert.True(said.Status == 202, said.ToString());
        return said;
    }

    private static JsonElement ContentOf(JsonElement frame) => frame.GetProperty("notification").GetProperty("content");

    private static async Task<string[]> StepsAsync(HttpClient http, string notification) =>
        [.. (await http.ReadAsync($"/v1/notifications/{notification}"))["deliveries"].EnumerateArray().Select(d => $"{d.GetProperty("channel").GetString()} {d.GetProperty("status").GetString()}")];
}
