using System.Text;

namespace ChatRelay.Secrets;

/// <summary>Where a sealed value stands. It opens there and nowhere else: not in another tenant's row, nor in another column.</summary>
internal readonly record struct SealedCell(Guid Tenant, string Table, string Column, params IReadOnlyList<string> Row)
{
    public SealedCell(Guid tenant, string table, string column, Guid row)
        : this(tenant, table, column, row.ToString("D"))
    {
    }

    /// <summary>Lengths stand before the texts, so that nothing can be moved from one part to its neighbour.</summary>
    public byte[] Bind(ReadOnlySpan<byte> header)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write("chatrelay cell");
        writer.Write(header.Length);
        writer.Write(header);
        writer.Write(Tenant.ToByteArray(bigEndian: true));
        writer.Write(Table);
        writer.Write(Column);
        writer.Write(Row.Count);
        foreach (var part in Row) writer.Write(part);
        writer.Flush();
        return bytes.ToArray();
    }

    public override string ToString() => $"{Table}.{Column} {string.Join('/', Row)}";
}
