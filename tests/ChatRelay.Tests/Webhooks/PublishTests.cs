using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.TestKit;
using ChatRelay.Tests.Deliveries;
using ChatRelay.Webhooks;

namespace ChatRelay.Tests.Webhooks;

public sealed class PublishTests(EngineFixture fixture) : IClassFixture<EngineFixture>, IAsyncLifetime
{
    private EngineHost engine = null!;

    public async ValueTask InitializeAsync() => engine = await fixture.Engine.ForAnotherTenantAsync();
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_event_for_a_customer_reaches_that_customers_endpoints_only_and_as_the_same_text()
    {
        await using var first = FakeReceiver.Answering(204);
        await using var others = FakeReceiver.Answering(204);
        await EndpointAsync(first, "customer_1");
        await EndpointAsync(others, "customer_2");
        await EndpointAsync(others, null);
        const string data = """{ "amount": 4.20, "n":[1,2,  3], "text":"grüße \u00e4" }""";
        var published = await engine.Http.SendAsync("/v1/events", $$"""{"type":"invoice.paid","account":"customer_1","data":{{data}}}""");
        Assert.True(published.Status == 202, published.ToString());

        var request = await first.NextAsync();
        Assert.Equal(published.Id, request.Header("webhook-id"));
        var body = JsonDocument.Parse(request.Body).RootElement;
        Assert.Equal(("invoice.paid", "customer_1", data), (body.GetProperty("type").GetString(), body.GetProperty("account").GetString(), body.GetProperty("data").GetRawText()));
        Assert.Equal(data, (await engine.Http.ReadAsync($"/v1/events/{published.Id}"))["data"].GetRawText());
        Assert.Empty(others.Requests);

        await engine.Http.SendAsync("/v1/events", new { type = "invoice.paid", data = 1 });
        Assert.False(JsonDocument.Parse((await others.NextAsync()).Body).RootElement.TryGetProperty("account", out _));
        Assert.Single(first.Requests);
    }

