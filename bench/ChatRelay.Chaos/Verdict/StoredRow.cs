using System.Globalization;
using ChatRelay.Chaos.Load;
using ChatRelay.Chaos.World;
using ChatRelay.Protocol;

namespace ChatRelay.Chaos.Verdict;

/// <summary>A delivery as the tables have it when all is over, with the outcomes of its attempts in the order of their numbers.</summary>
/// <param name="Numbered">the attempts are numbered 1, 2, 3, … without a gap</param>
internal sealed record StoredRow(long Item, string Notification, string Delivery, string Status, bool Numbered, IReadOnlyList<string> Outcomes)
{
    public string Line => $"{Item} {Notification} {Delivery} {Status} {(Numbered ? 1 : 0)} {string.Join(',', Outcomes)}";

    public static StoredRow Read(string line)
    {
        var parts = line.Split(' ');
        return new(long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2], parts[3], parts[4] == "1", parts[5].Split(',', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Everything that the run's clients ever got into the tables, whether they know of it or not.</summary>
    public static async Task DumpAsync(ChaosWorld world, string path, CancellationToken ct)
    {
        File.Delete(path);
        await using var journal = new Journal(path);
        await using var read = world.Owner.CreateCommand("""
            select n.external_id, n.id, d.id, d.status, coalesce(a.numbers, '{}'), coalesce(a.outcomes, '{}')
            from relay.notifications n
            join relay.deliveries d on d.tenant_id = n.tenant_id and d.id = any(n.delivery_ids)
            left join (select tenant_id, delivery_id, array_agg(number order by number) as numbers, array_agg(outcome order by number) as outcomes
                       from relay.attempts group by tenant_id, delivery_id) a on a.tenant_id = d.tenant_id and a.delivery_id = d.id
            where n.external_id is not null
            """);
        await using var reader = await read.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var numbers = reader.GetFieldValue<int[]>(4);
            journal.Write(new StoredRow(long.Parse(reader.GetString(0), CultureInfo.InvariantCulture), new NotificationId(reader.GetGuid(1)).ToString(), new DeliveryId(reader.GetGuid(2)).ToString(),
                reader.GetString(3), numbers.Select((number, at) => number == at + 1).All(same => same), reader.GetFieldValue<string[]>(5)).Line);
        }
    }
}
