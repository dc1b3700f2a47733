using ChatRelay;
using ChatRelay.Settings;

if (args is ["settings"])
{
    Console.Write(SettingsPage.Render(AllOptions.Catalog));
    return 0;
}

if (args is not ([] or ["up"] or ["keys", _] or ["backup" or "restore", _] or ["health"]))
{
    Console.Error.WriteLine($"{string.Join(' ', args)}: not a command of this server. Known: up, keys show|add|rotate, backup FOLDER, restore FOLDER, health, settings.");
    return 64;
}

var reading = SettingsReader.Read(AllOptions.Catalog, SettingsSource.OfThisProcess());
if (reading.Good && args is ["health"]) return await HealthVerb.RunAsync(reading.Settings.Of<ServerOptions>());
#pragma warning disable RS0030 // the one place that names the system's clock
if (reading.Good && args is ["keys", var verb]) return await new KeysVerb(reading.Settings, TimeProvider.System).RunAsync(verb);
if (reading.Good && args is ["backup" or "restore", var folder]) return await new BackupVerb(reading.Settings, TimeProvider.System).RunAsync(args[0], folder);
if (reading.Good) return await new Launch(reading.Settings, TimeProvider.System).RunAsync();
#pragma warning restore RS0030

foreach (var fault in reading.Faults) Console.Error.WriteLine(fault);
return Launch.WrongSettings;
