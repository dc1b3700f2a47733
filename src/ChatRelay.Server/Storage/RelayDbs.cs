using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ChatRelay.Storage;

/// <summary>Opens contexts: a request's behind its tenant's wall, the engine's (operators, jobs) without one.</summary>
internal sealed class RelayDbs(Databases databases, IEnumerable<TableMap> tables)
{
    private readonly DbContextOptions<RelayDb> request = Options(databases.Request);
    private readonly DbContextOptions<RelayDb> engine = Options(databases.Engine);
    private readonly TableMap[] tables = [.. tables];

    public RelayDb ForTenant(Guid tenant) => new(request, tables, tenant);

    /// <summary>Sees every tenant: its callers name the tenant in each query.</summary>
    public RelayDb ForEngine() => new(engine, tables, null);

    private static DbContextOptions<RelayDb> Options(Npgsql.NpgsqlDataSource door) => new DbContextOptionsBuilder<RelayDb>()
        .UseNpgsql(door)
        .AddInterceptors(TenantFirst.Instance)
        .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTrackingWithIdentityResolution)
        .Options;

    /// <summary>Tells PostgreSQL the tenant: in the same round trip in front of a read, once at the start of a transaction.</summary>
    private sealed class TenantFirst : DbCommandInterceptor, IDbTransactionInterceptor, ISaveChangesInterceptor
    {
        public static readonly TenantFirst Instance = new();

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            if (eventData.Context is RelayDb { Tenant: { } tenant } && command.Transaction is null)
                command.CommandText = $"CALL relay.as_tenant('{tenant}');\n{command.CommandText}";
            return ValueTask.FromResult(result);
        }

        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result) =>
            throw new InvalidOperationException("queries are asynchronous here");

        public async ValueTask<DbTransaction> TransactionStartedAsync(
            DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
        {
            if (eventData.Context is not RelayDb { Tenant: { } tenant }) return result;
            await using var command = connection.CreateCommand();
            command.Transaction = result;
            command.CommandText = $"CALL relay.as_tenant('{tenant}')";
            await command.ExecuteNonQueryAsync(cancellationToken);
            return result;
        }

        // Prefixing a save would make it throw after it has written: saves run in a transaction always.
        public ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
            eventData.Context!.Database.CurrentTransaction is null
                ? throw new InvalidOperationException("save inside a transaction")
                : ValueTask.FromResult(result);
    }
}
