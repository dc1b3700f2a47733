using ChatRelay.Jobs;

namespace ChatRelay.Webhooks;

/// <summary>
/// How the tenant's own events forget: those about a person, if they say so, or one by its id. (1) what they say is gone from the log, and so from all that is rendered
/// later; (2) what was rendered before is waited for; (3) what receivers answered is gone. The relay's own events hold ids only, and stay.
/// </summary>
internal static class EventErasure
{
    public static IServiceCollection AddEventErasure(this IServiceCollection services) => services.AddRules(PersonKind.User, "about_user = $2").AddRules(PersonKind.Event, "id = $2::uuid");

    private static IServiceCollection AddRules(this IServiceCollection services, PersonKind kind, string isIts) => services
        .AddSingleton(new ErasureRule("events", kind, $"{isIts} and not audit and subject is null", "data = 'null'"))
        .AddSingleton(new ErasureRule("attempts", kind, $"delivery_id in ({DeliveriesOf(isIts)})", "response_headers = null, response_body = null")
        {
            Turn = 3,
            Waits =
            [
                "select 1 from webhook_feeds where tenant_id = $1 and $2::text is not null for update", // whoever fans out has read before, or reads after
                $"select exists (select from queue where tenant_id = $1 and claimed_by is not null and id in ({DeliveriesOf(isIts)}))",
            ],
        });

    // The first delivery of an event to an endpoint has the event's time in its id: it is found along the key. Repeats name what they repeat.
    private static string DeliveriesOf(string isIts) => $"""
        with recursive sent as (
          select d.id from (select id from events where tenant_id = $1 and {isIts}) e join deliveries d on d.tenant_id = $1 and d.event_id = e.id
            and d.id between (left(e.id::text, 13) || '-0000-0000-000000000000')::uuid and (left(e.id::text, 13) || '-ffff-ffff-ffffffffffff')::uuid
          union
          select r.id from sent s join deliveries r on r.tenant_id = $1 and r.retry_of = s.id
        )
        select id from sent
        """;
}
