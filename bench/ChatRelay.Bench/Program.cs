using ChatRelay.Bench.Console;
using ChatRelay.Bench.Engine;
using ChatRelay.Bench.Harness;
using ChatRelay.Bench.House;
using ChatRelay.Bench.Inbox;
using ChatRelay.Bench.Mail;
using ChatRelay.Bench.Rooms;
using ChatRelay.Bench.Webhooks;

if (args is ["serve", "bare", var port]) return await BareApi.ServeAsync(int.Parse(port));
if (args is ["serve", NoOpNode.Name, var nodePort]) return await NoOpNode.ServeAsync(int.Parse(nodePort));
if (args is ["serve", RoomHub.Name, var hubPort]) return await RoomHub.ServeAsync(int.Parse(hubPort));
if (BenchArguments.Read(args) is not { } asked)
{
    Console.Error.WriteLine(BenchArguments.Usage);
    return 64;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
var report = new Report(asked);
report.Begin();
try
{
    switch (asked.Name)
    {
        case "house":
            await HouseBench.RunAsync(asked, report, stop.Token);
            break;
        case "engine":
            await EngineBench.RunAsync(asked, report, stop.Token);
            break;
        case "webhooks":
            await WebhookBench.RunAsync(asked, report, stop.Token);
            break;
        case "inbox":
            await InboxBench.RunAsync(asked, report, stop.Token);
            break;
        case "console":
            await ConsoleBench.RunAsync(asked, report, stop.Token);
            break;
        case "mail":
            await MailBench.RunAsync(asked, report, stop.Token);
            break;
        case "rooms":
            await RoomsBench.RunAsync(asked, report, stop.Token);
            break;
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130; // what was measured so far has been printed
}
catch (Exception e) when (e is not OutOfMemoryException) // caught here, so that the servers are stopped on the way
{
    Console.Error.WriteLine(e);
    return 1;
}
report.Save();
return 0;
