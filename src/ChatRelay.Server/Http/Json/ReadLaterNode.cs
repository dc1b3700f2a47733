using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatRelay.Http.Json;

/// <summary>JSON that is read as one of these records when its endpoint knows which: the document shows them all.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ReadLaterAsAttribute(params Type[] types) : Attribute
{
    public IReadOnlyList<Type> Types => types;
}

/// <summary>Keeps the text, and describes what it will have to be.</summary>
internal sealed class ReadLaterNode(ShapeNode kept, IReadOnlyList<ShapeNode> forms) : ShapeNode
{
    public override bool TakesNull => kept.TakesNull; // whoever reads it refuses null

    public override object Read(JsonElement json, Faults faults) => kept.Read(json, faults);

    // One that fits several, such as {}, fits.
    public override JsonObject Describe(SchemaBook book) => new() { ["anyOf"] = new JsonArray([.. forms.Select(form => form.Describe(book))]) };
}
