using System.Net.Http.Headers;
using System.Text.Json;
using ChatRelay.EndToEnd.Up;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.EndToEnd.Operations;

/// <summary>`backup` beside a running, busy node, and `restore` into another data folder: real processes, a real PostgreSQL each.</summary>
public sealed class BackupTests
{
    private const int Later = 20;
    private static readonly string[] Allowed = ["CHATRELAY_OUTBOUND_ALLOW=127.0.0.1/32", "CHATRELAY_RATE_PER_S=100000", "CHATRELAY_BACKUP_PASSPHRASE=correct horse battery staple"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_busy_relay_is_restored_elsewhere_with_every_row_and_sends_nothing_before_the_operator_says_so()
    {
        using var first = new ScratchFolder();
        using var other = new ScratchFolder();
        var backup = Path.Combine(first.Path, "backup");
        await using var receiver = FakeReceiver.Answering(200);

        // 1. A node with rows whose time has not come, and more coming in while it is backed up.
        List<string> acknowledged = [];
        string key, room, epoch;
        await using (var node = await ServerProcess.RelayAsync(first.Path, Settings(), Stop))
        {
            using var admin = Client(node, File.ReadAllText(Path.Combine(first.Path, "operator.key")).Trim());
            key = (await admin.AskAsync(HttpMethod.Post, "/v1/tenants", new { name = "Acme" })).Json.GetProperty("api_key").GetString()!;
            using var http = Client(node, key);
            room = (await http.AskAsync(HttpMethod.Post, "/v1/rooms", new { type = "group", name = "One" })).Json.GetProperty("id").GetString()!;
            epoch = await SayAsync(http, room);
            for (var n = 0; n < 30; n++) acknowledged.Add(await SendAsync(http, receiver));
            var soon = DateTimeOffset.UtcNow.AddSeconds(15);
            for (var n = 0; n < Later; n++) acknowledged.Add(await SendAsync(http, receiver, soon));

            using var enough = new CancellationTokenSource();
            var load = LoadAsync(http, receiver, enough.Token);
            var taken = await VerbAsync(first.Path, "backup", backup);
            await enough.CancelAsync();
            await load;
            Assert.True(taken.ExitCode == 0, taken.Output);
            Assert.Contains("sealed with CHATRELAY_BACKUP_PASSPHRASE", taken.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(key, File.ReadAllText(Path.Combine(backup, "backup.json")), StringComparison.Ordinal);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(backup, "database.dump")));
        }

        // 2. Read into another folder: the restore counts every table again.
        Assert.Contains("holds a database already", (await VerbAsync(first.Path, "restore", backup)).Output, StringComparison.Ordinal);
        Assert.Contains("does not open", (await VerbAsync(other.Path, "restore", backup, "CHATRELAY_BACKUP_PASSPHRASE=another")).Output, StringComparison.Ordinal);
        var restored = await VerbAsync(other.Path, "restore", backup);
        Assert.True(restored.ExitCode == 0 && restored.Output.Contains("The counts agree", StringComparison.Ordinal), restored.Output);

        // 3. It serves, takes requests, and rests.
        await using var again = await ServerProcess.RelayAsync(other.Path, Settings(), Stop);
        using var operators = Client(again, File.ReadAllText(Path.Combine(other.Path, "operator.key")).Trim());
        using var tenant = Client(again, key);
        var sent = receiver.Requests.Count;
        foreach (var id in acknowledged) Assert.Equal(id, (await tenant.AskAsync(HttpMethod.Get, $"/v1/notifications/{id}")).Json.GetProperty("id").GetString());
        Assert.NotEqual(epoch, await SayAsync(tenant, room)); // clients are told to begin anew
        var fresh = await SendAsync(tenant, receiver);
        var delivery = (await tenant.AskAsync(HttpMethod.Get, $"/v1/notifications/{fresh}")).Json.GetProperty("deliveries")[0].GetProperty("id").GetString();
        await Eventually.Async(async () => (await tenant.AskAsync(HttpMethod.Get, $"/v1/deliveries/{delivery}/why")).Json.GetProperty("waits_for").GetString() == "pause");
        JsonElement pause = default;
        await Eventually.Async(async () => // until their time has come
        {
            pause = (await operators.AskAsync(HttpMethod.Get, "/v1/ops/pause")).Json;
            return pause.GetProperty("groups")[0].GetProperty("due").GetInt64() > Later;
        }, seconds: 60);
        Assert.Equal((true, "relay"), (pause.GetProperty("paused").GetBoolean(), pause.GetProperty("by").GetString()));
        Assert.True(pause.GetProperty("again").GetInt64() >= Later);
        Assert.Equal(pause.GetProperty("again").GetInt64() + 1, pause.GetProperty("deliveries").GetInt64());
        Assert.Equal(sent, receiver.Requests.Count);

        // 4. The operator lets go.
        await operators.AskAsync(HttpMethod.Post, "/v1/ops/resume");
        await Eventually.Async(async () => (await operators.AskAsync(HttpMethod.Get, "/v1/ops/pause")).Json.GetProperty("deliveries").GetInt64() == 0, seconds: 60);
        Assert.True(receiver.Requests.Count >= sent + Later + 1);
    }

    [Fact]
    public async Task A_damaged_backup_and_one_without_its_ring_change_nothing()
    {
        using var first = new ScratchFolder();
        using var other = new ScratchFolder();
        var backup = Path.Combine(first.Path, "backup");
        await using (var node = await ServerProcess.RelayAsync(first.Path, Settings(), Stop))
        {
            var taken = await VerbAsync(first.Path, "backup", backup, "CHATRELAY_BACKUP_PASSPHRASE=");
            Assert.Contains("THE KEYS ARE NOT IN THIS BACKUP", taken.Output, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(backup, "keys.sealed")));
        }
        Assert.Contains("This backup needs key ring", (await VerbAsync(other.Path, "restore", backup)).Output, StringComparison.Ordinal);

        await using (var dump = File.Open(Path.Combine(backup, "database.dump"), FileMode.Open))
        {
            dump.Position = dump.Length / 2;
            var old = dump.ReadByte();
            dump.Position--;
            dump.WriteByte((byte)~old);
        }
        Assert.Contains("is damaged", (await VerbAsync(other.Path, "restore", backup)).Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(other.Path));
    }

    private static (string, string?)[] Settings() => [.. Allowed.Select(pair => (pair[..pair.IndexOf('=', StringComparison.Ordinal)], (string?)pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]))];

    private static Task<Command> VerbAsync(string data, string verb, string folder, params string[] settings) =>
        Command.RunAsync("env", [$"CHATRELAY_DATA={data}", .. Allowed, .. settings, "dotnet", Path.Combine(AppContext.BaseDirectory, "chatrelay-server.dll"), verb, folder]);

    private static HttpClient Client(ServerProcess node, string key)
    {
        var client = new HttpClient { BaseAddress = node.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private static async Task<string> SendAsync(HttpClient http, FakeReceiver receiver, DateTimeOffset? at = null) => (await http.AskAsync(HttpMethod.Post, "/v1/notifications", new
    {
        to = new { webhook = new { url = receiver.Url.ToString() } },
        content = new { data = new { n = 1 } },
        send_at = at,
    })).Json.GetProperty("id").GetString()!;

    private static async Task<string> SayAsync(HttpClient http, string room) =>
        (await http.AskAsync(HttpMethod.Post, $"/v1/rooms/{room}/messages", new { type = "text", body = "hello" })).Json.GetProperty("epoch").GetString()!;

    private static async Task LoadAsync(HttpClient http, FakeReceiver receiver, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested) await SendAsync(http, receiver);
    }
}
