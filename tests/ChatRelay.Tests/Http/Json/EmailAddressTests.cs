using ChatRelay.Http.Json;

namespace ChatRelay.Tests.Http.Json;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("ann@example.com", "ann@example.com"), InlineData("Ann.Lee+tag@EXAMPLE.com", "Ann.Lee+tag@example.com"), InlineData("bounce@simulator", "bounce@simulator"), InlineData("o'neil@example.com", "o'neil@example.com")]
    [InlineData("ann@bücher.example", "ann@xn--bcher-kva.example"), InlineData("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah"), InlineData("a=b@example.com", "a=b@example.com"), InlineData("a?b@example.com", "a?b@example.com")]
    public void One_address_as_it_goes_on_an_envelope(string text, string expected)
    {
        Assert.True(EmailAddress.TryRead(text, out var address));
        Assert.Equal(expected, address.Text);
        Assert.True(EmailAddress.TryRead(address.Text, out var again));
        Assert.Equal(address, again);
    }

    [Theory]
    [InlineData(""), InlineData("@"), InlineData("ann"), InlineData("ann@"), InlineData("@example.com"), InlineData("a@b@example.com"), InlineData("ann@example.com, bob@example.com"), InlineData("ann@example.com;bob@example.com"), InlineData("Ann <ann@example.com>")]
    [InlineData("<ann@example.com>"), InlineData("ann@example.com "), InlineData(" ann@example.com"), InlineData("ann lee@example.com"), InlineData("\"ann lee\"@example.com"), InlineData("\"ann@x\"@example.com"), InlineData("ann(comment)@example.com")]
    [InlineData("ann@example.com(comment)"), InlineData("ann@[127.0.0.1]"), InlineData("ann@127.0.0.1"), InlineData(".ann@example.com"), InlineData("ann.@example.com"), InlineData("a..b@example.com"), InlineData("ann@example..com"), InlineData("ann@-example.com")]
    [InlineData("ann\r\nBcc: x@example.com"), InlineData("ann@example.com\r\nRCPT TO:<x@example.com>"), InlineData("ann\0@example.com"), InlineData("änn@example.com"), InlineData("ann@exam\u202eple.com"), InlineData("ann\u200b@example.com"), InlineData("ann@example.com."), InlineData("a\\b@example.com")]
    [InlineData("undisclosed-recipients:;"), InlineData("Team: ann@example.com;"), InlineData("=?utf-8?q?x=40evil.example?=@example.com"), InlineData("=?x@example.com"), InlineData("ann@аpple.com"), InlineData("ann%40example.com"), InlineData("ann＠example.com"), InlineData("ann@example。com")]
    public void What_another_parser_could_read_as_something_else_is_refused(string text) => Assert.False(EmailAddress.TryRead(text, out _));

    [Fact]
    public void The_local_part_has_at_most_64_and_all_of_it_254_after_encoding()
    {
        Assert.True(EmailAddress.TryRead($"{new string('l', 64)}@example.com", out _));
        Assert.False(EmailAddress.TryRead($"{new string('l', 65)}@example.com", out _));
        var domain = string.Join('.', Enumerable.Repeat(new string('d', 61), 3)) + ".example"; // 193
        Assert.True(EmailAddress.TryRead($"{new string('l', 60)}@{domain}", out var longest));
        Assert.Equal(EmailAddress.Longest, longest.Text.Length);
        Assert.False(EmailAddress.TryRead($"{new string('l', 61)}@{domain}", out _));
        Assert.False(EmailAddress.TryRead($"{new string('l', 64)}@{string.Join('.', Enumerable.Repeat($"ü{new string('d', 40)}", 4))}", out _)); // 232 as typed
    }
}
