using System.Text;
using System.Text.Json;
using ChatRelay.Http.Json;

namespace ChatRelay.Tests.Http.Json;

public sealed class ShapeTests
{
    private static (T? Value, string[] Faults) Read<T>(string body) where T : class
    {
        using var syntax = JsonSyntax.Read(Encoding.UTF8.GetBytes(body));
        Assert.Null(syntax.Fault);
        var faults = new Faults();
        var good = Shape.Of<T>().TryRead(syntax.Document!.RootElement, faults, out var value);
        Assert.Equal(good, faults.Count == 0);
        return (good ? value : null, [.. faults.Select(f => $"{f.Pointer} {f.Code}")]);
    }

    [Theory]
    [InlineData("""[]""", " wrong_type")]
    [InlineData("""null""", " null")]
    [InlineData("""{}""", "/name missing")]
    [InlineData("""{"name":null}""", "/name null")]
    [InlineData("""{"name":5}""", "/name wrong_type")]
    [InlineData("""{"name":"a"}""", "/name too_short")]
    [InlineData("""{"name":"\ud83d\ude00"}""", "/name too_short")]
    [InlineData("""{"name":"abcdefghijk"}""", "/name too_long")]
    [InlineData("""{"name":"ab\n"}""", "/name forbidden_character")]
    [InlineData("""{"name":"ab\u0085"}""", "/name forbidden_character")]
    [InlineData("""{"name":"ab","memo":"a\u0007"}""", "/memo forbidden_character")]
    [InlineData("""{"name":"ab","Name":"ab"}""", "/Name unknown_field")]
    [InlineData("""{"name":"ab","a/b~c":1}""", "/a~1b~0c unknown_field")]
    [InlineData("""{"name":"ab","external_id":".."}""", "/external_id invalid_format")]
    [InlineData("""{"name":"ab","external_id":"a b"}""", "/external_id invalid_format")]
    [InlineData("""{"name":"ab","count":"5"}""", "/count wrong_type")]
    [InlineData("""{"name":"ab","count":1.5}""", "/count wrong_type")]
    [InlineData("""{"name":"ab","count":31}""", "/count out_of_range")]
    [InlineData("""{"name":"ab","count":2147483648}""", "/count out_of_range")]
    [InlineData("""{"name":"ab","count":1e999}""", "/count out_of_range")]
    [InlineData("""{"name":"ab","count":null}""", "/count null")]
    [InlineData("""{"name":"ab","big":9223372036854775808}""", "/big out_of_range")]
    [InlineData("""{"name":"ab","ratio":1e999}""", "/ratio out_of_range")]
    [InlineData("""{"name":"ab","ratio":2.1}""", "/ratio out_of_range")]
    [InlineData("""{"name":"ab","ratio":"NaN"}""", "/ratio wrong_type")]
    [InlineData("""{"name":"ab","price":1e40}""", "/price out_of_range")]
    [InlineData("""{"name":"ab","urgent":"true"}""", "/urgent wrong_type")]
    [InlineData("""{"name":"ab","pace":"VeryFast"}""", "/pace unknown_value")]
    [InlineData("""{"name":"ab","pace":1}""", "/pace wrong_type")]
    [InlineData("""{"name":"ab","follows":"dlv_01k0000000000000000000000a"}""", "/follows invalid_format")]
    [InlineData("""{"name":"ab","at":"2026-01-31T12:00:00"}""", "/at invalid_format")]
    [InlineData("""{"name":"ab","data":{"a":"0123456789abcdef"}}""", "/data too_large")]
    [InlineData("""{"name":"ab","bytes":"AAAAAAA="}""", "/bytes too_large")]
    [InlineData("""{"name":"ab","bytes":"AA AA"}""", "/bytes invalid_format")]
    [InlineData("""{"name":"ab","bytes":"AA\u000aAA"}""", "/bytes invalid_format")]
    [InlineData("""{"name":"ab","tags":[]}""", "/tags too_few_items")]
    [InlineData("""{"name":"ab","tags":["a","b","c","d"]}""", "/tags too_many_items")]
    [InlineData("""{"name":"ab","tags":["a","b","a"]}""", "/tags/2 not_unique")]
    [InlineData("""{"name":"ab","tags":["a",""]}""", "/tags/1 too_short")]
    [InlineData("""{"name":"ab","tags":["a",null]}""", "/tags/1 null")]
    [InlineData("""{"name":"ab","counts":{"x":10}}""", "/counts/x out_of_range")]
    [InlineData("""{"name":"ab","counts":{"xxxxx":1}}""", "/counts/xxxxx too_long")]
    [InlineData("""{"name":"ab","counts":{"a":1,"b":1,"c":1}}""", "/counts too_many_items")]
    [InlineData("""{"name":"ab","part":{"weight":1}}""", "/part/label missing")]
    [InlineData("""{"name":"ab","part":{"label":"a","inner":{"label":"b","inner":{"label":3}}}}""", "/part/inner/inner/label wrong_type")]
    [InlineData("""{"name":"ab","parts":[{"label":"a"},{"label":"a","x":1}]}""", "/parts/1/x unknown_field")]
    [InlineData("""{"name":"ab","way":{}}""", "/way/type missing")]
    [InlineData("""{"name":"ab","way":{"type":7}}""", "/way/type wrong_type")]
    [InlineData("""{"name":"ab","way":{"type":"plane"}}""", "/way/type unknown_value")]
    [InlineData("""{"name":"ab","way":{"type":"ship","wheels":4,"port":"Kiel"}}""", "/way/wheels unknown_field")]
    [InlineData("""{"name":"ab","way":{"wheels":"4","type":"by_road"}}""", "/way/wheels wrong_type")]
    [InlineData("""{"name":"ab","urgent":true,"pace":"slow"}""", "/pace not_allowed")]
    public void A_fault_has_its_place_and_its_code(string body, string fault) => Assert.Equal([fault], Read<Order>(body).Faults);

