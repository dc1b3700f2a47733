using Microsoft.Extensions.Logging.Console;

namespace ChatRelay.Telemetry;

/// <summary>Where log lines go, in which form, and how much of the framework's is heard.</summary>
internal static class RelayLog
{
    public static ILoggingBuilder AddRelayLog(this ILoggingBuilder logging, LogOptions options, TimeProvider clock)
    {
        if (options.Form is LogForm.Json)
        {
            logging.Services.AddSingleton<ConsoleFormatter>(new JsonLines(clock));
            logging.AddConsole(console => console.FormatterName = JsonLines.FormatName);
        }
        else
        {
            logging.AddSimpleConsole(console => console.SingleLine = true);
        }
        logging.SetMinimumLevel(options.Level);
        foreach (var others in (string[])["Microsoft", "System", "Npgsql", "Polly"])
            logging.AddFilter(others, options.Level > LogLevel.Warning ? options.Level : LogLevel.Warning);
        return logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None); // EveryAnswer logs; that any level is on there costs an Activity a request
    }
}
