using System.Text;
using ChatRelay.Protocol;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ChatRelay.Storage;

/// <summary>EF for the calm tables: settings that people write. Slices hand their mappings in; the hot tables are plain SQL beside its caller.</summary>
internal sealed class RelayDb : DbContext
{
    private readonly IEnumerable<TableMap> tables;

    public RelayDb(DbContextOptions<RelayDb> options, IEnumerable<TableMap> tables, Guid? tenant) : base(options)
    {
        (this.tables, Tenant) = (tables, tenant);
        Database.AutoSavepointsEnabled = false; // a failed save ends its transaction; a savepoint is two round trips
    }

    /// <summary>What its commit will make known, one kind after the other.</summary>
    public List<IReadOnlyList<object>> News { get; } = [];

    /// <summary>Whose rows this context may see; null only behind the engine's door.</summary>
    public Guid? Tenant { get; }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema("relay");
        foreach (var table in tables) table.Map(modelBuilder);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
                var type = Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
                if (type.IsEnum) property.SetValueConverter((ValueConverter)Activator.CreateInstance(typeof(EnumConverter<>).MakeGenericType(type))!);
            }
        }
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        foreach (var id in typeof(TenantId).Assembly.GetTypes().Where(IsId))
            configurationBuilder.Properties(id).HaveConversion(typeof(IdConverter<>).MakeGenericType(id));
    }

    private static bool IsId(Type type) =>
        type.IsValueType && Array.Exists(type.GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IRelayId<>));

    private static string SnakeCase(string name)
    {
        var snake = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsUpper(c) && snake.Length > 0) snake.Append('_');
            snake.Append(char.ToLowerInvariant(c));
        }
        return snake.ToString();
    }

    private sealed class IdConverter<T>() : ValueConverter<T, Guid>(id => id.Value, value => Make<T>(value)) where T : struct, IRelayId<T>;

    private sealed class EnumConverter<T>() : ValueConverter<T, string>(value => SnakeCase(value.ToString()), text => ReadEnum<T>(text)) where T : struct, Enum;

    private static T ReadEnum<T>(string text) where T : struct, Enum => Enum.Parse<T>(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    private static T Make<T>(Guid value) where T : struct, IRelayId<T> => T.From(value); // an expression tree may not name a static abstract
}

/// <summary>A slice's table in EF's model, registered by its AddX().</summary>
internal sealed record TableMap(Action<ModelBuilder> Map);
