using ChatRelay.Http.Json;

namespace ChatRelay.Http;

/// <summary>An end user in the path, by the tenant's own id.</summary>
internal readonly record struct PathUser(string Id) : IMayRefuse
{
    public Problem? Refused => ExternalIdAttribute.Allows(Id) ? null : Problem.Parameter($"A user is named by {ExternalIdAttribute.Expected}.");

    public static bool TryParse(string? text, IFormatProvider? _, out PathUser user)
    {
        user = new(text ?? "");
        return true;
    }
}