    [Fact]
    public async Task Published_again_under_the_same_id_of_your_own_it_is_the_same_event_also_for_twins()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => engine.Http.SendAsync("/v1/events", new { type = "a.b", data = new { i }, client_id = "one" })));
        Assert.All(all, said => Assert.True(said.Status == 202, said.ToString()));
        Assert.Single(all.Select(s => s.Id).Distinct());
        Assert.Equal(11, all.Count(s => s["duplicate"].GetBoolean()));
        var keyed = await engine.Http.SendAsync("/v1/events", new { type = "a.b", data = 1, client_id = "one" }, "k");
        Assert.Equal((all[0].Id, true), (keyed.Id, keyed["duplicate"].GetBoolean()));
        Assert.Equal("true", (await engine.Http.SendAsync("/v1/events", new { type = "a.b", data = 1, client_id = "one" }, "k")).Headers["Idempotent-Replayed"]);
        Assert.DoesNotContain(engine.Host.Warnings, w => w.Contains("commit.halved", StringComparison.Ordinal)); // it logged an error, and everybody's commit beside it was written twice
        var another = await fixture.Engine.ForAnotherTenantAsync();
        Assert.False((await another.Http.SendAsync("/v1/events", new { type = "a.b", data = 1, client_id = "one" }))["duplicate"].GetBoolean());
    }

    [Fact]
    public async Task Twins_under_keys_of_their_own_keep_the_answers_that_they_were_given()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => engine.Http.SendAsync("/v1/events", new { type = "a.b", data = 1, client_id = "twin" }, $"k{i}")));
        Assert.All(all, said => Assert.True(said.Status == 202, said.ToString()));
        Assert.Single(all.Select(s => s.Id).Distinct());
        Assert.Equal(11, all.Count(s => s["duplicate"].GetBoolean()));
        for (var i = 0; i < all.Length; i++)
            Assert.Equal(all[i].Text, (await engine.Http.SendAsync("/v1/events", new { type = "a.b", data = 1, client_id = "twin" }, $"k{i}")).Text);
        Assert.DoesNotContain(engine.Host.Warnings, w => w.Contains("commit.halved", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Faults_are_told_with_their_place_and_the_relays_own_types_are_not_yours()
    {
        Assert.Equal(["/type not_allowed"], (await engine.Http.SendAsync("/v1/events", new { type = "message.created", data = 1 })).Faults);
        Assert.Equal(["/type invalid_format"], (await engine.Http.SendAsync("/v1/events", new { type = "a..b", data = 1 })).Faults);
        Assert.Equal(["/account invalid_format", "/data missing"], (await engine.Http.SendAsync("/v1/events", new { type = "a", account = "a b" })).Faults);
        Assert.Equal(["/data too_large"], (await engine.Http.SendAsync("/v1/events", new { type = "a", data = new string('x', 70_000) })).Faults);
        using var narrow = await engine.Tenant.WithKeyAsync("live", "webhooks:write");
        Assert.Equal("missing_scope", (await narrow.SendAsync("/v1/events", new { type = "a", data = 1 })).Code);
    }

    [Fact]
    public async Task A_type_with_a_schema_is_checked_from_then_on()
    {
        var put = await engine.Http.AskAsync(HttpMethod.Put, "/v1/event-types/order.placed", new
        {
            description = "An order",
            schema = new { type = "object", required = new[] { "id" }, additionalProperties = false, properties = new { id = new { type = "string", minLength = 3 }, lines = new { type = "array", items = new { type = "integer", minimum = 1 } } } },
        });
        Assert.True(put.Status == 201, put.ToString());
        Assert.Equal(put.Text, (await engine.Http.ReadAsync("/v1/event-types/order.placed")).Text);
        Assert.Equal("order.placed", (await engine.Http.ReadAsync("/v1/event-types"))["data.0.name"].GetString());
        Assert.Equal(["/data/id too_short", "/data/lines/1 out_of_range", "/data/lines/2 wrong_type", "/data/more unknown_field"],
            (await engine.Http.SendAsync("/v1/events", new { type = "order.placed", data = new { id = "ab", lines = new object[] { 1, 0, "x" }, more = 1 } })).Faults.Order(StringComparer.Ordinal));
        Assert.Equal(202, (await engine.Http.SendAsync("/v1/events", new { type = "order.placed", data = new { id = "abc", lines = new[] { 1.0 } } })).Status);

        Assert.Equal(200, (await engine.Http.AskAsync(HttpMethod.Put, "/v1/event-types/order.placed", new { })).Status);
        Assert.Equal(202, (await engine.Http.SendAsync("/v1/events", new { type = "order.placed", data = 1 })).Status);
        Assert.Equal("conflict", (await engine.Http.AskAsync(HttpMethod.Put, "/v1/event-types/room.own", new { })).Code);
    }

    [Fact]
    public async Task A_keyword_that_is_not_checked_is_refused_when_the_schema_is_set()
    {
        var refused = await engine.Http.AskAsync(HttpMethod.Put, "/v1/event-types/a.b", """
            {"schema":{"type":"objct","uniqueItems":true,"properties":{"a":{"$ref":"https://example.com/x"},"b":{"pattern":"(?=x)"},"c":{"minLength":-1}},"anyOf":[]}}
            """);
        Assert.Equal(
        [
            "/schema/type unknown_value", "/schema/uniqueItems unknown_field", "/schema/properties/a/$ref wrong_type", "/schema/properties/b/pattern invalid_format",
            "/schema/properties/c/minLength wrong_type", "/schema/anyOf wrong_type",
        ], refused.Faults);
    }

    [Theory]
    [InlineData("""{"const":{"a":1}}""", """{"a":1.0}""", true)]
    [InlineData("""{"enum":[1,"x",null]}""", "null", true)]
    [InlineData("""{"enum":[1,"x"]}""", "2", false)]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"number","minimum":5}]}""", "5", true)]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"number","minimum":5}]}""", "4", false)]
    [InlineData("""{"oneOf":[{"type":"integer"},{"minimum":2}]}""", "3", false)]
    [InlineData("""{"not":{"type":"string"}}""", "\"x\"", false)]
    [InlineData("""{"type":["string","null"],"maxLength":2}""", "\"a🙂\"", true)]
    [InlineData("""{"$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}},"additionalProperties":false}},"$ref":"#/$defs/n"}""", """{"next":{"next":{}}}""", true)]
    [InlineData("""{"$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}},"additionalProperties":false}},"$ref":"#/$defs/n"}""", """{"next":{"nxt":1}}""", false)]
    [InlineData("""{"additionalProperties":{"type":"integer"},"maxProperties":1}""", """{"a":1}""", true)]
    [InlineData("""{"additionalProperties":{"type":"integer"}}""", """{"a":"x"}""", false)]
    [InlineData("""{"exclusiveMinimum":1}""", "1", false)]
    [InlineData("""{"pattern":"^a+$"}""", "\"aaa\"", true)]
    [InlineData("""{"pattern":"^a+$"}""", "\"aab\"", false)]
    [InlineData("false", "1", false)]
    [InlineData("true", "1", true)]
    public void A_schema_says_what_fits(string schema, string value, bool fits) => Assert.Equal(fits, !Check(schema, value).Any);

    [Theory]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}""")]
    [InlineData("""{"allOf":[{"allOf":[{"$ref":"#"},{"$ref":"#"}]},{"$ref":"#"}]}""")]
    public void A_schema_that_never_ends_is_a_fault_and_no_hang(string schema) => Assert.Contains(Check(schema, "1"), f => f.Code == FaultCodes.TooLarge);

    private static Faults Check(string schema, string value)
    {
        var faults = new Faults();
        new SchemaCheck(JsonSchema.Stored(schema)).Run(JsonDocument.Parse(value).RootElement, faults);
        return faults;
    }

    private async Task EndpointAsync(FakeReceiver receiver, string? account)
    {
        var made = await engine.Http.SendAsync("/v1/webhook-endpoints", new { url = receiver.Url, account, event_types = new[] { "invoice.*" } });
        Assert.True(made.Status == 201, made.ToString());
    }
}
