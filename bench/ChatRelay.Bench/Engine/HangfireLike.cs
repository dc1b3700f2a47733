using System.Diagnostics;
using ChatRelay.TestKit;
using Npgsql;

namespace ChatRelay.Bench.Engine;

/// <summary>
/// The pattern of the queues that keep one row a step: fetch one job, read it, write that it is processing, do it, write that it succeeded,
/// take it off the queue. Each is a round trip of its own, as their storages do it on PostgreSQL.
/// </summary>
internal sealed class HangfireLike(RelayDatabase database, NpgsqlDataSource source) : IAsyncDisposable
{
    public string ConnectionString => database.ConnectionString;

    public static async Task<HangfireLike> OpenAsync(CancellationToken ct)
    {
        var database = await RelayDatabase.CreateAsync();
        var builder = new NpgsqlConnectionStringBuilder(database.ConnectionString) { MaxPoolSize = 64, MaxAutoPrepare = 20, AutoPrepareMinUsages = 3, NoResetOnClose = true };
        var source = NpgsqlDataSource.Create(builder);
        await using var make = source.CreateCommand("""
            create table public.step_jobs (id bigint generated always as identity primary key, state_id bigint, state text, payload text not null, expires_at timestamptz);
            create table public.step_states (id bigint generated always as identity primary key, job_id bigint not null, name text not null, data text, created_at timestamptz not null default now());
            create index on public.step_states (job_id);
            create table public.step_queue (id bigint generated always as identity primary key, job_id bigint not null, fetched_at timestamptz);
            create index on public.step_queue (fetched_at, job_id);
            create table public.step_counters (id bigint generated always as identity primary key, key text not null, value bigint not null);
            """);
        await make.ExecuteNonQueryAsync(ct);
        return new HangfireLike(database, source);
    }

    /// <summary>Seconds for so many jobs that are there when the workers start.</summary>
    public async Task<double> DrainAsync(int jobs, int workers, Func<CancellationToken, Task>? work, CancellationToken ct)
    {
        await RunAsync("truncate public.step_jobs, public.step_states, public.step_queue, public.step_counters", ct);
        await RunAsync($"""
            with made as (insert into public.step_jobs (state, payload) select 'Enqueued', repeat('x', 900) from generate_series(1, {jobs}) returning id)
            insert into public.step_queue (job_id) select id from made
            """, ct);
        await RunAsync("vacuum analyze public.step_queue, public.step_jobs", ct);
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => WorkAsync(work, ct)));
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private async Task WorkAsync(Func<CancellationToken, Task>? work, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        while (true)
        {
            await using var fetch = new NpgsqlCommand("""
                update public.step_queue set fetched_at = now()
                where id = (select id from public.step_queue where fetched_at is null order by fetched_at, job_id limit 1 for update skip locked)
                returning id, job_id
                """, connection);
            long queued, job;
            await using (var reader = await fetch.ExecuteReaderAsync(ct))
            {
                if (!await reader.ReadAsync(ct)) return;
                (queued, job) = (reader.GetInt64(0), reader.GetInt64(1));
            }
            await StepAsync(connection, "select payload from public.step_jobs where id = $1", job, ct);
            await MoveAsync(connection, job, "Processing", ct);
            if (work is not null) await work(ct);
            await MoveAsync(connection, job, "Succeeded", ct);
            await StepAsync(connection, "insert into public.step_counters (key, value) values ('stats:succeeded', $1 - $1 + 1)", job, ct);
            await StepAsync(connection, "delete from public.step_queue where id = $1", queued, ct);
        }
    }

    private static Task MoveAsync(NpgsqlConnection connection, long job, string state, CancellationToken ct) => StepAsync(connection, $"""
        with said as (insert into public.step_states (job_id, name, data) values ($1, '{state}', '') returning id)
        update public.step_jobs set state_id = (select id from said), state = '{state}', expires_at = now() + interval '1 day' where id = $1
        """, job, ct);

    private static async Task StepAsync(NpgsqlConnection connection, string sql, long id, CancellationToken ct)
    {
        await using var step = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = id } } };
        await step.ExecuteNonQueryAsync(ct);
    }

    private async Task RunAsync(string sql, CancellationToken ct)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await database.DisposeAsync();
    }
}
