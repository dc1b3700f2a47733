using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ChatRelay.Protocol;

/// <summary>Where a page ended.</summary>
public abstract record CursorPosition
{
    private CursorPosition()
    {
    }

    /// <summary>In a list ordered by time of making.</summary>
    public sealed record Made(DateTimeOffset At, Guid Id) : CursorPosition;

    /// <summary>In the event log: a restored database starts a lower generation.</summary>
    public sealed record Logged(int Generation, ulong Transaction, Guid Id) : CursorPosition;

    /// <summary>In a list ordered by a name: ASCII, 1 to 128 characters.</summary>
    public sealed record Named(string Name) : CursorPosition;
}

/// <summary>What a cursor is good for: one list of one tenant under one filter.</summary>
public readonly record struct CursorScope(Guid Tenant, string List, string Filter);

/// <summary>Writes and reads opaque cursors: a position and a seal over it and its scope. Any change makes it invalid.</summary>
public sealed class Cursor(byte[] key)
{
    private const byte MadeKind = 1;
    private const byte LoggedKind = 2;
    private const byte NamedKind = 3;
    private const int SealLength = 16;
    private const int MadeLength = 1 + sizeof(long) + 16;
    private const int LoggedLength = 1 + sizeof(int) + sizeof(ulong) + 16;
    private const int MaxPayload = 1 + 128;
    private const int MaxLength = MaxPayload + SealLength;

    public string Write(CursorPosition position, CursorScope scope)
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        var length = Put(position, bytes);
        Seal(bytes[..length], scope, bytes.Slice(length, SealLength));
        return Base64Url.EncodeToString(bytes[..(length + SealLength)]);
    }

    public CursorPosition? Read(ReadOnlySpan<char> text, CursorScope scope)
    {
        Span<byte> bytes = stackalloc byte[MaxLength];
        if (text.Length > Base64Url.GetEncodedLength(MaxLength)) return null;
        // Not TryDecodeFromChars: it throws on text that is no base64url.
        if (Base64Url.DecodeFromChars(text, bytes, out _, out var written) != OperationStatus.Done) return null;

        var length = written - SealLength;
        if (length <= 0 || bytes[0] switch { MadeKind => MadeLength, LoggedKind => LoggedLength, NamedKind => Math.Max(length, 2), _ => 0 } != length) return null;
        Span<byte> seal = stackalloc byte[SealLength];
        Seal(bytes[..length], scope, seal);
        if (!CryptographicOperations.FixedTimeEquals(seal, bytes.Slice(length, SealLength))) return null;

        // The decoder forgives spaces, padding and leftover bits: only the text that Write would give counts.
        Span<char> again = stackalloc char[Base64Url.GetEncodedLength(MaxLength)];
        var chars = Base64Url.EncodeToChars(bytes[..written], again);
        return text.SequenceEqual(again[..chars]) ? Take(bytes[..length]) : null;
    }

    public override string ToString() => "***";

    private static int Put(CursorPosition position, Span<byte> bytes)
    {
        switch (position)
        {
            case CursorPosition.Made made:
                bytes[0] = MadeKind;
                BinaryPrimitives.WriteInt64BigEndian(bytes[1..], made.At.UtcTicks);
                made.Id.TryWriteBytes(bytes[(1 + sizeof(long))..], bigEndian: true, out _);
                return MadeLength;
            case CursorPosition.Logged logged:
                bytes[0] = LoggedKind;
                BinaryPrimitives.WriteInt32BigEndian(bytes[1..], logged.Generation);
                BinaryPrimitives.WriteUInt64BigEndian(bytes[(1 + sizeof(int))..], logged.Transaction);
                logged.Id.TryWriteBytes(bytes[(1 + sizeof(int) + sizeof(ulong))..], bigEndian: true, out _);
                return LoggedLength;
            case CursorPosition.Named named:
                bytes[0] = NamedKind;
                return 1 + Encoding.ASCII.GetBytes(named.Name, bytes[1..MaxPayload]);
            default:
                throw new ArgumentNullException(nameof(position));
        }
    }

    private static CursorPosition Take(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] == NamedKind) return new CursorPosition.Named(Encoding.ASCII.GetString(bytes[1..]));
        var id = new Guid(bytes[^16..], bigEndian: true);
        return bytes[0] == MadeKind
            ? new CursorPosition.Made(new DateTimeOffset(BinaryPrimitives.ReadInt64BigEndian(bytes[1..]), TimeSpan.Zero), id)
            : new CursorPosition.Logged(
                BinaryPrimitives.ReadInt32BigEndian(bytes[1..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[(1 + sizeof(int))..]), id);
    }

    private void Seal(ReadOnlySpan<byte> payload, CursorScope scope, Span<byte> seal)
    {
        // Every part but the last has a fixed length: nothing can be moved from one part to its neighbour.
        Span<byte> message = stackalloc byte[16 + (2 * SHA256.HashSizeInBytes) + MaxPayload];
        scope.Tenant.TryWriteBytes(message, bigEndian: true, out _);
        SHA256.HashData(Encoding.UTF8.GetBytes(scope.List), message[16..]);
        SHA256.HashData(Encoding.UTF8.GetBytes(scope.Filter), message[(16 + SHA256.HashSizeInBytes)..]);
        payload.CopyTo(message[(16 + (2 * SHA256.HashSizeInBytes))..]);

        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, message[..(16 + (2 * SHA256.HashSizeInBytes) + payload.Length)], mac);
        mac[..SealLength].CopyTo(seal);
    }
}
