// Sends a notification and reads its story.
//   RELAY=http://127.0.0.1:8080 KEY=cr_live_… dotnet run --project samples/FirstNotification
using ChatRelay.Client;

using var relay = new RelayClient(Environment.GetEnvironmentVariable("RELAY") ?? "http://127.0.0.1:8080", Environment.GetEnvironmentVariable("KEY") ?? "");

var sent = await relay.Notifications.SendAsync(new()
{
    To = new() { Email = "ann@example.com" },
    Content = new() { Subject = "Hello", Text = "It works." },
});
if (!sent.TryGet(out var accepted, out var failure))
{
    Console.Error.WriteLine(failure);
    return 1;
}
Console.WriteLine($"{accepted.Id} is {accepted.Status}");

while ((await relay.Notifications.GetAsync(accepted.Id!)).Value.Status is var status && (status == NotificationStatus.Queued || status == NotificationStatus.Sending))
    await Task.Delay(200);
foreach (var entry in (await relay.Notifications.TimelineAsync(accepted.Id!)).Value.Data)
    Console.WriteLine($"{entry.At:HH:mm:ss.fff} {entry.Type} {entry.Channel} {entry.Status} {entry.Outcome}");
return 0;
