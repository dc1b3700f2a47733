using System.Globalization;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Realtime;

/// <summary>Batches over NOTIFY: one statement for each, in pieces that its payloads can hold. Those of one transaction come together and in order.</summary>
internal sealed class PostgresLine(Databases databases) : BusLine
{
    private const string Channel = "relay_bus";
    private const int Piece = 5_850; // in base64 and with its head below the 8,000 bytes of a payload

    public override string Kind => "postgres";

    public override async Task SendAsync(byte[] batch, CancellationToken ct)
    {
        await using var notify = databases.Bus.CreateCommand("select pg_notify($1, p) from unnest($2::text[]) p");
        notify.Parameters.AddWithValue(Channel);
        notify.Parameters.AddWithValue(Cut(batch));
        await notify.ExecuteNonQueryAsync(ct);
    }

    public override async Task HearAsync(Action<ReadOnlyMemory<byte>> heard, CancellationToken ct)
    {
        await using var connection = await databases.Bus.OpenConnectionAsync(ct);
        var pieces = new Pieces();
        connection.Notification += (_, said) =>
        {
            if (pieces.Take(said.PID, said.Payload) is { } batch) heard(batch);
        };
        try
        {
            await using (var listen = new NpgsqlCommand($"listen {Channel}", connection)) await listen.ExecuteNonQueryAsync(ct);
            while (true) await connection.WaitAsync(ct);
        }
        finally
        {
            NpgsqlConnection.ClearPool(connection); // a pooled session would go on listening
        }
    }

    /// <summary>Each piece says which it is of how many.</summary>
    internal static string[] Cut(byte[] batch)
    {
        var chunks = batch.Chunk(Piece).ToList();
        return [.. chunks.Select((chunk, n) => string.Create(CultureInfo.InvariantCulture, $"{n}/{chunks.Count}:{Convert.ToBase64String(chunk)}"))];
    }

    /// <summary>Puts one sender's pieces together again; what does not follow on what came before is dropped, and its number is missed.</summary>
    internal sealed class Pieces
    {
        private readonly List<byte[]> taken = [];
        private int from;

        public byte[]? Take(int sender, string payload)
        {
            var (slash, colon) = (payload.IndexOf('/', StringComparison.Ordinal), payload.IndexOf(':', StringComparison.Ordinal));
            if (slash < 0 || colon < slash || !int.TryParse(payload.AsSpan(0, slash), CultureInfo.InvariantCulture, out var n)
                || !int.TryParse(payload.AsSpan(slash + 1, colon - slash - 1), CultureInfo.InvariantCulture, out var of)) return null;
            if (n == 0) (from, _) = (sender, taken.RemoveAll(_ => true));
            if (sender != from || n != taken.Count || n >= of) return null;
            var bytes = new byte[Piece];
            if (!Convert.TryFromBase64Chars(payload.AsSpan(colon + 1), bytes, out var length)) return null;
            taken.Add(bytes[..length]);
            return taken.Count == of ? [.. taken.SelectMany(p => p)] : null;
        }
    }
}
