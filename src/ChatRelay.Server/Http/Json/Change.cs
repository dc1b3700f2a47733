namespace ChatRelay.Http.Json;

/// <summary>A member of a PATCH: absent (leave it), or given, where null may be a value (take it away).</summary>
internal readonly record struct Change<T>
{
    private Change(T value) => (Given, Value) = (true, value);

    public bool Given { get; }

    /// <summary>The default if it was not given.</summary>
    public T? Value { get; }

    public static Change<T> To(T value) => new(value);

    /// <summary>What the member is afterwards.</summary>
    public T Or(T before) => Given ? Value! : before;
}
