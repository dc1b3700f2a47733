using ChatRelay.TestKit;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd.WebChat;

/// <summary>samples/web-chat: presence, typing, reactions, threads, pins, mentions and search, as two people see them.</summary>
public sealed class LivelyChatTests(ChatBrowser browser) : IClassFixture<ChatBrowser>, IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await browser.CloseAllAsync();

    [Fact]
    public async Task Two_people_see_each_other_come_type_react_reply_pin_find_and_go()
    {
        var (ann, bob) = (await browser.OpenAsync("ann"), await browser.OpenAsync("bob", ColorScheme.Dark));
        foreach (var window in (ChatWindow[])[ann, bob]) await window.EnterAsync("General");

        // 1. Presence.
        await Assertions.Expect(ann.Page.Locator("#room-people")).ToHaveTextAsync("Bob is online");
        await bob.Page.GetByLabel("Your status").SelectOptionAsync("dnd");
        await Assertions.Expect(ann.Page.Locator("#room-people")).ToHaveTextAsync("Bob is do not disturb");
        await bob.Page.ReloadAsync(); // it holds over a reload, and this page knows it
        await bob.EnterAsync("General");
        await Assertions.Expect(bob.Page.GetByLabel("Your status")).ToHaveValueAsync("dnd");
        await bob.Page.GetByLabel("Your status").SelectOptionAsync("online");
        await Assertions.Expect(ann.Page.Locator("#room-people")).ToHaveTextAsync("Bob is online");

        // 2. Typing, which a message ends.
        await bob.Composer.PressSequentiallyAsync("Who has the ke");
        await Assertions.Expect(ann.Page.Locator("#typing")).ToHaveTextAsync("Bob is typing…");
        await Assertions.Expect(ann.Room("General")).ToContainTextAsync("Bob is typing…");
        await bob.SayAsync("Who has the key to the greenhouse?");
        await ann.HasAsync("Who has the key to the greenhouse?");
        await Assertions.Expect(ann.Page.Locator("#typing")).ToHaveTextAsync("");

        // 3. Reactions, there and back.
        await ann.ActAsync("Who has the key to the greenhouse?", "React with thumbs up");
        var reaction = bob.Said("Who has the key to the greenhouse?").Locator(".reaction");
        await Assertions.Expect(reaction).ToHaveTextAsync("👍 1");
        await reaction.ClickAsync();
        await Assertions.Expect(ann.Said("Who has the key to the greenhouse?").Locator(".reaction")).ToHaveTextAsync("👍 2");
        await Assertions.Expect(reaction).ToHaveAttributeAsync("aria-pressed", "true");
        await reaction.ClickAsync();
        await Assertions.Expect(ann.Said("Who has the key to the greenhouse?").Locator(".reaction")).ToHaveTextAsync("👍 1");

        // 4. A thread.
        await ann.ActAsync("Who has the key to the greenhouse?", "Reply in a thread");
        await ann.Page.GetByLabel("Reply", new() { Exact = true }).FillAsync("It hangs behind the door, @bob");
        await ann.Page.GetByLabel("Reply", new() { Exact = true }).PressAsync("Enter");
        await bob.Said("Who has the key to the greenhouse?").GetByRole(AriaRole.Button, new() { Name = "1 reply" }).ClickAsync();
        await Assertions.Expect(bob.Page.Locator("#panel-body .mention")).ToHaveTextAsync("@bob");
        await bob.Page.GetByLabel("Reply", new() { Exact = true }).FillAsync("Found it");
        await bob.Page.GetByLabel("Reply", new() { Exact = true }).PressAsync("Enter");
        await Assertions.Expect(ann.Page.Locator("#panel-body")).ToContainTextAsync("Found it");
        await Assertions.Expect(ann.Said("Who has the key to the greenhouse?")).ToContainTextAsync("2 replies");
        await ann.LookAsync("lively-thread-light");
        await bob.LookAsync("lively-thread-dark");
        using (var rest = await browser.RestAsync("bob"))
            Assert.Contains("It hangs behind the door", (await rest.ReadAsync("/v1/users/bob/mentions")).ToString(), StringComparison.Ordinal);

        // 5. A pin.
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();
        await ann.ActAsync("Who has the key to the greenhouse?", "Pin");
        await Assertions.Expect(bob.Said("Who has the key to the greenhouse?").Locator(".pinned")).ToBeVisibleAsync();
        await bob.Page.GetByRole(AriaRole.Button, new() { Name = "Pinned messages" }).ClickAsync();
        await Assertions.Expect(bob.Page.Locator("#panel-body")).ToContainTextAsync("Who has the key to the greenhouse?");

        // 6. Found again, as soon as the index has it.
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Search in this room" }).ClickAsync();
        await ann.Page.GetByLabel("Words to look for").FillAsync("greenhouse");
        await ann.Page.GetByLabel("Words to look for").PressAsync("Enter");
        await Eventually.Async(async () =>
        {
            await ann.Page.GetByLabel("Words to look for").PressAsync("Enter");
            return await ann.Page.Locator(".hit").CountAsync() == 1;
        });
        await ann.LookAsync("lively-search-light");
        await ann.Page.Locator(".hit").ClickAsync();
        await Assertions.Expect(ann.Said("Who has the key to the greenhouse?")).ToBeInViewportAsync();

        // 7. Everything is there again after a reload.
        await ann.Page.ReloadAsync();
        await ann.EnterAsync("General");
        await Assertions.Expect(ann.Said("Who has the key to the greenhouse?").Locator(".reaction")).ToHaveTextAsync("👍 1");
        await Assertions.Expect(ann.Said("Who has the key to the greenhouse?")).ToContainTextAsync("2 replies");
        await Assertions.Expect(ann.Said("Who has the key to the greenhouse?").Locator(".pinned")).ToBeVisibleAsync();

        // 8. Gone, after the grace.
        await bob.Page.CloseAsync();
        await Assertions.Expect(ann.Page.Locator("#room-people")).ToContainTextAsync("Bob is offline · seen", new() { Timeout = 40_000 });
        Assert.Empty(ann.Complaints.Concat(bob.Complaints));
    }

    [Fact]
    public async Task In_a_sealed_room_a_reaction_is_sealed_too()
    {
        var (ann, bob) = (await browser.OpenAsync("ann"), await browser.OpenAsync("bob"));
        await ann.Room("Just us").ClickAsync();
        await bob.EnterAsync("Just us");
        await Assertions.Expect(ann.Composer).ToBeEnabledAsync();
        await ann.SayAsync("Shall we?");
        await bob.HasAsync("Shall we?");
        await bob.ActAsync("Shall we?", "React with heart");
        await Assertions.Expect(ann.Said("Shall we?").Locator(".reaction")).ToHaveTextAsync("❤️ 1");
        Assert.DoesNotContain(bob.Frames.ToList(), frame => frame.Contains('❤') || frame.Contains("\\u2764", StringComparison.OrdinalIgnoreCase));
        await bob.Said("Shall we?").Locator(".reaction").ClickAsync();
        await Assertions.Expect(ann.Said("Shall we?").Locator(".reaction")).ToHaveCountAsync(0);
        Assert.Empty(ann.Complaints.Concat(bob.Complaints));
    }
}
