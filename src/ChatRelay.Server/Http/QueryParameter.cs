using System.Globalization;
using ChatRelay.Protocol;

namespace ChatRelay.Http;

/// <summary>A query parameter that an endpoint takes: its form, its meaning, and how its text becomes a value.</summary>
internal abstract record QueryParameter(string Name, string Meaning)
{
    /// <summary>Null if the text is not of the form.</summary>
    public abstract object? Read(string text);

    public abstract string Form { get; }

    public sealed record Text(string Name, string Meaning, int Max = 256) : QueryParameter(Name, Meaning)
    {
        public override string Form => $"1 to {Max} characters";
        public override object? Read(string text) => text.Length > 0 && text.Length <= Max && !text.Any(char.IsControl) ? text : null;
    }

    public sealed record Number(string Name, string Meaning, int Min, int Max, int Default) : QueryParameter(Name, Meaning)
    {
        public override string Form => $"a whole number from {Min} to {Max}";
        public override object? Read(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= Min && number <= Max ? number : null;
    }

    /// <summary>A number in some order; nothing stands for it when it is left out.</summary>
    public sealed record Position(string Name, string Meaning, long Min) : QueryParameter(Name, Meaning)
    {
        public override string Form => $"a whole number from {Min} on";
        public override object? Read(string text) =>
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= Min ? number : null;
    }

    public sealed record OneOf(string Name, string Meaning, IReadOnlyList<string> Values) : QueryParameter(Name, Meaning)
    {
        public override string Form => $"one of {string.Join(", ", Values)}";
        public override object? Read(string text) => Values.Contains(text) ? text : null;
    }

    public sealed record Flag(string Name, string Meaning) : QueryParameter(Name, Meaning)
    {
        public override string Form => "true or false";
        public override object? Read(string text) => text switch { "true" => true, "false" => false, _ => null };
    }

    public sealed record Time(string Name, string Meaning) : QueryParameter(Name, Meaning)
    {
        public override string Form => "a time as in RFC 3339, such as 2026-01-31T12:00:00Z";

        // Offsets are required: a time without one means nothing on a server.
        public override object? Read(string text) =>
            DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture,
                DateTimeStyles.AdjustToUniversal, out var time) && text.Length > 19 && (text[^1] is 'Z' || text.LastIndexOfAny(['+', '-']) > 10) ? time : null;
    }

    public sealed record Id<T>(string Name, string Meaning) : QueryParameter(Name, Meaning) where T : struct, IRelayId<T>
    {
        public override string Form => $"a {T.Prefix}_ id";
        public override object? Read(string text) => RelayId.TryParse<T>(text, out var id) ? id : null;
    }
}

/// <summary>The parameters of one endpoint; any other name is refused, so that a mistyped filter never means "everything".</summary>
internal sealed record TakesQuery(IReadOnlyList<QueryParameter> Parameters);

internal static class TakesQueryWords
{
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder endpoint, params QueryParameter[] parameters) =>
        endpoint.WithMetadata(new TakesQuery(parameters));
}
