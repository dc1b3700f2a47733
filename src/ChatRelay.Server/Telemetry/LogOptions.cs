using ChatRelay.Settings;

namespace ChatRelay.Telemetry;

/// <summary>For whom the log is written.</summary>
internal enum LogForm
{
    Text,
    Json,
}

/// <summary>The log goes to standard output; whoever started the server keeps and rotates it.</summary>
internal sealed record LogOptions
{
    [Setting("CHATRELAY_LOG", "The form of the log on standard output: `text` for people, `json` for machines, one object a line.")]
    public LogForm Form { get; init; } = LogForm.Text;

    [Setting("CHATRELAY_LOG_LEVEL", "The least that is logged. `information` adds a line for each request, attempt, closed socket and job.")]
    public LogLevel Level { get; init; } = LogLevel.Warning;
}