    // PHP writes every slash so, and others the plus: attachments of theirs were refused.
    [Theory]
    [InlineData("""{"name":"ab","bytes":"\/+8="}""")]
    [InlineData("""{"name":"ab","bytes":"/\u002b8="}""")]
    public void Base64_may_be_escaped_as_any_text(string body) => Assert.Equal([0xFF, 0xEF], Read<Order>(body).Value!.Bytes!);

    [Fact]
    public void Every_fault_is_found_at_once() => Assert.Equal(
        ["/count out_of_range", "/tags/0 wrong_type", "/tags/1 too_long", "/parts/0/label null", "/parts/0/size unknown_field", "/way/port missing", "/nonsense unknown_field", "/name missing"],
        Read<Order>("""{"count":99,"tags":[1,"toolong"],"parts":[{"label":null,"size":1}],"way":{"type":"ship"},"nonsense":{}}""").Faults);

    [Fact]
    public void A_fault_never_repeats_what_was_given()
    {
        using var syntax = JsonSyntax.Read("""{"name":"secret-secret-secret","pace":"secret","external_id":"secret!","at":"secret","count":55555,"follows":"secret"}"""u8.ToArray());
        var faults = new Faults();
        Shape.Of<Order>().TryRead(syntax.Document!.RootElement, faults, out _);
        Assert.Equal(6, faults.Count);
        Assert.DoesNotContain(faults, f => f.Detail.Contains("secret", StringComparison.Ordinal) || f.Detail.Contains("55555", StringComparison.Ordinal));
    }

    [Fact]
    public void A_hundred_faults_are_enough_and_their_pointers_are_short()
    {
        var name = new string('x', 10_000);
        var faults = Read<Order>($"{{{string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"{i}{name[..(i % 300)]}\":1"))}}}").Faults;
        Assert.Equal(Faults.Most, faults.Length);
        Assert.All(faults, f => Assert.True(f.Length < 200));
    }

    [Fact]
    public void What_is_absent_keeps_its_default()
    {
        var order = Read<Order>("""{"name":"ab","part":{"label":"x"}}""").Value!;
        Assert.Equal((3, 1.0, Pace.VeryFast, 7), (order.Count, order.Ratio, order.Pace, order.Part!.Weight));
        Assert.Equal(["one"], order.Tags);
        Assert.Null(order.Data);
    }

    [Fact]
    public void Every_kind_of_member_is_read()
    {
        var order = Read<Order>("""
            {"way":{"port":"Kiel","type":"ship"},"n\u0061me":"A\u00e9","external_id":"a:b@c.d","count":3e0,"big":-9223372036854775808,"ratio":0.5,"price":12.340,
             "urgent":true,"pace":"very_fast","follows":"ntf_01k0000000000000000000000a","at":"2026-01-31T12:00:00.5+01:00","data":null,"bytes":"AAEC",
             "tags":["x"],"counts":{"a":1},"memo":"a\n\tb","parts":[{"label":"p","inner":{"label":"q"}}]}
            """).Value!;
        Assert.Equal(("Aé", 3, long.MinValue, 0.5, 12.340m), (order.Name, order.Count, order.Big, order.Ratio, order.Price));
        Assert.Equal(new Way.BySea("Kiel"), order.Way);
        Assert.Equal("ntf_01k0000000000000000000000a", order.Follows.ToString());
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 11, 0, 0, 500, TimeSpan.Zero), order.At);
        Assert.Equal(TimeSpan.Zero, order.At!.Value.Offset);
        Assert.Equal("null", order.Data!.Text);
        Assert.Equal([0, 1, 2], order.Bytes!);
        Assert.Equal(1, order.Counts!["a"]);
        Assert.Equal("q", order.Parts[0].Inner!.Label);
    }

    [Fact]
    public void A_patch_tells_absent_from_null()
    {
        var patch = Read<OrderPatch>("""{"memo":null,"count":4}""").Value!;
        Assert.False(patch.Name.Given);
        Assert.True(patch.Memo is { Given: true, Value: null });
        Assert.Equal(4, patch.Count.Or(1));
        Assert.Null(patch.Memo.Or("before"));
        Assert.Equal("before", patch.Name.Or("before"));
        Assert.Equal(["/name null", "/memo too_long", "/tags/0 null"], Read<OrderPatch>("""{"name":null,"memo":"123456","tags":[null]}""").Faults);
    }

    [Theory]
    [InlineData("""{"b":  1.0, "a":[1e2,"\u00e9/\/"], "big":123456789012345678901234567890 }""")]
    [InlineData("\"text\"")]
    [InlineData("-0")]
    [InlineData("null")]
    public void Free_json_comes_back_as_the_same_text(string text)
    {
        using var syntax = JsonSyntax.Read(Encoding.UTF8.GetBytes(text));
        Assert.True(Shape.Of<RawJson>().TryRead(syntax.Document!.RootElement, new Faults(), out var raw));
        Assert.Equal(text, raw.Text);
        Assert.Equal($$"""{"data":{{text}}}""", JsonSerializer.Serialize(new { Data = raw }, RelayJson.Options));
        Assert.Equal(raw, JsonSerializer.Deserialize<RawJson>(text, RelayJson.Options));
        Assert.DoesNotContain(text, raw.ToString(), StringComparison.Ordinal);
    }

    private sealed record Misplaced
    {
        [Between(1, 2)] public string? Name { get; init; }
    }

    [Fact]
    public void A_rule_that_fits_nothing_is_found_when_the_shape_is_built() =>
        Assert.ThrowsAny<Exception>(() => Shape.Of(typeof(Misplaced)));
}
