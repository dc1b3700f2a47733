using System.Diagnostics.CodeAnalysis;
using ChatRelay.Storage;

namespace ChatRelay.Secrets;

/// <summary>What sealing gave: the bytes for the cell, or why there are none.</summary>
internal readonly record struct SealedValue(byte[]? Bytes, SealFault Fault = default)
{
    [MemberNotNullWhen(true, nameof(Bytes))]
    public bool Done => Bytes is not null;
}

/// <summary>Seals and opens secrets for their cells. One tenant's broken key closes that tenant's secrets and no other's.</summary>
internal sealed partial class Sealer(TenantDataKeys keys, Chance chance, ILogger<Sealer> log)
{
    public async Task<SealedValue> SealAsync(SealedCell cell, ReadOnlyMemory<byte> plain, CancellationToken ct)
    {
        var found = await keys.CurrentAsync(cell.Tenant, ct);
        if (found.Key is { } key) return new(Sealing.Seal(key, cell, plain.Span, chance));
        LogClosed(cell.Tenant, cell, found.Fault);
        return new(null, found.Fault);
    }

    public async Task<Opened> OpenAsync(SealedCell cell, ReadOnlyMemory<byte> blob, CancellationToken ct)
    {
        var opened = await OpenOrSayWhyAsync(cell, blob, ct);
        if (opened is Opened.Closed closed) LogClosed(cell.Tenant, cell, closed.Fault);
        return opened;
    }

    private async Task<Opened> OpenOrSayWhyAsync(SealedCell cell, ReadOnlyMemory<byte> blob, CancellationToken ct)
    {
        if (Sealing.VersionOf(blob.Span) is not { } version) return new Opened.Closed(SealFault.Malformed);
        var found = await keys.FindAsync(cell.Tenant, version, ct);
        return found.Key is { } key ? Sealing.Open(key, cell, blob.Span) : new Opened.Closed(found.Fault);
    }

    [LoggerMessage(1101, LogLevel.Error, "secret.closed {Tenant} {Cell}: {Fault}")]
    private partial void LogClosed(Guid tenant, SealedCell cell, SealFault fault);
}
