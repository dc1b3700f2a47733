using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Suppressions;

/// <summary>The simulator's stories, whole, with a test key.</summary>
public sealed class SimulatorTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    [Theory]
    [InlineData("delivered", "delivered", "delivered", "delivered", null)]
    [InlineData("bounce", "failed", "bounced", "bounced", "hard_bounce")]
    [InlineData("blocked", "failed", "bounced", "bounced", null)]
    [InlineData("complaint", "delivered", "delivered", "complained delivered", "complaint")]
    [InlineData("unsubscribe", "delivered", "delivered", "delivered unsubscribed", "unsubscribe")]
    [InlineData("open", "delivered", "delivered", "delivered opened", null)]
    [InlineData("click", "delivered", "delivered", "clicked delivered opened", null)]
    [InlineData("invalid", "failed", "failed", "", "hard_bounce")]
    [InlineData("reject", "failed", "failed", "", null)]
    public async Task A_story_is_played_to_its_end_and_the_list_is_filled(string who, string notification, string delivery, string told, string? reason)
    {
        using var test = await (await fixture.Engine.ForAnotherTenantAsync()).Tenant.WithKeyAsync("test");
        var to = $"{who}@simulator";
        var said = await SendAsync(test, to);
        await EngineHost.UntilAsync(() => test.ReadAsync($"/v1/notifications/{said.Id}"), n => n["status"].GetString() == notification);
        await EngineHost.UntilAsync(() => test.ReadAsync($"/v1/notifications/{said.Id}/timeline"), t => Story(t) == told);
        Assert.Equal(delivery, (await test.ReadAsync($"/v1/notifications/{said.Id}"))["deliveries.0.status"].GetString());
        await EngineHost.UntilAsync(() => test.ReadAsync("/v1/suppressions"), list => list["data"].EnumerateArray().SingleOrDefault() is var one
            && (reason is null ? list["data"].GetArrayLength() == 0 : one.ValueKind is System.Text.Json.JsonValueKind.Object && one.GetProperty("reason").GetString() == reason));

        // The next mail of each kind, and to another of the same name.
        var holds = reason is "hard_bounce";
        await EndsAsync(test, await SendAsync(test, to), holds ? "suppressed" : notification);
        await EndsAsync(test, await SendAsync(test, to, "broadcast"), reason is not null ? "suppressed" : notification);
        await EndsAsync(test, await SendAsync(test, $"{who}+again@simulator"), notification);
    }

    [Theory]
    [InlineData("defer", "retrying", "provider_rejected"), InlineData("timeout", "held", "timeout")]
    public async Task What_was_not_taken_is_tried_again_or_held_and_suppresses_nobody(string who, string status, string outcome)
    {
        using var test = await (await fixture.Engine.ForAnotherTenantAsync()).Tenant.WithKeyAsync("test");
        var said = await SendAsync(test, $"{who}@simulator");
        var delivery = await EngineHost.UntilAsync(() => test.ReadAsync($"/v1/deliveries/{said["deliveries.0.id"].GetString()}"), d => d["status"].GetString() == status);
        Assert.Equal((outcome, who == "timeout"), (delivery["last_outcome"].GetString(), delivery["maybe_sent"].GetBoolean()));
        Assert.Equal(0, (await test.ReadAsync("/v1/suppressions"))["data"].GetArrayLength());
    }

    private static string Story(Said timeline) => string.Join(' ', timeline["data"].EnumerateArray().Select(e => e.GetProperty("type").GetString()!).Except(["accepted", "step_begun", "attempt", "step_ended"]).Order());

    private static Task<Said> EndsAsync(HttpClient test, Said said, string status) => EngineHost.UntilAsync(() => test.ReadAsync($"/v1/notifications/{said.Id}"), n => n["status"].GetString() == status);

    private static async Task<Said> SendAsync(HttpClient test, string to, string stream = "transactional")
    {
        var said = await test.SendAsync("/v1/notifications", new { to = new { email = to }, content = new { subject = "Hello", text = "x", email = new { stream } } });
        Assert.True(said.Status == 202, said.ToString());
        return said;
    }
}
