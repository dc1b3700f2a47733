using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ChatRelay.Protocol;

namespace ChatRelay.Http.Json;

/// <summary>Builds shapes from declarations. A declaration that has no form on the wire is a bug and throws, at start-up and in a test.</summary>
internal static class ShapeBuilder
{
    private static readonly Lock Building = new(); // NullabilityInfoContext is not made for several threads
    private static readonly NullabilityInfoContext Nullability = new();
    private static readonly ConcurrentDictionary<Type, ShapeNode> Named = new();

    public static ShapeNode NodeOf(Type type)
    {
        lock (Building) return SlotOf(type, null, []).Node;
    }

    private static ShapeSlot SlotOf(Type type, NullabilityInfo? info, IReadOnlyList<RuleAttribute> rules)
    {
        var nullable = info?.ReadState == NullabilityState.Nullable;
        if (Nullable.GetUnderlyingType(type) is { } underlying) (type, nullable) = (underlying, true);
        var own = rules.Where(rule => rule.Fits(type)).ToArray();
        var (node, taken) = Node(type, info, [.. rules.Except(own)], own.OfType<ItemsAttribute>().FirstOrDefault()?.Max ?? int.MaxValue);
        if (!taken && own.Length < rules.Count) throw new InvalidOperationException($"{rules.Except(own).First()} does not fit {type}.");
        return new(node, nullable, own);
    }

