using System.Text;
using ChatRelay.Console;
using ChatRelay.Secrets;
using ChatRelay.Storage;
using ChatRelay.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatRelay.Tests.Console;

public sealed class ConsoleKeysTests
{
    [Fact]
    public async Task Keys_are_sealed_in_their_table_and_sealed_anew_by_a_rotation_that_ends_no_session()
    {
        await using var host = await RelayHost.StartAsync();
        using var visitor = new ConsoleVisitor(host);
        await visitor.SignInAsync(host.OperatorKey);

        var before = (byte[])(await host.SqlAsync("select xml::bytea from relay.console_keys"))!;
        Assert.DoesNotContain("masterKey", Encoding.UTF8.GetString(before), StringComparison.Ordinal);
        Assert.Contains("masterKey", Assert.Single(host.Services.GetRequiredService<ConsoleKeys>().GetAllElements()).ToString(), StringComparison.Ordinal);

        var rotation = new KeyRotation(host.Services.GetRequiredService<Databases>(), new KeyRingPlace(host.Folder, null), Chance.Secure);
        var done = Assert.IsType<RotationOutcome.Done>(await rotation.RunAsync(_ => { }, CancellationToken.None));
        Assert.True(done.Report.Cells >= 1);
        Assert.NotEqual(before, (byte[])(await host.SqlAsync("select xml::bytea from relay.console_keys"))!);

        Assert.Equal(200, (await visitor.OpenAsync("/ops")).Status);
        await using var later = await RelayHost.StartAsync(host.Database, host.Folder); // opens the key as it is sealed now
        using var there = new ConsoleVisitor(later, visitor.Cookies);
        Assert.Equal(200, (await there.OpenAsync("/ops")).Status);
    }
}
