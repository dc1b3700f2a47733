using System.Text.RegularExpressions;
using ChatRelay.TestKit;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd.WebChat;

/// <summary>samples/web-chat as two people use it, in the distribution's Chromium.</summary>
public sealed partial class WebChatInChromiumTests(ChatBrowser browser) : IClassFixture<ChatBrowser>, IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await browser.CloseAllAsync();

    [Fact]
    public async Task Two_people_talk_over_a_network_that_is_cut_and_nothing_is_lost_or_there_twice()
    {
        var anns = await browser.NewBrowserAsync();
        await anns.AddInitScriptAsync(LosesAnswers);
        var (ann, bob) = (await ChatWindow.OpenAsync(anns, "ann"), await browser.OpenAsync("bob", ColorScheme.Dark));
        var room = await NewRoomAsync(ann, bob);

        // 1. They talk, and see how far the other has read.
        await ann.SayAsync("Good morning! Shall we look at the plan? https://example.com/plan");
        await bob.SayAsync("Morning. I have read it twice: <b>it is good</b>");
        await ann.HasAsync("Morning. I have read it twice: <b>it is good</b>");
        await Assertions.Expect(bob.Page.Locator(".state[data-state=Read]")).ToHaveCountAsync(1);
        await ann.SayAsync("Then let us say tne.");
        await Assertions.Expect(ann.Said("Then let us say tne.").Locator(".state")).ToHaveTextAsync("Read");
        await ann.ActAsync("Then let us say tne.", "Edit");
        await ann.SayAsync("Then let us say ten.");
        await Assertions.Expect(bob.Said("Then let us say ten.")).ToContainTextAsync("edited");
        await bob.SayAsync("wrong window");
        await bob.ActAsync("wrong window", "Delete");
        await Assertions.Expect(ann.Messages.GetByText("This message was deleted.")).ToHaveCountAsync(1);
        await ann.LookAsync("talk-light");
        await bob.LookAsync("talk-dark");

        // 2. Bob looks elsewhere: what comes is unread, and marked when he is back.
        await bob.EnterAsync("Ideas");
        await ann.SayAsync("Are you there?");
        await Assertions.Expect(bob.Room(room).Locator(".badge")).ToHaveTextAsync("1 unread");
        await Assertions.Expect(ann.Said("Are you there?").Locator(".state")).ToHaveTextAsync("Sent");
        await bob.EnterAsync(room);
        await Assertions.Expect(bob.Messages.GetByText("New", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(ann.Said("Are you there?").Locator(".state")).ToHaveTextAsync("Read");

        // 3. The network is cut; both go on writing, and a third device of Bob's is not cut off.
        browser.Network.Refusing = true;
        await Assertions.Expect(ann.Page.Locator("#connection")).ToContainTextAsync("No connection");
        await Assertions.Expect(bob.Page.Locator("#connection")).ToContainTextAsync("No connection");
        for (var i = 1; i <= 3; i++) await ann.SayAsync($"ann, cut off, {i}");
        for (var i = 1; i <= 2; i++) await bob.SayAsync($"bob, cut off, {i}");
        await Assertions.Expect(ann.Said("ann, cut off, 1")).ToContainTextAsync("Sending…");
        await Assertions.Expect(ann.Page.Locator("#connection")).ToContainTextAsync("3 messages will be sent then");
        using var elsewhere = await browser.RestAsync("bob");
        var id = await RoomIdAsync(elsewhere, room);
        Assert.Equal(201, (await elsewhere.SendAsync($"/v1/rooms/{id}/messages", new { type = "text", body = new { text = "bob, on the train" } })).Status);
        await ann.LookAsync("cut-light");
        await bob.LookAsync("cut-dark");

        // 4. Restored: by themselves they have all of it, once, in the same order as the relay.
        browser.Network.Refusing = false;
        foreach (var window in (ChatWindow[])[ann, bob])
        {
            for (var i = 1; i <= 3; i++) await window.HasAsync($"ann, cut off, {i}");
            for (var i = 1; i <= 2; i++) await window.HasAsync($"bob, cut off, {i}");
            await window.HasAsync("bob, on the train");
            await Assertions.Expect(window.Page.Locator("#connection")).ToHaveTextAsync("");
        }

        // 5. An answer is lost on the way: the message is stored, nobody was told so, and it goes out again.
        await ann.Page.EvaluateAsync("window.losesAnswer = true");
        await ann.SayAsync("lost answer");
        await Eventually.Async(() => Task.FromResult(ann.Sent("lost answer") == 2));
        await ann.HasAsync("lost answer");
        await bob.HasAsync("lost answer");
        Assert.Equal(1, await ann.Page.EvaluateAsync<int>("window.answersLost"));

        var log = await elsewhere.ReadAsync($"/v1/rooms/{id}/messages?after_seq=0&limit=100");
        var numbered = log["data"].EnumerateArray().Where(e => e.GetProperty("kind").GetString() == "message").Select(e => e.GetProperty("id").GetString()).ToList();
        foreach (var window in (ChatWindow[])[ann, bob])
            Assert.Equal(numbered, await window.Messages.Locator(".message").EvaluateAllAsync<string[]>("all => all.map(m => m.dataset.key)"));
        Assert.Equal(numbered.Count, numbered.Distinct().Count());
        await ann.LookAsync("restored-light");

        // 6. A reload is the same device: everything is there again.
        await bob.Page.ReloadAsync();
        await bob.EnterAsync(room);
        await bob.HasAsync("lost answer");
        Assert.Equal(numbered, await bob.Messages.Locator(".message").EvaluateAllAsync<string[]>("all => all.map(m => m.dataset.key)"));
        AssertOnlyCutsIn(ann, bob);
    }

    [Fact]
    public async Task A_sealed_room_is_read_by_two_browsers_and_not_by_the_relay()
    {
        var ann = await browser.OpenAsync("ann");
        var bobs = await browser.NewBrowserAsync(ColorScheme.Dark);
        var bob = await ChatWindow.OpenAsync(bobs, "bob");
        await ann.Room("Just us").ClickAsync();
        await Assertions.Expect(ann.Composer).ToBeDisabledAsync(); // nobody to seal for yet
        await bob.EnterAsync("Just us");
        await Assertions.Expect(ann.Composer).ToBeEnabledAsync();

        // 1. Sealed here, opened there.
        await ann.SayAsync("the vault opens at four");
        await bob.HasAsync("the vault opens at four");
        await bob.SayAsync("and nobody knows but us");
        await ann.HasAsync("and nobody knows but us");
        await bob.ActAsync("and nobody knows but us", "Edit");
        await bob.SayAsync("and nobody else knows");
        await ann.HasAsync("and nobody else knows");

        // 2. The number is the same for both.
        foreach (var window in (ChatWindow[])[ann, bob]) await window.Page.GetByRole(AriaRole.Button, new() { Name = "Safety number, not compared yet" }).ClickAsync();
        await Assertions.Expect(ann.Page.Locator(".number")).ToHaveTextAsync(FortyDigits());
        Assert.Equal(await ann.Page.Locator(".number").InnerTextAsync(), await bob.Page.Locator(".number").InnerTextAsync());
        await bob.LookAsync("sealed-dark");
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "It is the same for both" }).ClickAsync();
        await Assertions.Expect(ann.Page.GetByRole(AriaRole.Button, new() { Name = "Safety number, compared" })).ToBeVisibleAsync();
        await ann.LookAsync("sealed-light");

        // 3. The relay has nothing of it: not on the wire, not in the log, not in a table.
        string[] words = ["vault opens", "nobody knows but us", "nobody else knows"];
        foreach (var window in (ChatWindow[])[ann, bob])
            Assert.All(words, word => Assert.DoesNotContain(window.Frames.ToList(), frame => frame.Contains(word, StringComparison.Ordinal)));
        using var rest = await browser.RestAsync("bob");
        var log = (await rest.ReadAsync($"/v1/rooms/{await RoomIdAsync(rest, "Just us")}/messages?after_seq=0&limit=100")).ToString();
        Assert.All(words, word => Assert.DoesNotContain(word, log, StringComparison.Ordinal));
        Assert.Contains("web-chat.p256.a256gcm", log, StringComparison.Ordinal);

        // 4. After a reload the keys are still there; another browser of Bob's has others, and Ann is warned.
        await bob.Page.ReloadAsync();
        await bob.EnterAsync("Just us");
        await bob.HasAsync("the vault opens at four");
        var other = await browser.OpenAsync("bob");
        await other.EnterAsync("Just us");
        await Assertions.Expect(other.Messages.GetByText("This was sealed for another browser.").First).ToBeVisibleAsync();
        await Assertions.Expect(ann.Page.Locator("#warning")).ToContainTextAsync("key has changed");
        await Assertions.Expect(ann.Composer).ToBeDisabledAsync();
        await ann.LookAsync("sealed-changed-light");
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Take the new key" }).ClickAsync();
        await Assertions.Expect(ann.Composer).ToBeEnabledAsync();
        await ann.SayAsync("so it is you");
        await other.HasAsync("so it is you");
        await Assertions.Expect(ann.Page.GetByRole(AriaRole.Button, new() { Name = "Safety number, not compared yet" })).ToBeVisibleAsync();
        Assert.Empty(ann.Complaints.Concat(bob.Complaints).Concat(other.Complaints));
    }

    [Fact]
    public async Task A_nudge_stands_in_the_inbox_and_is_in_step_over_two_devices()
    {
        var (ann, bob, tablet) = (await browser.OpenAsync("ann"), await browser.OpenAsync("bob"), await browser.OpenAsync("bob", ColorScheme.Dark, 820));
        await ann.EnterAsync("General");
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Nudge" }).ClickAsync();
        await Assertions.Expect(bob.Page.Locator(".toast")).ToHaveTextAsync("Ann is waiting for you");
        foreach (var device in (ChatWindow[])[bob, tablet])
        {
            await device.Page.GetByRole(AriaRole.Button, new() { Name = "Notifications, 1 unread" }).ClickAsync();
            await Assertions.Expect(device.Page.Locator(".notice")).ToContainTextAsync("Have a look at the chat");
        }
        await bob.LookAsync("inbox-light");
        await bob.Page.Locator(".notice").GetByRole(AriaRole.Button, new() { Name = "Read", Exact = true }).ClickAsync();
        await Assertions.Expect(tablet.Page.Locator(".notice")).ToHaveAttributeAsync("data-state", "read"); // on the other device too
        await Assertions.Expect(tablet.Page.GetByRole(AriaRole.Button, new() { Name = "Notifications", Exact = true })).ToBeVisibleAsync();
        await tablet.Page.Locator(".notice").GetByRole(AriaRole.Button, new() { Name = "Put away" }).ClickAsync();
        await Assertions.Expect(bob.Page.GetByText("No notifications.")).ToBeVisibleAsync();
        await bob.Page.ReloadAsync();
        await Assertions.Expect(bob.Page.GetByRole(AriaRole.Button, new() { Name = "Notifications", Exact = true })).ToBeVisibleAsync();
        Assert.Empty(ann.Complaints.Concat(bob.Complaints).Concat(tablet.Complaints));
    }

    [Theory]
    [InlineData("phone", ColorScheme.Light)]
    [InlineData("phone-dark", ColorScheme.Dark)]
    public async Task On_a_phone_the_list_leads_to_a_room_and_back(string name, ColorScheme scheme)
    {
        var (ann, bob) = (await browser.OpenAsync("ann", scheme, 390), await browser.OpenAsync("bob"));
        var room = await NewRoomAsync(bob);
        await bob.SayAsync("On my way. Save me a seat by the window, please, and one for the bag.");
        await Assertions.Expect(ann.Room(room).Locator(".badge")).ToHaveTextAsync("1 unread");
        await ann.LookAsync($"{name}-rooms");
        await ann.EnterAsync(room);
        await ann.SayAsync("Done. The one with the view.");
        await bob.HasAsync("Done. The one with the view.");
        await Assertions.Expect(ann.Said("Done. The one with the view.").Locator(".state")).ToHaveTextAsync("Read");
        await ann.LookAsync($"{name}-room");
        await ann.Said("Done. The one with the view.").Locator(".bubble").TapAsync();
        await ann.Said("Done. The one with the view.").GetByRole(AriaRole.Button, new() { Name = "Edit" }).TapAsync();
        await ann.SayAsync("Done. Mine is the one with the view.");
        await bob.HasAsync("Done. Mine is the one with the view.");
        await ann.Page.GetByRole(AriaRole.Button, new() { Name = "Back to the rooms" }).ClickAsync();
        await bob.SayAsync("See you.");
        await Assertions.Expect(ann.Room(room).Locator(".badge")).ToHaveTextAsync("1 unread");
        await Assertions.Expect(ann.Room(room)).ToContainTextAsync("Bob: See you.");
        Assert.Empty(ann.Complaints.Concat(bob.Complaints));
    }

    [Fact]
    public async Task What_people_write_is_text_and_nothing_else()
    {
        var (ann, bob) = (await browser.OpenAsync("ann"), await browser.OpenAsync("bob"));
        const string markup = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>";
        var room = await NewRoomAsync(ann, bob, "<b onclick=alert(1)>bold</b>");
        foreach (var text in (string[])[markup, "javascript:document.title='run'", new string('w', 600), "\u202Egnp.exe", "@ann @bob @nobody"])
        {
            await ann.SayAsync(text);
            await bob.HasAsync(text);
        }
        Assert.Equal("Bob · Web chat", await bob.Page.TitleAsync());
        Assert.Equal(0, await bob.Messages.Locator("img, script, b, a").CountAsync());
        await Assertions.Expect(bob.Page.Locator("#room-name")).ToHaveTextAsync(room);
        await bob.LookAsync("hostile");
        Assert.Empty(ann.Complaints.Concat(bob.Complaints));
    }

    [Fact]
    public async Task The_door_leads_to_each_of_them_and_to_both_side_by_side()
    {
        var context = await browser.NewBrowserAsync(width: 1400);
        var window = new BrowserWindow(await context.NewPageAsync(), "web-chat");
        await window.Page.GotoAsync("/samples/web-chat");
        await window.LookAsync("door");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Both" }).ClickAsync();
        var (ann, bob) = (window.Page.FrameLocator("iframe[title=Ann]"), window.Page.FrameLocator("iframe[title=Bob]"));
        await ann.Locator("#rooms .room").Filter(new() { HasText = "Ideas" }).ClickAsync();
        await bob.Locator("#rooms .room").Filter(new() { HasText = "Ideas" }).ClickAsync();
        await ann.Locator("#text").FillAsync("We sit beside each other");
        await ann.Locator("#text").PressAsync("Enter");
        await Assertions.Expect(bob.Locator("#messages").GetByText("We sit beside each other")).ToBeVisibleAsync();
        await window.Page.ScreenshotAsync(new() { Path = Repository.File("artifacts/web-chat/both.png") });
        Assert.Empty(window.Complaints);
    }

    /// <summary>A network on which the acknowledgement of a message can get lost together with its connection.</summary>
    private const string LosesAnswers = """
        window.WebSocket = class extends WebSocket {
          set onmessage(heard) {
            super.onmessage = (event) => {
              if (!window.losesAnswer || !event.data.includes('"dup":')) return heard(event);
              window.losesAnswer = false;
              window.answersLost = (window.answersLost ?? 0) + 1;
              this.close();
            };
          }
        };
        """;

    /// <summary>A room that no other test talks in.</summary>
    private static async Task<string> NewRoomAsync(ChatWindow maker, ChatWindow? other = null, string? name = null)
    {
        var room = name ?? $"Plans {Guid.NewGuid().ToString("n")[..6]}";
        await maker.Page.GetByLabel("Name of a new room").FillAsync(room);
        await maker.Page.GetByRole(AriaRole.Button, new() { Name = "Make the room" }).ClickAsync();
        await maker.EnterAsync(room);
        if (other is not null) await other.EnterAsync(room);
        return room;
    }

    private static async Task<string> RoomIdAsync(HttpClient rest, string name) =>
        (await rest.ReadAsync("/v1/users/bob/rooms?limit=100"))["data"].EnumerateArray().Select(r => r.GetProperty("room")).Single(r => r.GetProperty("name").GetString() == name).GetProperty("id").GetString()!;

    /// <summary>A cut network is complained of by the browser; nothing else is.</summary>
    private static void AssertOnlyCutsIn(params ChatWindow[] windows) =>
        Assert.All(windows.SelectMany(w => w.Complaints), c => Assert.Matches("net::ERR_|WebSocket connection to", c));

    [GeneratedRegex(@"^(\d{5}\s*){8}$")]
    private static partial Regex FortyDigits();
}
