using ChatRelay.Protocol;

namespace ChatRelay.Http;

/// <summary>An id in the path. One that cannot be read is an id that nothing has: it takes the same way to the same 404.</summary>
internal readonly record struct PathId<T>(T Id) where T : struct, IRelayId<T>
{
    public static bool TryParse(string? text, IFormatProvider? _, out PathId<T> id)
    {
        id = RelayId.TryParse<T>(text, out var read) ? new(read) : default;
        return true;
    }
}
