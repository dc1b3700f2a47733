using ChatRelay.Events;
using ChatRelay.Http;
using ChatRelay.Http.Idempotency;
using ChatRelay.Http.Json;
using ChatRelay.Storage;
using Microsoft.EntityFrameworkCore;

namespace ChatRelay.Users;

/// <summary>PUT /v1/users/{user}: the whole record; what is left out is gone.</summary>
internal static class PutUser
{
    public static void Map(IEndpointRouteBuilder v1) => v1
        .MapPut("/users/{user}", Handle).WithName("users.put").WithSummary("Tell who a user is")
        .RequireScope(Scope.UsersWrite)
        .Reads<Request>("""{"display_name":"Ann","email":"ann@example.com","locale":"en-GB","time_zone":"Europe/London","metadata":{"plan":"pro"}}""")
        .Answers<UserView>(200, UserView.Example);

    internal sealed record Request
    {
        [Text(1, 120, OneWay = true)]
        public string? DisplayName { get; init; }

        [Text(1, 2048), Pattern("https?://.+", "an http or https address")]
        public string? AvatarUrl { get; init; }

        [Note("Where mail goes to that names only the user.")]
        public EmailAddress? Email { get; init; }

        [Pattern(@"\+[1-9][0-9]{6,14}", "a number as in E.164, such as +4915112345678")]
        public string? Phone { get; init; }

        [Pattern("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}", "a language tag, such as en-GB")]
        public string? Locale { get; init; }

        [Text(1, 64), Note("An IANA name, such as Europe/London.")]
        public string? TimeZone { get; init; }

        [MaxBytes(4 * 1024)]
        public RawJson? Metadata { get; init; }

        public void Check(Faults faults)
        {
            if (TimeZone is not null && (TimeZone.Contains(' ') || !TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _)))
                faults.Add("time_zone", FaultCodes.UnknownValue, "No time zone is called so.");
        }
    }

    private static Task<IResult> Handle(PathUser user, Body<Request> body, Caller caller, CalmWrites writes, RelayClock clock, CancellationToken ct)
    {
        if (!body.TryRead((request, faults) => request.Check(faults), out var request)) return Task.FromResult<IResult>(body.Problem);
        return writes.ForTenantAsync(caller.Wall, Keyed.None, async db =>
        {
            var now = clock.GetUtcNow();
            // One statement: two who tell of a new user at once must not meet as a broken key.
            var row = await db.Set<User>().FromSql($"""
                insert into relay.users as u (tenant_id, id, display_name, avatar_url, email, phone, locale, time_zone, metadata, created_at, updated_at)
                values ({caller.Wall}, {user.Id}, {request.DisplayName}, {request.AvatarUrl}, {request.Email?.Text}, {request.Phone}, {request.Locale}, {request.TimeZone}, {request.Metadata?.Text}, {now}, {now})
                on conflict (tenant_id, id) do update set display_name = excluded.display_name, avatar_url = excluded.avatar_url, email = excluded.email, phone = excluded.phone,
                  locale = excluded.locale, time_zone = excluded.time_zone, metadata = excluded.metadata, updated_at = excluded.updated_at
                returning *
                """).ToListAsync(ct);
            await EventLog.AppendAsync(db, NewEvent.Audited(caller.Wall, "user.put", caller.Actor, user.Id, clock), ct);
            return Answer.Ok(UserView.Of(row[0]));
        }, ct);
    }
}
