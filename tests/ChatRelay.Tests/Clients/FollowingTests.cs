using System.Text.Json;
using ChatRelay.Client;

namespace ChatRelay.Tests.Clients;

/// <summary>What frames make of positions, without a network.</summary>
public sealed class FollowingTests
{
    private readonly EventQueue events = new(limit: 3, () => { });
    private readonly Following following;

    public FollowingTests()
    {
        following = new(new() { Urls = [], Token = _ => ValueTask.FromResult("") }, events);
        Welcome("current", head: 5);
        Assert.Equal([new SocketEvent.Begun("r", new("e1", 5))], Said());
    }

    [Fact]
    public void The_next_number_is_handed_over_and_what_was_had_is_not()
    {
        Push(6);
        Push(6);
        Push(7);
        Assert.Equal([6, 7], Numbers());
        Assert.Equal(new("e1", 7), following.Of("r"));
    }

    [Fact]
    public void A_skip_moves_the_position_and_hands_nothing_over()
    {
        Frame("""{"ev":"skip","r":"r","e":"e1","from":6,"to":8}""");
        Push(9);
        Assert.Equal([9], Numbers());
    }

    [Fact]
    public void A_number_that_is_not_the_next_is_asked_for()
    {
        Push(8);
        Assert.Empty(Said());
        Assert.Equal(new ToPage("r", new("e1", 5)), following.NextBehind());
        Page(more: false, 6, 7, 8);
        Assert.Equal([6, 7, 8], Numbers());
        Assert.Null(following.NextBehind());
    }

    [Fact]
    public void What_came_by_itself_while_a_page_was_under_way_is_asked_for_again()
    {
        Push(8);
        Push(9); // it overtakes the answer, whose head was read before
        Page(more: false, 6, 7, 8);
        Assert.Equal([6, 7, 8], Numbers());
        Assert.Equal(new ToPage("r", new("e1", 8)), following.NextBehind());
        Page(more: false, 9);
        Assert.Equal([9], Numbers());
        Assert.Null(following.NextBehind());
    }

    [Fact]
    public void A_head_is_asked_about_even_if_its_number_is_known()
    {
        Frame("""{"ev":"head","r":"r","e":"e1","s":5}""");
        Assert.NotNull(following.NextBehind());
        Page(more: false);
        Assert.Null(following.NextBehind());
    }

    [Fact]
    public void What_a_slow_application_has_no_room_for_stays_with_the_relay()
    {
        for (var seq = 6; seq <= 20; seq++) Push(seq);
        Assert.Equal(new("e1", 8), following.Of("r"));
        Assert.Equal(new ToPage("r", new("e1", 8)), following.NextBehind());
        Assert.Equal([6, 7, 8], Numbers());
        Page(more: true, 9, 10, 11, 12);
        Assert.Equal([9, 10, 11], Numbers());
        Assert.Equal(new ToPage("r", new("e1", 11)), following.NextBehind());
    }

    [Fact]
    public void Other_numbers_are_a_reset()
    {
        Push(6);
        Said();
        Welcome("reset", head: 2, epoch: "e2");
        Assert.Equal([new SocketEvent.Reset("r", new("e2", 2))], Said());
        Push(7);
        Assert.Empty(Said());
        Push(3, "e2");
        Assert.Equal([3], Numbers());
    }

    [Fact]
    public void Another_connection_that_says_current_ends_what_was_behind()
    {
        Push(8);
        Welcome("replaying", head: 8);
        Assert.Null(following.NextBehind());
        Push(6);
        Push(7);
        Push(8);
        Assert.Equal([6, 7, 8], Numbers());
    }

    [Fact]
    public void A_room_that_is_left_is_followed_no_longer()
    {
        Frame("""{"ev":"room","r":"r","e":"e1","state":"left","head":5}""");
        Assert.Equal([new SocketEvent.Place("r", "left")], Said());
        Push(6);
        Assert.Empty(Said());
        Assert.Empty(following.Positions);
    }

    [Fact]
    public void What_has_no_number_is_dropped_when_the_application_is_slow()
    {
        for (var n = 0; n < 10; n++) Frame("""{"ev":"read","r":"r","user":"bob","s":3}""");
        Assert.Equal(3, Said().Count);
    }

    [Fact]
    public void The_inbox_begins_with_what_waited_for_a_device()
    {
        Frame("""{"ev":"inbox","e":"i1","s":4,"id":"ntf_1","state":"new","notification":{}}""");
        Frame("""{"ev":"inbox.skip","e":"i1","from":5,"to":6}""");
        Frame("""{"ev":"inbox.state","e":"i1","s":7,"id":"ntf_1","state":"read"}""");
        Assert.Equal([4L, 7L], Said().Cast<SocketEvent.Inbox>().Select(i => i.Position.Seq));
        Frame("""{"ev":"inbox.state","e":"i1","s":9,"id":"ntf_1","state":"archived"}""");
        Assert.Equal(new ToPage(null, new("i1", 7)), following.NextBehind());
    }

    private void Welcome(string state, long head, string epoch = "e1") => following.TakeWelcome(JsonElement.Parse($$$"""{"rooms":{"r":{"e":"{{{epoch}}}","head":{{{head}}},"first":1,"state":"{{{state}}}"}},"inbox":null}"""));

    private void Push(long seq, string epoch = "e1") => Frame(Message(seq, epoch));

    private void Frame(string text)
    {
        var frame = JsonElement.Parse(text);
        following.Take(frame.GetProperty("ev").GetString()!, frame);
    }

    private void Page(bool more, params long[] numbers) =>
        following.TakePage("r", JsonElement.Parse($$"""{"e":"e1","head":99,"messages":[{{string.Join(',', numbers.Select(n => Message(n, "e1")))}}],"more":{{(more ? "true" : "false")}}}"""));

    private static string Message(long seq, string epoch) => $$$"""{"ev":"msg","r":"r","e":"{{{epoch}}}","s":{{{seq}}},"id":"msg_{{{seq}}}","from":{"user":"bob"},"kind":"message","body":{"text":"{{{seq}}}"}}""";

    private List<long> Numbers() => [.. Said().Cast<SocketEvent.Message>().Select(m => m.Position.Seq)];

    private List<SocketEvent> Said() => [.. events.TakeAll()];
}
