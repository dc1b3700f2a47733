// A shop's backend. An order that is shipped is told on the customer's screen, and by mail to whoever does not look within half a minute.
// What became of it comes back by the relay's webhooks, which are verified, and acted on once.
//   RELAY=http://127.0.0.1:8080 KEY=cr_live_… PORT=8091 dotnet run --project samples/order-updates
using System.Collections.Concurrent;
using ChatRelay.Client;

var (port, patience) = (int.Parse(Setting("PORT", "8091")), int.Parse(Setting("ON_SCREEN_S", "30")));
using var relay = new RelayClient(Setting("RELAY", "http://127.0.0.1:8080"), Setting("KEY", ""));
var orders = new ConcurrentDictionary<string, string>(); // how far the news of each order got
var seen = new ConcurrentDictionary<string, bool>(); // a real shop keeps these in its database

// Our endpoint, made at the first start and found at the next ones; and what verifies what comes to it.
await Need(relay.WebhookEndpoints.PutAsync("ext:order-updates", new() { Url = $"http://127.0.0.1:{port}/relay-events", EventTypes = ["notification.*"] }));
var secrets = await Need(relay.WebhookEndpoints.SecretAsync("ext:order-updates"));
var webhooks = new RelayWebhooks([secrets.Secret, .. secrets.Previous.Select(p => p.Secret)]);

var app = WebApplication.CreateSlimBuilder().Build();

app.MapPost("/orders/{order}/shipped", async (string order, string user, string email, CancellationToken ct) =>
{
    // The order names the request: a shop that crashed here and asks again tells nobody twice.
    var sent = await relay.Notifications.SendAsync(
        new()
        {
            To = new() { User = user, Email = email },
            Route = [new() { Channel = ChannelName.Websocket, WithinS = patience }, new() { Channel = ChannelName.Email }],
            Content = new() { Subject = $"Order {order}", Text = "It is on its way." },
            Category = "orders",
            ExternalId = order,
        },
        idempotencyKey: $"shipped-{order}", ct);
    return sent.TryGet(out _, out var failure) ? Results.Accepted($"/orders/{order}") : Results.Problem(failure.ToString(), statusCode: 502);
});

app.MapGet("/orders/{order}", (string order) => orders.TryGetValue(order, out var state) ? Results.Text(state) : Results.NotFound());

app.MapPost("/relay-events", async (HttpRequest request, CancellationToken ct) =>
{
    using var body = new MemoryStream();
    await request.Body.CopyToAsync(body, ct); // as it came: a body that was parsed and written again has another signature
    var read = webhooks.Read(request.Headers["webhook-id"], request.Headers["webhook-timestamp"], request.Headers["webhook-signature"], body.ToArray());
    if (read.Event is not { } told) return Results.BadRequest(read.Verdict.ToString());

    var id = told.Data.GetProperty("notification_id").GetString()!;
    if (seen.ContainsKey(told.Id)) return Results.NoContent();
    // Events may overtake each other: how it stands is asked for. What we cannot take now the relay says again.
    if (!(await relay.Notifications.GetAsync(id, ct)).TryGet(out var notification, out var failure)) return Results.Problem(failure.ToString(), statusCode: 503);
    orders[notification.ExternalId!] = notification.Status.Text;
    seen[told.Id] = true;
    return Results.NoContent();
});

app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"listening on {port}"));
app.Run($"http://127.0.0.1:{port}");

static string Setting(string name, string otherwise) => Environment.GetEnvironmentVariable(name) ?? otherwise;

static async Task<T> Need<T>(Task<RelayResult<T>> call) => (await call).Value; // without it there is no shop
