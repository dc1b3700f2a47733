using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Users;

namespace ChatRelay.Notifications;

/// <summary>One person or system that a notification is made for, and the room that it came by.</summary>
internal sealed record Addressee(string? User, string? Email, Guid? Room = null);

/// <summary>Whom a request is for. What names no address goes to that of the user's record, as it is when the request is accepted.</summary>
internal sealed class Recipients(UserAddresses addresses)
{
    public Task<IReadOnlyDictionary<string, string>> AddressesAsync(Guid wall, IEnumerable<NotificationInput> requests, CancellationToken ct) =>
        addresses.OfAsync(wall, [.. requests.Where(AsksRecords).SelectMany(r => r.To.Users ?? [r.To.User!]).Distinct()], ct);

    public static IReadOnlyList<Addressee> Of(NotificationInput request, IReadOnlyDictionary<string, string> known) =>
        [.. (request.To.Users ?? [request.To.User!]).Select(user => new Addressee(user, request.To.Email?.Text ?? (AsksRecords(request) ? known.GetValueOrDefault(user) : null)))];

    /// <summary>One person whom no step can reach is a mistake that the caller is told; of several, and behind other steps, the step is left out.</summary>
    public static Problem? Against(NotificationInput request, Addressee whom) =>
        whom.Email is null && request.To.User is not null && request.Steps.All(s => s.Channel is ChannelKind.Email)
            ? Problem.Validation("/to/email", FaultCodes.Missing, "Expected email: the user's record has none.") : null;

    private static bool AsksRecords(NotificationInput request) =>
        request.To is { Email: null, Room: null } and ({ User: not null } or { Users: not null }) && request.Steps.Any(s => s.Channel is ChannelKind.Email);
}
