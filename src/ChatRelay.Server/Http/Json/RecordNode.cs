using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatRelay.Http.Json;

/// <summary>A member of a record.</summary>
internal sealed record ShapeMember(string Name, byte[] Utf8, ShapeSlot Slot, bool Required, NoteAttribute? Note, JsonNode? Default)
{
    /// <summary>Left out of an answer when it is null.</summary>
    public bool MayBeAbsent { get; init; }
}

/// <summary>A record: known members, each read beside its declaration, and no others.</summary>
internal sealed class RecordNode(Type type) : ShapeNode
{
    private static readonly object Absent = new();
    private ShapeMember[] members = [];
    private Lazy<Func<object?[], object>> make = null!;

    public Type Type => type;

    /// <summary>The members that can be given. The first ones of all, in the maker's order.</summary>
    public int Readable { get; private set; }

    public IReadOnlyList<ShapeMember> Members => members;

    /// <summary>Later than the constructor, since a record may hold itself.</summary>
    public void Fill(ShapeMember[] all, int readable, Func<object, Func<object?[], object>> maker)
    {
        (members, Readable) = (all, readable);
        make = new(() => maker(Absent)); // compiled for what is read, not for answers
    }

    public override object Read(JsonElement json, Faults faults) => Read(json, faults, discriminator: null);

    public object Read(JsonElement json, Faults faults, byte[]? discriminator)
    {
        if (json.ValueKind != JsonValueKind.Object) return WrongType(faults, "an object", json);
        var before = faults.Count;
        var values = new object?[Readable];
        Array.Fill(values, Absent);
        var next = 0;
        foreach (var given in json.EnumerateObject())
        {
            var at = Find(given, next);
            if (at >= 0)
            {
                faults.Enter(members[at].Name);
                values[at] = members[at].Slot.Read(given.Value, faults);
                faults.Leave();
                next = at + 1;
            }
            else if (!faults.PassUnknown && (discriminator is null || !Named(given, discriminator)))
            {
                faults.Add(given.Name, FaultCodes.UnknownField, "This member is not known here.");
            }
            if (faults.Full) return Unread;
        }
        for (var i = 0; i < values.Length; i++)
        {
            if (members[i].Required && ReferenceEquals(values[i], Absent)) faults.Add(members[i].Name, FaultCodes.Missing, "This member is required.");
        }
        if (faults.Count > before) return Unread;

        var record = make.Value(values);
        if (record is IRuled ruled) ruled.Check(faults);
        return record;
    }

    // Members mostly come in the order in which they are declared and documented.
    private int Find(JsonProperty given, int next)
    {
        for (var i = next; i < Readable; i++) if (Named(given, members[i].Utf8)) return i;
        for (var i = Math.Min(next, Readable) - 1; i >= 0; i--) if (Named(given, members[i].Utf8)) return i;
        return -1;
    }

    private static bool Named(JsonProperty given, byte[] name)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(given);
        return raw.SequenceEqual(name) || (raw.Contains((byte)'\\') && given.NameEquals(name));
    }

    public override JsonObject Describe(SchemaBook book) => book.Refer(type, () => Inline(book, null));

    public JsonObject Inline(SchemaBook book, (string Member, string Value)? discriminator)
    {
        var (required, properties) = (new JsonArray(), new JsonObject());
        if (discriminator is { } tag)
        {
            required.Add(tag.Member);
            properties[tag.Member] = new JsonObject { ["type"] = "string", ["const"] = tag.Value };
        }
        foreach (var member in book.ForAnswers ? members : members.Take(Readable))
        {
            if (book.ForAnswers ? !member.MayBeAbsent : member.Required) required.Add(member.Name);
            var schema = SchemaBook.Annotated(member.Slot.Describe(book), member.Note);
            if (!book.ForAnswers && member.Default is { } value && schema["$ref"] is null) schema["default"] = value.DeepClone();
            properties[member.Name] = schema;
        }
        var record = new JsonObject { ["type"] = "object" };
        if (required.Count > 0) record["required"] = required;
        record["properties"] = properties;
        if (!book.ForAnswers) record["additionalProperties"] = false; // an answer may grow members; a request with an unknown one is refused
        return record;
    }
}
