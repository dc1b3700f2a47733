namespace ChatRelay.Http;

/// <summary>The query of a request, read by what its endpoint declares.</summary>
internal sealed class Query
{
    private static readonly object Key = new();
    private static readonly Query Empty = new();
    private readonly Dictionary<string, object> values = [];

    /// <summary>The first parameter that is wrong.</summary>
    public Problem? Refused { get; private init; }

    public T? Value<T>(string name) where T : struct => values.TryGetValue(name, out var value) ? (T)value : null;
    public string? Text(string name) => values.TryGetValue(name, out var value) ? (string)value : null;

    /// <summary>Every filter and its value, in a fixed order: a cursor belongs to exactly these.</summary>
    public string FilterText(params ReadOnlySpan<string> except)
    {
        var ignored = except.ToArray();
        return string.Join('&', values.Where(v => !ignored.Contains(v.Key)).OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={v.Value}"));
    }

    public static ValueTask<Query> BindAsync(HttpContext http) => ValueTask.FromResult(Of(http));

    public static Query Of(HttpContext http)
    {
        if (!http.Request.QueryString.HasValue) return Empty;
        if (http.Items.TryGetValue(Key, out var read)) return (Query)read!;
        var query = Read(http.Request.Query, http.GetEndpoint()?.Metadata.GetMetadata<TakesQuery>()?.Parameters ?? []);
        http.Items[Key] = query;
        return query;
    }

    private static Query Read(IQueryCollection given, IReadOnlyList<QueryParameter> taken)
    {
        var query = new Query();
        foreach (var (name, texts) in given)
        {
            var parameter = taken.FirstOrDefault(p => p.Name == name);
            if (parameter is null) return new() { Refused = Problem.Parameter(taken.Count == 0 ? "This route takes no query parameters." : $"This route takes {string.Join(", ", taken.Select(p => p.Name))} as query parameters, and no other.") };
            if (texts.Count != 1 || texts[0] is not { } text || parameter.Read(text) is not { } value)
                return new() { Refused = Problem.Parameter($"{parameter.Name} is {parameter.Form}, given once.") };
            query.values[name] = value;
        }
        return query;
    }
}
