using System.Text.Json.Nodes;

namespace ChatRelay.Http.Json;

/// <summary>A rule on a member: checked by the reader, shown in the document. On a list it may be a rule on its items.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal abstract class RuleAttribute : Attribute
{
    /// <summary>A rule that does not fit a list goes to its items; one that fits nothing is a bug, found when the shape is built.</summary>
    public abstract bool Fits(Type type);

    public abstract void Check(object value, Faults faults);

    public virtual void Describe(JsonObject schema)
    {
    }
}

/// <summary>What a member or a record means, for the document, and an example as JSON.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter | AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
internal sealed class NoteAttribute(string description) : Attribute
{
    public string Description => description;

    /// <summary>As JSON: `"\"u_42\""`, `"30"`.</summary>
    public string? Example { get; init; }
}

/// <summary>Rules across the members of a record. Run when each of them is sound, with pointers relative to the record.</summary>
internal interface IRuled
{
    void Check(Faults faults);
}

/// <summary>A type of our own that is a string on the wire, such as an address.</summary>
internal interface IWireText<TSelf> where TSelf : IWireText<TSelf>
{
    /// <summary>Completes "Expected …".</summary>
    static abstract string Expected { get; }

    static abstract bool TryRead(string text, out TSelf value);

    static abstract void Describe(JsonObject schema);
}
