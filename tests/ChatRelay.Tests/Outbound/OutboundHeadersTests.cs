using ChatRelay.Outbound;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Outbound;

public sealed class OutboundHeadersTests
{
    [Theory]
    [InlineData("X-Api-Key", "abc def"), InlineData("Authorization", "Bearer x"), InlineData("x_under.score", ""), InlineData("Accept", "application/json")]
    public void A_header_of_the_tenants_own_may_be_sent(string name, string value) => Assert.Null(OutboundHeaders.Fault(name, value));

    [Theory]
    [InlineData("Host", "a"), InlineData("content-length", "1"), InlineData("Transfer-Encoding", "chunked"), InlineData("Connection", "close"), InlineData("webhook-id", "x"), InlineData("WEBHOOK-Signature", "x")]
    [InlineData("Content-Type", "text/plain"), InlineData("Content-Language", "de"), InlineData("Cookie", "a=b"), InlineData("Expect", "100-continue"), InlineData("", "x"), InlineData("a b", "x"), InlineData("a:", "x"), InlineData("ä", "x")]
    [InlineData("X-A", "b\r\nX-B: c"), InlineData("X-A", "b\n"), InlineData("X-A", "\0"), InlineData("X-A", "ü"), InlineData("X-A\r\nX-B", "c"), InlineData("If-Modified-Since", "yesterday")]
    public void A_header_that_frames_injects_or_impersonates_may_not(string name, string value) => Assert.NotNull(OutboundHeaders.Fault(name, value));

    [Fact]
    public void Whatever_is_allowed_can_be_added() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<NonNull<string>>(), (name, value) =>
    {
        if (OutboundHeaders.Fault(name.Get, value.Get) is not null) return true;
        using var request = new HttpRequestMessage();
        request.Headers.Add(name.Get, value.Get);
        return true;
    }).QuickCheckThrowOnFailure();
}
