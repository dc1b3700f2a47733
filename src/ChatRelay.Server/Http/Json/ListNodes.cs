using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatRelay.Http.Json;

/// <summary>A list. What is far over its limit is not read at all: the fault is clear without.</summary>
internal sealed class ListNode<T>(ShapeSlot item, bool asList, int most) : ShapeNode
{
    public override object Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Array) return WrongType(faults, "a list", json);
        if (json.GetArrayLength() > most) return Refuse(faults, FaultCodes.TooManyItems, $"At most {most} items.");
        var items = new T[json.GetArrayLength()];
        var (sound, index) = (true, 0);
        foreach (var element in json.EnumerateArray())
        {
            faults.Enter(index);
            var value = item.Read(element, faults);
            faults.Leave();
            if (ReferenceEquals(value, Unread)) sound = false;
            else items[index] = (T)value!;
            if (faults.Full) return Unread;
            index++;
        }
        return !sound ? Unread : asList ? new List<T>(items) : items;
    }

    public override JsonObject Describe(SchemaBook book) => new() { ["type"] = "array", ["items"] = item.Describe(book) };
}

/// <summary>An object whose names are the caller's.</summary>
internal sealed class MapNode<T>(ShapeSlot item, int most) : ShapeNode
{
    public override object Read(JsonElement json, Faults faults)
    {
        if (json.ValueKind != JsonValueKind.Object) return WrongType(faults, "an object", json);
        if (json.GetPropertyCount() > most) return Refuse(faults, FaultCodes.TooManyItems, $"At most {most} items.");
        var map = new Dictionary<string, T>(json.GetPropertyCount(), StringComparer.Ordinal);
        var sound = true;
        foreach (var member in json.EnumerateObject())
        {
            faults.Enter(member.Name);
            var value = item.Read(member.Value, faults);
            faults.Leave();
            if (ReferenceEquals(value, Unread)) sound = false;
            else map[member.Name] = (T)value!;
            if (faults.Full) return Unread;
        }
        return sound ? map : Unread;
    }

    public override JsonObject Describe(SchemaBook book) => new() { ["type"] = "object", ["additionalProperties"] = item.Describe(book) };
}

/// <summary>A member of a PATCH.</summary>
internal sealed class ChangeNode<T>(ShapeSlot value) : ShapeNode
{
    public override bool TakesNull => true;

    public override object Read(JsonElement json, Faults faults) =>
        value.Read(json, faults) is var read && ReferenceEquals(read, Unread) ? Unread : Change<T>.To((T)read!);

    public override JsonObject Describe(SchemaBook book) => value.Describe(book);
}
