using System.Buffers.Binary;
using System.Text;

namespace ChatRelay.TestKit;

/// <summary>
/// Follows what one session sends to PostgreSQL, just closely enough to tell when it has asked for a COMMIT: by name, or by ending a batch
/// that writes outside a transaction. Prepared statements are known by the text they were parsed from.
/// </summary>
internal sealed class CommitWatch
{
    private const int StartUp = 196608; // protocol 3.0; what comes before it are questions about encryption
    private const int MostKept = 32 * 1024; // a statement's text; of a Bind only the names at its beginning matter
    private readonly Dictionary<string, string> statements = [];
    private readonly List<byte> kept = [];
    private bool started, inTransaction, writes, asked;
    private int left = -1; // of the current message; -1: its head is being read

    /// <summary>True if this piece completes a request to commit.</summary>
    public bool Commits(ReadOnlySpan<byte> sent)
    {
        var commits = false;
        while (sent.Length > 0)
        {
            var head = started ? 5 : 4;
            var take = left < 0 ? Math.Min(head - kept.Count, sent.Length) : Math.Min(left, sent.Length);
            if (kept.Count < MostKept) kept.AddRange(sent[..take]);
            sent = sent[take..];
            if (left >= 0) left -= take;
            else if (kept.Count == head) left = Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(kept.ToArray().AsSpan(head - 4)) - 4);
            if (left != 0) continue;
            commits |= Complete([.. kept]);
            kept.Clear();
            left = -1;
        }
        return commits;
    }

    private bool Complete(ReadOnlySpan<byte> message)
    {
        if (!started)
        {
            started = message.Length >= 8 && BinaryPrimitives.ReadInt32BigEndian(message[4..]) == StartUp;
            return false;
        }
        var body = message[5..];
        switch ((char)message[0])
        {
            case 'P':
                var name = Text(ref body);
                statements[name] = Text(ref body);
                return false;
            case 'B':
                Text(ref body); // the portal
                Run(statements.GetValueOrDefault(Text(ref body), ""));
                return false;
            case 'Q':
                Run(Text(ref body));
                return Ended();
            case 'S':
                return Ended();
            default:
                return false;
        }
    }

    private void Run(string sql)
    {
        var text = sql.AsSpan().Trim().TrimEnd(';');
        if (text.StartsWith("begin", StringComparison.OrdinalIgnoreCase)) inTransaction = true;
        else if (text.Equals("rollback", StringComparison.OrdinalIgnoreCase)) (inTransaction, writes) = (false, false);
        else if (text.Equals("commit", StringComparison.OrdinalIgnoreCase)) (inTransaction, asked) = (false, writes);
        else writes |= Writes(sql);
    }

    private bool Ended()
    {
        var commits = asked || (writes && !inTransaction);
        asked = false;
        if (!inTransaction) writes = false;
        return commits;
    }

    private static bool Writes(string sql) =>
        sql.Contains("insert into", StringComparison.OrdinalIgnoreCase) || sql.Contains("update ", StringComparison.OrdinalIgnoreCase)
        || sql.Contains("delete from", StringComparison.OrdinalIgnoreCase);

    private static string Text(ref ReadOnlySpan<byte> body)
    {
        var end = body.IndexOf((byte)0);
        if (end < 0) end = body.Length;
        var text = Encoding.UTF8.GetString(body[..end]);
        body = body[Math.Min(body.Length, end + 1)..];
        return text;
    }
}
