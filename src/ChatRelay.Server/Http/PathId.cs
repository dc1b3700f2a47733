using System.Reflection;
using ChatRelay.Protocol;

namespace ChatRelay.Http;

/// <summary>An id in the path. One that cannot be read is an id that nothing has: it takes the same way to the same 404.</summary>
internal readonly record struct PathId<T>(T Id) where T : struct, IRelayId<T>
{
    public static ValueTask<PathId<T>> BindAsync(HttpContext http, ParameterInfo parameter) =>
        ValueTask.FromResult(new PathId<T>(RelayId.TryParse<T>(http.GetRouteValue(parameter.Name!) as string, out var id) ? id : default));
}
