namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>The host cannot run the private PostgreSQL. The message is one line for the person at the terminal.</summary>
internal sealed class PostgresFailed(string line) : Exception(line);
