namespace ChatRelay.Settings;

/// <summary>The options records as they were read: each one a plain singleton of its own type.</summary>
internal sealed class RelaySettings(IReadOnlyDictionary<Type, object> records)
{
    public T Of<T>() where T : class => (T)records[typeof(T)];

    public RelaySettings With<T>(T replaced) where T : class => new(new Dictionary<Type, object>(records) { [typeof(T)] = replaced });

    public void AddTo(IServiceCollection services)
    {
        services.AddSingleton(this);
        foreach (var (type, record) in records) services.AddSingleton(type, record);
    }
}
