using ChatRelay.Secrets;
using ChatRelay.Settings;
using static ChatRelay.Tests.Secrets.SecretsFixture;

namespace ChatRelay.Tests.Secrets;

public sealed class KeyRotationTests : IAsyncLifetime
{
    private SecretsFixture secrets = null!;

    public async ValueTask InitializeAsync() => secrets = await SecretsFixture.CreateAsync();

    public ValueTask DisposeAsync() => secrets.DisposeAsync();

    [Fact]
    public async Task Every_value_is_sealed_anew_and_still_opens()
    {
        var cells = await FillAsync(180);

        var report = await RotateAsync();

        Assert.Equal((2, 4, cells.Count, 0), (report.Key, report.DataKeys, report.Cells, report.Closed));
        Assert.Equal([1, 2], secrets.Ring.Numbers);
        await AllOpenAsync(secrets.NewNode(), cells, version: 2);
        Assert.Equal(0, await secrets.AskAsync<long>("select count(*) from tenant_data_keys where ring_key <> 2"));
        Assert.False(await secrets.AskAsync<bool>("select rotating from key_ring"));
    }

    [Fact]
    public async Task Rows_without_a_secret_are_passed_over()
    {
        await secrets.RunAsync($"insert into by_id select '{Id(1)}', gen_random_uuid() from generate_series(1, 300)");
        var cells = await FillAsync(30);

        Assert.Equal((cells.Count, 0), await RotateAsync() is var report ? (report.Cells, report.Closed) : default);
        await AllOpenAsync(secrets.NewNode(), cells, version: 2);
    }

    [Fact]
    public async Task Numbers_in_a_key_are_walked_as_numbers_across_pages()
    {
        var cells = new Dictionary<SealedCell, string>(new ByPlace());
        for (var i = 0; i < 160; i++)
        {
            var cell = new SealedCell(Id(1), "by_text", "secret", "one name", $"{i}");
            await secrets.StoreAsync(secrets.NewNode(), cell, cells[cell] = $"{i}");
        }

        Assert.Equal(160, (await RotateAsync()).Cells);
    }

    [Fact]
    public async Task A_running_node_opens_and_seals_with_what_the_rotation_made()
    {
        var cells = await FillAsync(20);
        var running = secrets.NewNode();
        await AllOpenAsync(running, cells, version: 1);

        await RotateAsync();

        await AllOpenAsync(running, cells, version: 2);
        await secrets.StoreAsync(running, new SealedCell(Id(1), "by_id", "secret", Id(1)), "new");
        Assert.Equal(2, Sealing.VersionOf(await secrets.BlobAsync(new SealedCell(Id(1), "by_id", "secret", Id(1)))));
        await secrets.StoreAsync(running, new SealedCell(Id(99), "by_id", "secret", Id(1)), "a tenant that came later");
    }

    [Fact]
    public async Task Killed_after_any_step_the_next_run_goes_on_and_nothing_is_ever_closed()
    {
        var cells = await FillAsync(180);
        for (var steps = 1; ; steps++)
        {
            var killed = await KillAfterAsync(steps);
            await AllOpenAsync(secrets.NewNode(), cells, version: null);
            if (!killed) break;

            var report = await RotateAsync();
            Assert.Equal((steps + 1, 0), (report.Key, report.Closed)); // the killed run's key was taken up, none added
            Assert.Equal(steps + 1, secrets.Ring.Newest.Number);
            await AllOpenAsync(secrets.NewNode(), cells, version: steps + 1);
        }
    }

    [Fact]
    public async Task A_value_written_meanwhile_wins()
    {
        var cells = await FillAsync(180);
        var running = secrets.NewNode();
        var written = false;

        var report = await RotateAsync(async now =>
        {
            if (written || now.Cells == 0) return;
            written = true;
            foreach (var cell in cells.Keys.Where(cell => cell.Table == "by_id"))
                await secrets.StoreAsync(running, cell, cells[cell] = $"newer {cell}");
        });

        Assert.True(written);
        Assert.Equal(0, report.Closed);
        await AllOpenAsync(secrets.NewNode(), cells, version: 2);
    }

    [Fact]
    public async Task What_does_not_open_is_named_and_left_and_the_rest_is_done()
    {
        var cells = await FillAsync(30);
        await secrets.RunAsync($"""
            update by_id set secret = set_byte(secret, 30, get_byte(secret, 30) # 1) where tenant_id = '{Id(1)}' and id = '{Id(0)}';
            update tenant_data_keys set wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1) where tenant_id = '{Id(2)}';
            """);
        var hit = cells.Keys.Where(cell => cell.Tenant == Id(2) || (cell.Tenant == Id(1) && cell.Table == "by_id" && cell.Column == "secret" && cell.Row[0] == $"{Id(0)}")).ToList();
        var before = await Task.WhenAll(hit.Select(secrets.BlobAsync));

        var report = await RotateAsync();

        Assert.Equal(hit.Count + 1, report.Closed);
        Assert.Contains($"by_id.secret {Id(0)} of tenant {Id(1)}: Damaged", report.Named);
        Assert.Contains($"data key 1 of tenant {Id(2)}: DataKeyDamaged", report.Named);
        Assert.Equal(before, await Task.WhenAll(hit.Select(secrets.BlobAsync)));
        foreach (var cell in hit) cells.Remove(cell);
        await AllOpenAsync(secrets.NewNode(), cells, version: 2);
    }

