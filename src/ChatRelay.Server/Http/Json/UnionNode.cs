using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatRelay.Http.Json;

/// <summary>A closed union on the wire: nested records, told apart by one member, named as they are in snake case unless they say otherwise.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class UnionAttribute(string discriminator) : Attribute
{
    public string Discriminator => discriminator;
}

/// <summary>What a case of a union is called on the wire.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class CaseAttribute(string name) : Attribute
{
    public string Name => name;
}

/// <summary>Picks the record by the discriminator, wherever among the members it stands.</summary>
internal sealed class UnionNode(Type type, string discriminator) : ShapeNode
{
    private readonly byte[] utf8 = Encoding.UTF8.GetBytes(discriminator);
    private IReadOnlyList<(string Name, RecordNode Record)> cases = [];
    private string expected = "";

    public void Fill(IReadOnlyList<(string Name, RecordNode Record)> all)
    {
        cases = all;
        expected = $"one of {string.Join(", ", all.Select(c => c.Name))}";
    }

    public override object Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Object) return WrongType(faults, "an object", json);
        if (!json.TryGetProperty(utf8, out var tag)) return RefuseTag(faults, FaultCodes.Missing, $"This member is required: {expected}.");
        if (tag.ValueKind != JsonValueKind.String) return RefuseTag(faults, FaultCodes.WrongType, $"Expected {expected}.");
        foreach (var (name, record) in cases)
        {
            if (tag.ValueEquals(name)) return record.Read(json, faults, utf8);
        }
        return RefuseTag(faults, FaultCodes.UnknownValue, $"Expected {expected}.");
    }

    private object RefuseTag(Faults faults, string code, string detail)
    {
        faults.Add(discriminator, code, detail);
        return Unread;
    }

    public override JsonObject Describe(SchemaBook book) => book.Refer(type, () =>
    {
        var (choices, mapping) = (new JsonArray(), new JsonObject());
        foreach (var (name, record) in cases)
        {
            var choice = book.Refer(record.Type, () => record.Inline(book, (discriminator, name)));
            mapping[name] = choice["$ref"]!.DeepClone();
            choices.Add(choice);
        }
        return new()
        {
            ["oneOf"] = choices,
            ["discriminator"] = new JsonObject { ["propertyName"] = discriminator, ["mapping"] = mapping },
        };
    });
}
