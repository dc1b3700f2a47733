using ChatRelay.Storage;
using ChatRelay.Storage.Commits;
using Npgsql;

namespace ChatRelay.Deliveries;

/// <summary>
/// The dispatcher's own connections, with the planner's hands tied. Outcomes are written through it too, beside what requests commit:
/// a large batch of one delays no answer of the other.
/// </summary>
internal sealed class QueueDoor(Databases databases)
{
    /// <summary>
    /// The row q of the queue that one of a list names. No index's order helps to join by an array of one: else, when a vacuum has counted fewer rows in the queue than the
    /// planner expects in the list, it walks the whole queue, dead rows and all, and looks each up in the list.
    /// </summary>
    public static string RowOf(string list) => $"q.tenant_id = any (array[{list}.tenant_id]) and q.id = {list}.id";

    /// <summary>The shared commit of settlements is registered under this name.</summary>
    public const string Name = "queue";

    public GroupCommit SharedCommit(GroupCommitOptions options, ILogger<GroupCommit> log) => new(databases.Queue, databases, options, log, turns: 2);

    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken ct) => databases.Queue.OpenConnectionAsync(ct);

    /// <summary>After a restart of the server every pooled connection is dead.</summary>
    public void Forget() => databases.Queue.Clear();
}
