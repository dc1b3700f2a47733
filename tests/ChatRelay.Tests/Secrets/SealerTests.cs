using ChatRelay.Secrets;
using Npgsql;
using static ChatRelay.Tests.Secrets.SecretsFixture;

namespace ChatRelay.Tests.Secrets;

public sealed class SealerTests : IAsyncLifetime
{
    private SecretsFixture secrets = null!;

    public async ValueTask InitializeAsync() => secrets = await SecretsFixture.CreateAsync();

    public ValueTask DisposeAsync() => secrets.DisposeAsync();

    [Fact]
    public async Task A_secret_opens_on_another_node()
    {
        var cell = new SealedCell(Id(1), "by_id", "secret", Id(7));
        await secrets.StoreAsync(secrets.NewNode(), cell, "swordfish");

        Assert.Equal("swordfish", await secrets.OpenAsync(secrets.NewNode(), cell));
        Assert.DoesNotContain("swordfish", System.Text.Encoding.Latin1.GetString(await secrets.BlobAsync(cell)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_moved_to_another_tenant_row_or_column_stays_closed()
    {
        var cell = new SealedCell(Id(1), "by_id", "secret", Id(7));
        var node = secrets.NewNode();
        await secrets.StoreAsync(node, cell, "swordfish");
        await secrets.StoreAsync(node, cell with { Tenant = Id(2) }, "other");
        await secrets.RunAsync($"""
            insert into by_id select '{Id(2)}', '{Id(8)}', secret from by_id where tenant_id = '{Id(1)}';
            insert into by_id select tenant_id, '{Id(8)}', secret, secret from by_id where tenant_id = '{Id(1)}';
            update by_id set other = secret where tenant_id = '{Id(1)}';
            """);

        Assert.Equal("[Damaged]", await secrets.OpenAsync(node, new SealedCell(Id(2), "by_id", "secret", Id(8))));
        Assert.Equal("[Damaged]", await secrets.OpenAsync(node, new SealedCell(Id(1), "by_id", "secret", Id(8))));
        Assert.Equal("[Damaged]", await secrets.OpenAsync(node, cell with { Column = "other" }));
        Assert.Equal("swordfish", await secrets.OpenAsync(node, cell));
    }

    [Fact]
    public async Task Nodes_that_seal_a_tenants_first_secret_at_once_share_one_key()
    {
        var nodes = Enumerable.Range(0, 12).Select(_ => secrets.NewNode()).ToArray();
        await Task.WhenAll(nodes.Select((node, i) => secrets.StoreAsync(node, new SealedCell(Id(1), "by_id", "secret", Id(i)), $"{i}")));

        Assert.Equal(1, await secrets.AskAsync<long>($"select count(*) from tenant_data_keys where tenant_id = '{Id(1)}'"));
        for (var i = 0; i < nodes.Length; i++)
            Assert.Equal($"{i}", await secrets.OpenAsync(nodes[^(i + 1)], new SealedCell(Id(1), "by_id", "secret", Id(i))));
    }

    [Theory]
    [InlineData("update tenant_data_keys set wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)", "[DataKeyDamaged]", SealFault.DataKeyDamaged)]
    [InlineData("update tenant_data_keys k set wrapped = o.wrapped from tenant_data_keys o where o.tenant_id <> k.tenant_id and k.version = 1", "[DataKeyDamaged]", SealFault.DataKeyDamaged)]
    [InlineData("update tenant_data_keys set ring_key = 9", "[RingKeyMissing]", SealFault.RingKeyMissing)]
    public async Task A_tenants_broken_data_key_closes_its_secrets_and_no_others(string harm, string fault, object sealFault)
    {
        var (hit, spared) = (new SealedCell(Id(1), "by_id", "secret", Id(7)), new SealedCell(Id(2), "by_id", "secret", Id(7)));
        await secrets.StoreAsync(secrets.NewNode(), hit, "hit");
        await secrets.StoreAsync(secrets.NewNode(), spared, "spared");
        await secrets.RunAsync(harm.Contains("where", StringComparison.Ordinal) ? $"{harm} and k.tenant_id = '{Id(1)}'" : $"{harm} where tenant_id = '{Id(1)}'");
        var node = secrets.NewNode();

        Assert.Equal(fault, await secrets.OpenAsync(node, hit));
        Assert.Equal((SealFault)sealFault, (await node.SealAsync(hit, "new"u8.ToArray(), CancellationToken.None)).Fault);
        Assert.Equal("spared", await secrets.OpenAsync(node, spared));
        Assert.True((await node.SealAsync(spared, "new"u8.ToArray(), CancellationToken.None)).Done);
    }

    [Fact]
    public async Task A_lost_data_key_closes_its_values()
    {
        var cell = new SealedCell(Id(1), "by_id", "secret", Id(7));
        await secrets.StoreAsync(secrets.NewNode(), cell, "swordfish");
        await secrets.RunAsync("delete from tenant_data_keys");

        Assert.Equal("[DataKeyMissing]", await secrets.OpenAsync(secrets.NewNode(), cell));
    }

    [Fact]
    public async Task A_request_cannot_read_data_keys_even_of_its_own_tenant()
    {
        await using var command = secrets.Databases.Request.CreateCommand("select * from relay.tenant_data_keys");

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task A_sealed_column_takes_no_plain_text()
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => secrets.RunAsync(
            $"insert into by_id values ('{Id(1)}', '{Id(1)}', 'a secret that somebody forgot to seal, long enough')"));
        Assert.Equal(PostgresErrorCodes.CheckViolation, refused.SqlState);
    }

    [Fact]
    public async Task Every_sealed_column_of_the_schema_can_be_walked() =>
        Assert.All(await SealedColumn.AllAsync(secrets.Databases, CancellationToken.None), column => Assert.True(column.IsWalkable, $"{column.Table}.{column.Column}"));
}
