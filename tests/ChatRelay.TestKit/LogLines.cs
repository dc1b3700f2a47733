using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ChatRelay.TestKit;

/// <summary>What a node says at a level and above: warnings, for tests that want it to be silent; everything, for those that look for what nobody may say.</summary>
internal sealed class LogLines(LogLevel least) : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Written => _lines;

    public ILogger CreateLogger(string categoryName) => new Category(categoryName, least, _lines);

    public void Dispose()
    {
    }

    private sealed class Category(string name, LogLevel least, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) lines.Enqueue($"{name}[{eventId.Id}] {formatter(state, exception)} {exception}");
        }
    }
}
