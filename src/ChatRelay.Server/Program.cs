using ChatRelay;
using ChatRelay.Settings;

if (args is ["settings"])
{
    Console.Write(SettingsPage.Render(AllOptions.Catalog));
    return 0;
}

var reading = SettingsReader.Read(AllOptions.Catalog, SettingsSource.OfThisProcess());
if (!reading.Good)
{
    foreach (var fault in reading.Faults) Console.Error.WriteLine(fault);
    return 2;
}

var server = reading.Settings.Of<ServerOptions>();
Console.WriteLine($"chatrelay would serve on http://{server.Bind}:{server.Port}");
return 0;
