using System.Text.Json;
using ChatRelay.Http.Json;
using ChatRelay.Storage;
using Npgsql;

namespace ChatRelay.Jobs;

/// <summary>
/// How a table forgets a person, as its slice declares it: which rows are about the person ($1 is the tenant, $2 the person), and what is
/// blanked in them. A test walks the catalog: a column that names a person without a rule on its table fails it.
/// </summary>
internal sealed record ErasureRule(string Table, PersonKind Person, string Where, string Blank)
{
    /// <summary>Content goes first, and then what was made from it in the meantime.</summary>
    public int Turn { get; init; }
}

/// <summary>What a person is named by.</summary>
internal enum PersonKind
{
    User,
    Email,
}

/// <summary>Whose content is to go.</summary>
internal sealed record Person(string? User, string? Email);

/// <summary>Blanks what is stored about a person: one rule after the other, each in bounded batches. What remains is the bare record.</summary>
internal sealed class Erasure(Databases databases, IEnumerable<ErasureRule> rules)
{
    public const string Name = "erasure";
    private const int Batch = 1_000;
    private readonly ErasureRule[] rules = [.. rules.OrderBy(r => r.Turn).ThenBy(r => r.Table, StringComparer.Ordinal).ThenBy(r => r.Where, StringComparer.Ordinal)];

    public IReadOnlyList<ErasureRule> Rules => rules;
    public JobKind Kind => new(Name, RunAsync);

    /// <summary>The cursor is the number of the rule; a rule is done when it finds nothing more to blank.</summary>
    private async Task<JobStep> RunAsync(Job job, CancellationToken ct)
    {
        var at = job.Cursor is null ? 0 : int.Parse(job.Cursor);
        if (at >= rules.Length)
        {
            await ForgetInputAsync(job, ct); // the job itself named the person; run again, it names nobody any more
            return new JobStep.Finished(0);
        }

        var person = JsonSerializer.Deserialize<Person>(job.Input, RelayJson.Options)!;
        var rule = rules[at];
        var name = rule.Person == PersonKind.User ? person.User : person.Email;
        var blanked = name is null ? 0 : await BlankSomeAsync(rule, job.TenantId, name, ct);
        return new JobStep.More($"{(blanked < Batch ? at + 1 : at)}", blanked);
    }

    private async Task ForgetInputAsync(Job job, CancellationToken ct)
    {
        await using var command = databases.Engine.CreateCommand("update jobs set input = '{}' where tenant_id = $1 and id = $2");
        command.Parameters.AddWithValue(job.TenantId);
        command.Parameters.AddWithValue(job.Id.Value);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Rules say `column = value, …`; a row is left alone once that is true of it.</summary>
    private async Task<long> BlankSomeAsync(ErasureRule rule, Guid tenant, string person, CancellationToken ct)
    {
        var quoted = new NpgsqlCommandBuilder().QuoteIdentifier(rule.Table);
        var changed = string.Join(" or ", rule.Blank.Split(',', StringSplitOptions.TrimEntries).Select(pair => pair.Split('=', 2, StringSplitOptions.TrimEntries)).Select(p => $"{p[0]} is distinct from {p[1]}"));
        await using var command = databases.Engine.CreateCommand($"""
            update {quoted} set {rule.Blank} where (tableoid, ctid) in (
              select tableoid, ctid from {quoted} where tenant_id = $1 and ({rule.Where}) and ({changed}) limit {Batch} for update)
            """);
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(person);
        return await command.ExecuteNonQueryAsync(ct);
    }
}