    [Fact]
    public async Task A_second_rotation_at_the_same_time_is_refused()
    {
        await FillAsync(30);
        RotationOutcome? second = null;
        await RotateAsync(async _ => second ??= await secrets.NewRotation().RunAsync(_ => { }, CancellationToken.None));

        Assert.Equal(new RotationOutcome.Refused("another rotation is running"), second);
    }

    [Fact]
    public async Task A_key_that_was_added_before_is_the_one_taken_into_use()
    {
        await FillAsync(5);
        using var output = new StringWriter();
        Assert.Equal(0, KeysCommand.Local("add", secrets.Place, secrets.Chance, output));
        Assert.Equal(1, await secrets.AskAsync<int>("select ring_key from key_ring"));

        Assert.Equal(2, (await RotateAsync()).Key);
        Assert.Equal([1, 2], secrets.Ring.Numbers);
    }

    [Fact]
    public async Task A_ring_in_the_environment_must_bring_its_new_key_itself()
    {
        var ring = new Secret(System.Text.Encoding.UTF8.GetString(KeyRingText.Write(secrets.Ring)));
        var rotation = new KeyRotation(secrets.Databases, new KeyRingPlace("/nowhere", ring), secrets.Chance);

        var refused = Assert.IsType<RotationOutcome.Refused>(await rotation.RunAsync(_ => { }, CancellationToken.None));
        Assert.Equal("CHATRELAY_KEYRING holds no key after 1: add one there, restart every node with it, and run this again", refused.Line);
    }

    [Fact]
    public async Task The_command_prints_numbers_and_no_key()
    {
        await FillAsync(5);
        using var output = new StringWriter();

        Assert.Equal(0, await KeysCommand.RotateAsync(secrets.Databases, secrets.Place, secrets.Chance, output, CancellationToken.None));
        Assert.Equal(0, KeysCommand.Local("show", secrets.Place, secrets.Chance, output));

        Assert.Contains("key 2 is in use: 3 new data keys, 7 values sealed anew, 0 could not be opened", output.ToString(), StringComparison.Ordinal);
        Assert.Contains($"key ring {secrets.Ring.Fingerprint[..16]}, keys 1, 2", output.ToString(), StringComparison.Ordinal);
        foreach (var number in secrets.Ring.Numbers)
            Assert.DoesNotContain(Convert.ToBase64String(secrets.Ring.Find(number)!.Key.Bytes), output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A third each by id, by text and without a tenant; three tenants and the installation.</summary>
    private async Task<Dictionary<SealedCell, string>> FillAsync(int rows)
    {
        var node = secrets.NewNode();
        var cells = new Dictionary<SealedCell, string>(new ByPlace());
        for (var i = 0; i < rows; i++)
        {
            var tenant = Id(1 + (i / 3 % 3));
            var made = (SealedCell[])((i % 3) switch
            {
                0 => [new SealedCell(tenant, "by_id", "secret", Id(i)), new SealedCell(tenant, "by_id", "other", Id(i))],
                1 => [new SealedCell(tenant, "by_text", "secret", $"it's \"{i % 7}\"/é", $"{i}")],
                _ => [new SealedCell(DataKey.Installation, "of_operators", "secret", Id(i))],
            });
            foreach (var cell in made) await secrets.StoreAsync(node, cell, cells[cell] = $"secret of {cell} {i}");
        }
        return cells;
    }

    private async Task AllOpenAsync(Sealer node, Dictionary<SealedCell, string> cells, int? version)
    {
        foreach (var (cell, secret) in cells)
        {
            Assert.Equal(secret, await secrets.OpenAsync(node, cell));
            if (version is { } wanted) Assert.Equal(wanted, Sealing.VersionOf(await secrets.BlobAsync(cell)));
        }
    }

    private async Task<RotationReport> RotateAsync(Func<RotationReport, Task>? meanwhile = null)
    {
        var outcome = await secrets.NewRotation().RunAsync(
            report => meanwhile?.Invoke(report).GetAwaiter().GetResult(), CancellationToken.None);
        return Assert.IsType<RotationOutcome.Done>(outcome).Report;
    }

    /// <summary>True if there was something to kill.</summary>
    private async Task<bool> KillAfterAsync(int steps)
    {
        using var kill = new CancellationTokenSource();
        try
        {
            await secrets.NewRotation().RunAsync(_ =>
            {
                if (--steps == 0) kill.Cancel();
            }, kill.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    /// <summary>A cell's row is a list, which compares by reference.</summary>
    private sealed class ByPlace : IEqualityComparer<SealedCell>
    {
        public bool Equals(SealedCell x, SealedCell y) => x.Tenant == y.Tenant && $"{x}" == $"{y}";

        public int GetHashCode(SealedCell cell) => HashCode.Combine(cell.Tenant, $"{cell}");
    }
}
