using System.Collections.Frozen;
using ChatRelay.Deliveries;
using ChatRelay.Protocol;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using Xunit;

namespace ChatRelay.Tests.Notifications;

/// <summary>
/// Every outcome, status and problem code of these routes is reached over HTTP by a story of its own. One that is added to its list without a
/// story, and is not named here as coming with a later part, fails.
/// </summary>
public sealed class ReachTests(ReachFixture fixture) : IClassFixture<ReachFixture>
{
    private static readonly FrozenSet<string> Later =
    [
        "status read",                // with sockets: a user reads
        "status suppressed",          // with suppressions
        "problem blocked",            // with users
        "problem precondition_failed", // with objects that have versions
    ];

    public static TheoryData<string> Outcomes => [.. OutcomeStories.All.Keys];
    public static TheoryData<string> DeliveryStatuses => [.. DeliveryStories.All.Keys];
    public static TheoryData<string> NotificationStatuses => [.. NotificationStories.All.Keys];
    public static TheoryData<string> Problems => [.. ProblemStories.All.Keys];

    [Theory, MemberData(nameof(Outcomes))]
    public async Task Outcome_is_reached(string outcome)
    {
        var engine = await fixture.NewTenantAsync();
        var delivery = await OutcomeStories.All[outcome](engine);
        var attempts = await engine.Http.ReadAsync($"/v1/deliveries/{delivery}/attempts");
        Assert.Equal(outcome, attempts["data.0.outcome"].GetString());
    }

    [Theory, MemberData(nameof(DeliveryStatuses))]
    public async Task Delivery_status_is_reached(string status)
    {
        var engine = await fixture.NewTenantAsync(idle: status is "queued");
        var delivery = await DeliveryStories.All[status](engine);
        var read = await engine.DeliveryReachesAsync(delivery, status);
        var listed = await engine.Http.ReadAsync($"/v1/deliveries?status={status}");
        Assert.Contains(listed["data"].EnumerateArray(), d => d.GetProperty("id").GetString() == delivery);
        Assert.Equal(status, (await engine.Http.ReadAsync($"/v1/deliveries/{delivery}/why"))["status"].GetString());
        Assert.Equal(read["notification_id"].GetString(), (await engine.Http.ReadAsync($"/v1/notifications/{read["notification_id"].GetString()}")).Id);
    }

    [Theory, MemberData(nameof(NotificationStatuses))]
    public async Task Notification_status_is_reached(string status)
    {
        var engine = await fixture.NewTenantAsync(idle: status is "queued");
        var notification = await NotificationStories.All[status](engine);
        await engine.ReachesAsync(notification, status);
        var listed = await engine.Http.ReadAsync($"/v1/notifications?status={status}");
        Assert.Contains(listed["data"].EnumerateArray(), n => n.GetProperty("id").GetString() == notification);
    }

    [Theory, MemberData(nameof(Problems))]
    public async Task Problem_is_reached(string code)
    {
        var engine = await fixture.NewTenantAsync();
        var said = await ProblemStories.All[code](engine);
        Assert.True(said.Code == code, said.ToString());
        Assert.Equal(ProblemCode.All.Single(p => p.Code == code).Status, said.Status);
    }

    [Fact]
    public void What_has_no_story_is_known_to_come_later()
    {
        AssertTold("outcome", Enum.GetValues<Outcome>().Select(o => Words.Of(o)), OutcomeStories.All.Keys);
        AssertTold("status", Enum.GetValues<DeliveryStatus>().Select(s => Words.Of(s)), DeliveryStories.All.Keys);
        AssertTold("status", Enum.GetValues<NotificationStatus>().Select(s => Words.Of(s)), NotificationStories.All.Keys);
        AssertTold("problem", ProblemCode.All.Select(p => p.Code), ProblemStories.All.Keys);
    }

    private static void AssertTold(string kind, IEnumerable<string> all, IEnumerable<string> told)
    {
        var later = Later.Where(l => l.StartsWith(kind, StringComparison.Ordinal)).Select(l => l[(kind.Length + 1)..]).ToList();
        Assert.Equal(all.Order(StringComparer.Ordinal), told.Concat(later).Order(StringComparer.Ordinal));
    }
}
