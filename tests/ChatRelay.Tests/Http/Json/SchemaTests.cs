using System.Text.Json.Nodes;
using ChatRelay.Http.Json;

namespace ChatRelay.Tests.Http.Json;

public sealed class SchemaTests
{
    private static JsonObject Request(string name)
    {
        var book = new SchemaBook();
        book.ForRequest(Shape.Of<Order>());
        return book.Schemas[name]!.AsObject();
    }

    private static void Same(string expected, JsonNode? node) => Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), node?.ToJsonString());

    [Fact]
    public void A_request_refuses_what_it_does_not_know()
    {
        var order = Request("OrderInput");
        Assert.False((bool)order["additionalProperties"]!);
        Same("""["name"]""", order["required"]);
        Same("""{"$ref":"#/components/schemas/PartInput"}""", order["properties"]!["parts"]!["items"]);
    }

    [Theory]
    [InlineData("external_id", """{"type":["string","null"],"minLength":1,"maxLength":128,"pattern":"^(?!\\.{1,2}$)[A-Za-z0-9_\\-:@.]+$"}""")]
    [InlineData("count", """{"type":"integer","format":"int32","minimum":1,"maximum":30,"default":3}""")]
    [InlineData("ratio", """{"type":"number","format":"double","minimum":0.5,"maximum":2,"default":1}""")]
    [InlineData("pace", """{"type":"string","enum":["slow","very_fast"],"default":"very_fast"}""")]
    [InlineData("at", """{"type":["string","null"],"format":"date-time"}""")]
    [InlineData("follows", """{"type":["string","null"],"pattern":"^ntf_[0-7][0-9a-hjkmnp-tv-z]{25}$"}""")]
    [InlineData("part", """{"anyOf":[{"$ref":"#/components/schemas/PartInput"},{"type":"null"}]}""")]
    public void Each_member_says_its_type_and_its_rules(string member, string schema) =>
        Same(schema, Request("OrderInput")["properties"]![member]);

    [Fact]
    public void Rules_go_where_they_hold()
    {
        var properties = Request("OrderInput")["properties"]!;
        Same("""{"type":"array","items":{"type":"string","minLength":1,"maxLength":5,"pattern":"^[^\\u0000-\\u001f\\u007f-\\u009f]*$"},"minItems":1,"maxItems":3,"uniqueItems":true}""", properties["tags"]);
        Same("""{"type":"integer","format":"int32","minimum":0,"maximum":9}""", properties["counts"]!["additionalProperties"]);
        Assert.Equal("What it is called.", (string?)properties["name"]!["description"]);
        Same("""["chair"]""", properties["name"]!["examples"]);
    }

    [Fact]
    public void A_union_names_its_cases()
    {
        Same("""
            {"oneOf":[{"$ref":"#/components/schemas/WayByRoadInput"},{"$ref":"#/components/schemas/WayBySeaInput"}],
             "discriminator":{"propertyName":"type","mapping":{"by_road":"#/components/schemas/WayByRoadInput","ship":"#/components/schemas/WayBySeaInput"}}}
            """, Request("WayInput"));
        Same("""["type","port"]""", Request("WayBySeaInput")["required"]);
        Same("""{"type":"string","const":"ship"}""", Request("WayBySeaInput")["properties"]!["type"]);
    }

    [Fact]
    public void An_answer_has_every_member_and_may_grow()
    {
        var book = new SchemaBook();
        book.ForAnswer(Shape.Of<Order>());
        var order = book.Schemas["Order"]!.AsObject();
        Assert.Equal(order["properties"]!.AsObject().Count, order["required"]!.AsArray().Count);
        Assert.Null(order["additionalProperties"]);
    }
}
