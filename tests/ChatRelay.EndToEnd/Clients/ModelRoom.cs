using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>One room of the model: what the client saw of it, and whether that is what it should have seen.</summary>
internal sealed class ModelRoom(string id)
{
    private readonly List<ModelLine> seen = [];
    private int resets;

    public string Id => id;

    /// <summary>How often its numbers began anew: the most that a client may be told to forget it.</summary>
    public int Renewed { get; set; }

    /// <summary>Null, or what is wrong with this line after those before it.</summary>
    public string? Take(ModelLine line)
    {
        var before = seen.LastOrDefault();
        seen.Add(line);
        if (line.Saw == "reset")
        {
            if (++resets > Renewed) return $"{id}: reset {resets} of {Renewed}, to {line.Epoch}, after {Text(before)}";
            return before is not null && before.Epoch == line.Epoch ? $"{id}: reset to the epoch in which it stood, {line.Epoch}, after {Text(before)}" : null;
        }
        if (before is null || line.Repeat) return null;
        if (before.Epoch != line.Epoch) return $"{id}: {Text(line)} after {Text(before)} without a reset";
        return before.Saw == "message" && line.Seq <= before.Seq ? $"{id}: {Text(line)} after {Text(before)}" : null;
    }

    /// <summary>Against the whole log, as the relay tells it to the tenant.</summary>
    public async Task CompareAsync(HttpClient tenant, long begun, IReadOnlyDictionary<string, long> sent)
    {
        var (log, epoch, first, head) = (new Dictionary<long, JsonElement>(), "", 0L, 0L);
        bool more;
        do
        {
            var page = await tenant.ReadAsync($"/v1/rooms/{id}/messages?after_seq={head}&limit=100");
            (epoch, first, more) = (page["epoch"].GetString()!, page["first"].GetInt64(), page["has_more"].GetBoolean());
            foreach (var entry in page["data"].EnumerateArray())
            {
                head = entry.GetProperty("kind").GetString() == "skip" ? entry.GetProperty("to").GetInt64() : entry.GetProperty("seq").GetInt64();
                if (entry.GetProperty("kind").GetString() != "skip") log[head] = entry;
            }
        }
        while (more);

        var last = seen.FindLastIndex(l => l.Saw == "reset");
        var mine = seen.Skip(last + 1).Where(l => l.Saw == "message").ToDictionary(l => l.Seq);
        Assert.All(mine.Values, line => Assert.Equal(epoch, line.Epoch));
        // After a reset it begins at a head that nobody else knows: from the first that came.
        var from = Math.Max(first, Renewed > 0 ? mine.Keys.Min() : begun + 1);
        for (var seq = from; seq <= head; seq++)
        {
            if (!log.TryGetValue(seq, out var entry)) continue; // a skip for everybody
            Assert.True(mine.TryGetValue(seq, out var line), $"{id}: {seq} of {from} to {head} was never handed over; first is {first}");
            var text = entry.GetProperty("body") is { ValueKind: JsonValueKind.Object } body ? body.GetProperty("text").GetString() : null;
            Assert.Equal((text, entry.GetProperty("client_id").GetString()), (line.Text, line.ClientId));
        }
        if (Renewed > 0) return; // what was acknowledged before is gone
        var mineInLog = log.Where(e => e.Value.GetProperty("client_id").GetString() is not null).ToLookup(e => e.Value.GetProperty("client_id").GetString(), e => e.Key);
        Assert.All(sent.Where(s => s.Value >= first), s => Assert.Equal([s.Value], mineInLog[s.Key]));
    }

    public static string Text(ModelLine? line) => line is null ? "nothing" : $"{line.Saw} {line.Seq} of {line.Epoch} ({line.Text})";
}
