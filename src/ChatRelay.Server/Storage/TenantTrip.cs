using Npgsql;

namespace ChatRelay.Storage;

/// <summary>Questions of several askers to one tenant's rows, answered in one round trip: (1) each asks, and waits; (2) all go; (3) each has its rows, and no connection is held any more.</summary>
internal sealed class TenantTrip(Databases databases, Guid tenant)
{
    private readonly List<Question> questions = [];

    public Task<List<T>> AskAsync<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> row)
    {
        var question = new Question<T>(command, row);
        questions.Add(question);
        return question.Answer;
    }

    public async Task GoAsync(CancellationToken ct)
    {
        try
        {
            await ReadAsync(ct);
        }
        catch (Exception e)
        {
            foreach (var question in questions) question.Fail(e); // whoever waits is told the same
            return;
        }
        foreach (var question in questions) question.Tell();
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        if (questions.Count == 0) return;
        await using var connection = await databases.Request.OpenConnectionAsync(ct);
        await using var batch = TenantBatch.Open(connection, tenant);
        foreach (var question in questions) batch.BatchCommands.Add(question.Command);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        foreach (var question in questions)
        {
            while (await reader.ReadAsync(ct)) question.Take(reader);
            await reader.NextResultAsync(ct);
        }
    }

    private abstract class Question(NpgsqlBatchCommand command)
    {
        public NpgsqlBatchCommand Command => command;
        public abstract void Take(NpgsqlDataReader row);
        public abstract void Tell();
        public abstract void Fail(Exception why);
    }

    private sealed class Question<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> read) : Question(command)
    {
        private readonly TaskCompletionSource<List<T>> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<T> rows = [];

        public Task<List<T>> Answer => answer.Task;
        public override void Take(NpgsqlDataReader row) => rows.Add(read(row));
        public override void Tell() => answer.SetResult(rows);

        public override void Fail(Exception why)
        {
            answer.SetException(why);
            _ = answer.Task.Exception; // who asked twice hears it once
        }
    }
}
