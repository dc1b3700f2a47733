using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd.WebChat;

/// <summary>One person's window of the web chat, and what a person does in it.</summary>
internal sealed class ChatWindow(IPage page) : BrowserWindow(page, "web-chat")
{
    /// <summary>What went over its sockets, both ways.</summary>
    public List<string> Frames { get; } = [];

    public ILocator Composer => Page.Locator("#text");
    public ILocator Messages => Page.Locator("#messages");

    public static async Task<ChatWindow> OpenAsync(IBrowserContext context, string user)
    {
        var window = new ChatWindow(await context.NewPageAsync());
        window.Page.WebSocket += (_, socket) =>
        {
            socket.FrameSent += (_, frame) => window.Note(frame.Text);
            socket.FrameReceived += (_, frame) => window.Note(frame.Text);
        };
        await window.Page.GotoAsync($"/samples/web-chat/?user={user}");
        await Assertions.Expect(window.Page.Locator("#rooms .room").First).ToBeVisibleAsync();
        return window;
    }

    public ILocator Room(string name) => Page.Locator("#rooms .room").Filter(new() { Has = Page.Locator(".name").GetByText(name, new() { Exact = true }) });

    public async Task EnterAsync(string name)
    {
        await Room(name).ClickAsync();
        await Assertions.Expect(Page.Locator("#room-name")).ToHaveTextAsync(name);
        await Assertions.Expect(Composer).ToBeEnabledAsync();
    }

    public async Task SayAsync(string text)
    {
        await Composer.FillAsync(text);
        await Composer.PressAsync("Enter");
    }

    public ILocator Said(string text) => Messages.Locator(".message").Filter(new() { Has = Page.Locator(".text").GetByText(text, new() { Exact = true }) });

    /// <summary>There, once, and not under way any more.</summary>
    public async Task HasAsync(string text)
    {
        await Assertions.Expect(Said(text)).ToHaveCountAsync(1);
        await Assertions.Expect(Said(text)).Not.ToHaveClassAsync(new Regex("pending"));
    }

    /// <summary>What it offers to do with a message.</summary>
    public async Task ActAsync(string text, string act)
    {
        await Said(text).HoverAsync();
        await Said(text).GetByRole(AriaRole.Button, new() { Name = act, Exact = true }).ClickAsync();
    }

    public async Task<IReadOnlyList<string>> AllTextsAsync() => await Messages.Locator(".message .bubble").AllInnerTextsAsync();

    /// <summary>How often a message went out.</summary>
    public int Sent(string text)
    {
        lock (Frames) return Frames.Count(frame => frame.Contains("\"op\":\"send\"", StringComparison.Ordinal) && frame.Contains(text, StringComparison.Ordinal));
    }

    private void Note(string? text)
    {
        lock (Frames) Frames.Add(text ?? "");
    }
}
