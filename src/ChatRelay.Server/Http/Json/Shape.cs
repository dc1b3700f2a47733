using System.Collections.Concurrent;
using System.Text.Json;

namespace ChatRelay.Http.Json;

/// <summary>The form of a type on the wire, built once from its declaration: it reads the type strictly and describes it.</summary>
internal class Shape
{
    private static readonly ConcurrentDictionary<Type, Shape> Known = new();

    private protected Shape(ShapeNode root) => Root = root;

    public ShapeNode Root { get; }

    public static Shape<T> Of<T>() where T : notnull => Shape<T>.Only;

    public static Shape Of(Type type) => Known.GetOrAdd(type, static type => new Shape(ShapeBuilder.NodeOf(type)));
}

/// <summary>The form of T.</summary>
internal sealed class Shape<T> : Shape where T : notnull
{
    public static readonly Shape<T> Only = new();

    private Shape() : base(ShapeBuilder.NodeOf(typeof(T)))
    {
    }

    /// <summary>The second pass: the value, or every fault. Only a body without one comes out.</summary>
    public bool TryRead(JsonElement json, Faults faults, out T value)
    {
        value = default!;
        var before = faults.Count;
        if (json.ValueKind == JsonValueKind.Null && !Root.TakesNull)
        {
            faults.Add(FaultCodes.Null, "Null is not a value here.");
            return false;
        }
        var read = Root.Read(json, faults);
        if (faults.Count > before || ReferenceEquals(read, ShapeNode.Unread)) return false;
        value = (T)read;
        return true;
    }
}
