using Npgsql;

namespace ChatRelay.Storage;

/// <summary>A batch of plain SQL whose first command sets the tenant: same round trip, and gone with its transaction.</summary>
internal static class TenantBatch
{
    public static NpgsqlBatch Open(NpgsqlConnection connection, Guid tenant) => new(connection)
    {
        BatchCommands = { new("call relay.as_tenant($1)") { Parameters = { new() { Value = tenant } } } },
    };
}