    private static (ShapeNode Node, bool TookRules) Node(Type type, NullabilityInfo? info, IReadOnlyList<RuleAttribute> rest, int most)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Change<>))
        {
            var inner = type.GetGenericArguments()[0];
            return (Make(typeof(ChangeNode<>), inner, SlotOf(inner, info?.GenericTypeArguments[0], rest)), true);
        }
        if (ShapeTypes.ItemOf(type) is { } item)
        {
            var slot = SlotOf(item, info?.ElementType ?? info?.GenericTypeArguments.FirstOrDefault(), rest);
            return (Make(typeof(ListNode<>), item, slot, type.IsClass && !type.IsArray || type == typeof(IList<>).MakeGenericType(item), most), true);
        }
        if (ShapeTypes.ValueOf(type) is { } value)
            return (Make(typeof(MapNode<>), value, SlotOf(value, info?.GenericTypeArguments.ElementAtOrDefault(1), rest), most), true);
        return (Named.TryGetValue(type, out var known) ? known : Scalar(type) ?? Composite(type), false);
    }

    private static ShapeNode? Scalar(Type type)
    {
        if (type == typeof(string)) return new TextNode();
        if (type == typeof(bool)) return new FlagNode();
        if (type == typeof(int)) return new IntegerNode(int.MinValue, int.MaxValue, static n => (int)n, "int32");
        if (type == typeof(long)) return new IntegerNode(long.MinValue, long.MaxValue, static n => n, "int64");
        if (type == typeof(double)) return new NumberNode(exact: false);
        if (type == typeof(decimal)) return new NumberNode(exact: true);
        if (type == typeof(DateTimeOffset)) return new TimeNode();
        if (type == typeof(byte[])) return new BytesNode();
        if (type == typeof(RawJson)) return new RawNode();
        if (type.IsEnum) return new EnumNode(type);
        if (Implements(type, typeof(IRelayId<>))) return Make(typeof(IdNode<>), type);
        if (Implements(type, typeof(IWireText<>))) return Make(typeof(WireTextNode<>), type);
        return null;
    }

    private static ShapeNode Composite(Type type)
    {
        if (type.GetCustomAttribute<UnionAttribute>() is { } tag) return Union(type, tag.Discriminator);
        if (type.Namespace?.StartsWith(nameof(ChatRelay), StringComparison.Ordinal) != true || type.IsAbstract)
            throw new InvalidOperationException($"{type} has no form on the wire.");
        return Record(type);
    }

    private static UnionNode Union(Type type, string discriminator)
    {
        var union = new UnionNode(type, discriminator);
        Named[type] = union;
        union.Fill([.. CasesOf(type).Select(c => (c.Name, Named.TryGetValue(c.Type, out var known) ? (RecordNode)known : Record(c.Type)))]);
        return union;
    }

    public static IEnumerable<(string Name, Type Type)> CasesOf(Type union) => union
        .GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic).Where(type => type.IsSubclassOf(union) && !type.IsAbstract)
        .Select(type => (type.GetCustomAttribute<CaseAttribute>()?.Name ?? ShapeTypes.Snake(type.Name), type));

    private static RecordNode Record(Type type)
    {
        var record = new RecordNode(type);
        Named[type] = record;
        var constructor = ConstructorOf(type);
        var parameters = constructor?.GetParameters() ?? [];
        var sample = constructor is { } && parameters.Length == 0 ? constructor.Invoke([]) : null; // shows the defaults
        var given = new List<(PropertyInfo Property, ParameterInfo? Parameter)>();
        var shown = new List<PropertyInfo>();
        foreach (var property in PropertiesOf(type))
        {
            var parameter = parameters.FirstOrDefault(p => string.Equals(p.Name, property.Name, StringComparison.OrdinalIgnoreCase));
            if (parameter is not null || property.SetMethod is { IsPublic: true }) given.Add((property, parameter));
            else shown.Add(property);
        }
        if (given.Count(g => g.Parameter is not null) != parameters.Length) given.Clear(); // an answer only: it cannot be made from its members
        record.Fill(
            [.. given.Select(g => Member(g.Property, g.Parameter, sample)), .. PropertiesOf(type).Except(given.Select(g => g.Property)).Select(p => Member(p, null, null))],
            given.Count,
            absent => Maker(type, constructor, given, absent));
        return record;
    }

    // Base members first, each in the order of its declaration.
    private static IEnumerable<PropertyInfo> PropertiesOf(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.GetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0
            && p.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition is not JsonIgnoreCondition.Always)
        .OrderBy(p => Depth(p.DeclaringType!));

    private static int Depth(Type type) => type.BaseType is { } parent ? Depth(parent) + 1 : 0;

    private static ConstructorInfo? ConstructorOf(Type type) => type
        .GetConstructors(BindingFlags.Public | BindingFlags.Instance)
        .OrderBy(c => type.IsValueType ? -c.GetParameters().Length : c.GetParameters().Length).FirstOrDefault();

    private static ShapeMember Member(PropertyInfo property, ParameterInfo? parameter, object? sample)
    {
        var info = Nullability.Create(property);
        RuleAttribute[] rules = [.. property.GetCustomAttributes<RuleAttribute>().Concat(parameter?.GetCustomAttributes<RuleAttribute>() ?? [])];
        var slot = SlotOf(property.PropertyType, info, rules);
        if (property.GetCustomAttribute<ReadLaterAsAttribute>() is { } later)
            slot = new(new ReadLaterNode(slot.Node, [.. later.Types.Select(form => SlotOf(form, null, []).Node)]), slot.Nullable, rules);
        var required = property.IsDefined(typeof(RequiredMemberAttribute))
            || (parameter is { HasDefaultValue: false } && !slot.Nullable && slot.Node is not RawNode);
        var name = ShapeTypes.NameOf(property);
        return new(name, Encoding.UTF8.GetBytes(name), slot, required,
            property.GetCustomAttribute<NoteAttribute>() ?? parameter?.GetCustomAttribute<NoteAttribute>(),
            required ? null : DefaultOf(property, parameter, sample))
        {
            MayBeAbsent = property.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition is JsonIgnoreCondition.WhenWritingNull,
        };
    }

    private static JsonNode? DefaultOf(PropertyInfo property, ParameterInfo? parameter, object? sample)
    {
        var type = property.PropertyType;
        var scalar = type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(double) || type == typeof(decimal);
        if (!scalar) return null;
        var value = parameter is { HasDefaultValue: true } ? parameter.DefaultValue : sample is null ? null : property.GetValue(sample);
        if (value is not null && type.IsEnum && value is not Enum) value = Enum.ToObject(type, value);
        return value is null ? null : JsonSerializer.SerializeToNode(value, type, RelayJson.Options);
    }

    /// <summary>`values => { var r = new T(…); if (values[i] != absent) r.P = (X)values[i]; …; return r; }`, compiled.</summary>
    private static Func<object?[], object> Maker(
        Type type, ConstructorInfo? constructor, List<(PropertyInfo Property, ParameterInfo? Parameter)> given, object absent)
    {
        var values = Expression.Parameter(typeof(object?[]), "values");
        var record = Expression.Variable(type, "record");
        var nothing = Expression.Constant(absent);
        Expression Value(int at) => Expression.ArrayIndex(values, Expression.Constant(at));
        Expression Typed(int at, Type to) => Expression.Convert(Value(at), to);

        var arguments = (constructor?.GetParameters() ?? []).Select(parameter =>
        {
            var at = given.FindIndex(g => g.Parameter == parameter);
            Expression fallback = parameter is { HasDefaultValue: true, DefaultValue: { } value }
                ? Expression.Constant(parameter.ParameterType.IsEnum ? Enum.ToObject(parameter.ParameterType, value) : value, parameter.ParameterType)
                : Expression.Default(parameter.ParameterType);
            return Expression.Condition(Expression.ReferenceEqual(Value(at), nothing), fallback, Typed(at, parameter.ParameterType));
        });
        var steps = new List<Expression> { Expression.Assign(record, constructor is null ? Expression.New(type) : Expression.New(constructor, arguments)) };
        for (var i = 0; i < given.Count; i++)
        {
            if (given[i].Parameter is not null) continue;
            steps.Add(Expression.IfThen(
                Expression.ReferenceNotEqual(Value(i), nothing),
                Expression.Assign(Expression.Property(record, given[i].Property), Typed(i, given[i].Property.PropertyType))));
        }
        steps.Add(Expression.Convert(record, typeof(object)));
        return Expression.Lambda<Func<object?[], object>>(Expression.Block([record], steps), values).Compile();
    }

    private static bool Implements(Type type, Type open) =>
        type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == open && i.GetGenericArguments()[0] == type);

    private static ShapeNode Make(Type open, Type argument, params object[] arguments) =>
        (ShapeNode)Activator.CreateInstance(open.MakeGenericType(argument), arguments)!;
}
