using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Stories;

/// <summary>ChatChit: urgent things before the rest, groups that their leaders run, and figures that somebody can watch.</summary>
[Collection(nameof(Stories))]
public sealed class ChatChitStory(StoryRelay relay)
{
    [Fact]
    public async Task Urgent_mail_a_group_that_is_moderated_and_figures_of_all_of_it()
    {
        var app = await relay.AppAsync("ChatChit");

        // A notice to the whole group, and one that cannot wait.
        var room = await app.RoomAsync(new { external_id = "team" }, "lead", "ann", "bob");
        await App.DoAsync(app.Backend, HttpMethod.Put, $"/v1/rooms/{room}/members/lead", new { role = "owner" });
        foreach (var user in (string[])["lead", "ann", "bob"]) await App.DoAsync(app.Backend, HttpMethod.Put, $"/v1/users/{user}", new { email = $"{user}@example.com" });
        var group = await App.PostAsync(app.Backend, "/v1/notifications", new { to = new { room }, priority = "low", content = new { subject = "Minutes", text = "Attached nowhere." } });
        var alarm = await App.PostAsync(app.Backend, "/v1/notifications", new { to = new { email = "lead@example.com" }, priority = "high", content = new { subject = "Down", text = "Come." } });
        await Eventually.Async(async () => (await app.Backend.ReadAsync($"/v1/notifications/{alarm.Id}"))["status"].GetString() == "sent");
        await Eventually.Async(async () => (await app.MailsAsync("ann@example.com")).Count == 1 && (await app.MailsAsync("bob@example.com")).Count == 1);
        Assert.Equal("made", (await app.Backend.ReadAsync($"/v1/notification-groups/{group["group_id"].GetString()}"))["status"].GetString());

        // Bob is muted, then banned; the lead takes away what he said.
        using var bob = await app.SignedInAsync("bob");
        using var lead = await app.SignedInAsync("lead");
        var spam = await App.PostAsync(bob, $"/v1/rooms/{room}/messages", new { body = new { text = "Buy now" } });
        await App.DoAsync(app.Backend, HttpMethod.Put, $"/v1/rooms/{room}/members/bob", new { muted_until = DateTimeOffset.UtcNow.AddDays(1) });
        Assert.Equal(403, (await bob.SendAsync($"/v1/rooms/{room}/messages", new { body = new { text = "Buy more" } })).Status);
        await App.DoAsync(lead, HttpMethod.Delete, $"/v1/rooms/{room}/messages/{spam.Id}");
        await App.DoAsync(app.Backend, HttpMethod.Put, $"/v1/rooms/{room}/members/bob", new { banned_until = DateTimeOffset.UtcNow.AddDays(1) });
        Assert.Equal(404, (await bob.ReadAsync($"/v1/rooms/{room}")).Status);
        using var ann = await app.SignedInAsync("ann");
        Assert.DoesNotContain("Buy", (await ann.ReadAsync($"/v1/rooms/{room}/messages?after_seq=0")).Text, StringComparison.Ordinal);

        // Whoever runs it sees what went out, what waits and whether all is well; the tenant sees its own.
        var figures = (await app.Relay.Operator.ReadAsync("/metrics")).Text;
        Assert.Contains("chatrelay_attempts_total", figures, StringComparison.Ordinal);
        Assert.Equal("ok", (await app.Relay.Operator.ReadAsync("/health/detailed"))["status"].GetString());
        Assert.Equal(200, (await app.Relay.Operator.ReadAsync("/v1/ops/alerts")).Status);
        Assert.Equal(200, (await app.Backend.ReadAsync("/v1/usage")).Status);
    }
}
