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
    /// <summary>For Blank: nothing of the row remains.</summary>
    public const string WholeRow = "";

    /// <summary>Instead of a statement over Where and Blank: one of the slice's own, where more than the table's rows is to be seen to. $3 is how many at most; it says how many.</summary>
    public string? Sql { get; init; }

    /// <summary>Content goes first, and then what was made from it in the meantime.</summary>
    public int Turn { get; init; }

    /// <summary>Statements, the last of which tells whether something is under way that would write again what is to go: then this rule is later.</summary>
    public IReadOnlyList<string> Waits { get; init; } = [];
}

/// <summary>What a person is named by.</summary>
internal enum PersonKind
{
    User,
    Email,

    /// <summary>None, but one event of the tenant's own: what it says is the tenant's to know.</summary>
    Event,
}

/// <summary>Whose content is to go.</summary>
internal sealed record Person(string? User, string? Email, string? Event = null)
{
    public string? NameOf(PersonKind kind) => kind switch { PersonKind.User => User, PersonKind.Email => Email, _ => Event };
}

/// <summary>Blanks what is stored about a person: one rule after the other, each in bounded batches. What remains is the bare record.</summary>
internal sealed class Erasure(Databases databases, IEnumerable<ErasureRule> rules, TimeProvider clock)
{
    public const string Name = "erasure";
    private const int Batch = 1_000;
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);
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
        var name = person.NameOf(rule.Person);
        if (name is not null && rule.Waits.Count > 0 && await IsUnderWayAsync(rule, job.TenantId, name, ct))
        {
            await Task.Delay(Again, clock, ct);
            return new JobStep.More($"{at}", 0);
        }
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

    private async Task<bool> IsUnderWayAsync(ErasureRule rule, Guid tenant, string person, CancellationToken ct)
    {
        await using var connection = await databases.Engine.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        object? last = null;
        foreach (var sql in rule.Waits)
        {
            await using var look = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = tenant }, new() { Value = person } } };
            last = await look.ExecuteScalarAsync(ct);
        }
        return last is true;
    }

    /// <summary>Rules say `column = value, …`; a row is left alone once that is true of it.</summary>
    private async Task<long> BlankSomeAsync(ErasureRule rule, Guid tenant, string person, CancellationToken ct)
    {
        if (rule.Sql is { } own)
        {
            await using var call = databases.Engine.CreateCommand(own);
            foreach (var value in (object[])[tenant, person, Batch]) call.Parameters.AddWithValue(value);
            return (long)(await call.ExecuteScalarAsync(ct))!;
        }
        var quoted = new NpgsqlCommandBuilder().QuoteIdentifier(rule.Table);
        await using var command = databases.Engine.CreateCommand(rule.Blank == ErasureRule.WholeRow
            ? $"delete from {quoted} where (tableoid, ctid) in (select tableoid, ctid from {quoted} where tenant_id = $1 and ({rule.Where}) limit {Batch} for update)"
            : BlankSql(quoted, rule));
        command.Parameters.AddWithValue(tenant);
        command.Parameters.AddWithValue(person);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static string BlankSql(string quoted, ErasureRule rule)
    {
        var changed = string.Join(" or ", rule.Blank.Split(',', StringSplitOptions.TrimEntries).Select(pair => pair.Split('=', 2, StringSplitOptions.TrimEntries)).Select(p => $"{p[0]} is distinct from {p[1]}"));
        return $"""
            update {quoted} set {rule.Blank} where (tableoid, ctid) in (
              select tableoid, ctid from {quoted} where tenant_id = $1 and ({rule.Where}) and ({changed}) limit {Batch} for update)
            """;
    }
}
