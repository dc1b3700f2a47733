using ChatRelay.TestKit;
using Npgsql;

namespace ChatRelay.Tests.Jobs;

public sealed class JobRunnerTests : IAsyncLifetime
{
    private RelayHost host = null!;
    private TenantAccess acme = null!;

    public async ValueTask InitializeAsync()
    {
        host = await RelayHost.StartAsync();
        acme = await host.NewTenantAsync();
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task A_job_goes_on_on_the_same_node_after_its_connection_was_lost()
    {
        await using var other = new NpgsqlConnection(host.Database.ConnectionString);
        await other.OpenAsync();
        await using (var hold = new NpgsqlCommand("begin; lock table relay.notifications in access exclusive mode", other)) await hold.ExecuteNonQueryAsync();
        var job = await acme.Http.SendAsync("/v1/erasures", new { user = "u_ann" });

        // Its first batch waits for the table, and then its session is ended.
        await Eventually.Async(async () => (long)(await host.SqlAsync("""
            select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and application_name = 'chatrelay engine' and wait_event_type = 'Lock'
            """))! > 0);
        await using (var release = new NpgsqlCommand("rollback", other)) await release.ExecuteNonQueryAsync();
        await Eventually.Async(async () => (await acme.Http.ReadAsync($"/v1/jobs/{job.Id}"))["status"].GetString() == "succeeded");
        Assert.Equal(1L, await host.SqlAsync("select count(*) from relay.events where type = 'job.finished' and subject = $1", job.Id));
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_found_again()
    {
        var incarnation = (Guid)(await host.SqlAsync("select incarnation from relay.nodes where ended_at is null"))!;
        await host.SqlAsync("""
            insert into relay.jobs (tenant_id, id, kind, status, input, created_by, started_at, claimed_by)
            select tenant_id, gen_random_uuid(), 'erasure', 'running', '{"user":"u_ann","email":null}', 'test', relay.now(), $1 from relay.tenants where environment = 'live'
            """, incarnation);
        await Eventually.Async(async () => (await acme.Http.ReadAsync("/v1/jobs"))["data.0.status"].GetString() == "succeeded");
    }
}
