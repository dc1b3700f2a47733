using System.Text;
using System.Xml.Linq;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Npgsql;

namespace ChatRelay.Console;

/// <summary>Data Protection's keys in a table, so that every node opens what another one protected. Sealed there: `keys rotate` finds them.</summary>
internal sealed class ConsoleKeys(Databases databases, Sealer sealer) : IXmlRepository
{
    // The framework's interface does not wait; it asks at the start and once a day.
    public IReadOnlyCollection<XElement> GetAllElements() => ReadAsync().GetAwaiter().GetResult();

    public void StoreElement(XElement element, string friendlyName) => StoreAsync(element, friendlyName).GetAwaiter().GetResult();

    private async Task<List<XElement>> ReadAsync()
    {
        var rows = new List<(string Name, byte[] Sealed)>();
        await using (var command = databases.Keys.CreateCommand("select name, xml from console_keys order by name"))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync()) rows.Add((reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        }

        var keys = new List<XElement>();
        foreach (var (name, blob) in rows)
        {
            // A closed one was logged; what it protected is lost, and people sign in again.
            if (await sealer.OpenAsync(CellOf(name), blob, CancellationToken.None) is Opened.Plain plain)
                keys.Add(XElement.Parse(Encoding.UTF8.GetString(plain.Bytes)));
        }
        return keys;
    }

    private async Task StoreAsync(XElement element, string name)
    {
        var value = await sealer.SealAsync(CellOf(name), Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting)), CancellationToken.None);
        if (!value.Done) throw new InvalidOperationException($"the console's key cannot be sealed: {value.Fault}");
        await using var command = databases.Keys.CreateCommand("insert into console_keys (name, xml) values ($1, $2) on conflict (name) do update set xml = excluded.xml");
        command.Parameters.AddWithValue(name);
        command.Parameters.AddWithValue(value.Bytes);
        await command.ExecuteNonQueryAsync();
    }

    private static SealedCell CellOf(string name) => new(DataKey.Installation, "console_keys", "xml", name);
}
