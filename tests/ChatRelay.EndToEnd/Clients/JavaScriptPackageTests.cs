using System.Text;
using ChatRelay.TestKit;
using Microsoft.Playwright;

namespace ChatRelay.EndToEnd.Clients;

/// <summary>The npm package from its tarball: in a fresh Node project, and bundled by Vite in Chromium.</summary>
public sealed class JavaScriptPackageTests(JavaScriptPackage package) : IClassFixture<JavaScriptPackage>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void The_tarball_holds_the_client_its_types_and_nothing_else()
    {
        Assert.Superset(new HashSet<string> { "README.md", "LICENSE", "package.json", "src/index.js", "types/index.d.ts", "types/api.d.ts" }, package.Project.Packed.ToHashSet());
        Assert.All(package.Project.Packed, name => Assert.Matches(@"^(src/[a-z]+\.js|types/[a-z]+\.d\.ts|README\.md|LICENSE|package\.json)$", name));
    }

    [Fact]
    public async Task A_fresh_project_sends_a_notification_and_reads_its_story()
    {
        await package.Project.WriteSampleAsync("story.mjs", "notifications.timeline");
        await using var program = package.Project.Start(["story.mjs"], ("RELAY_URL", package.Url), ("RELAY_KEY", package.Tenant.Key));
        var lines = await program.EndAsync();
        Assert.Equal("sent", lines[0]);
        Assert.Equal(["accepted", "step_begun", "attempt", "step_ended"], lines.Skip(1).Select(line => line.Split(' ')[1]));
    }

    [Theory]
    [InlineData("websocket", "--experimental-websocket")] // what Node has by itself from 22 on
    [InlineData("sse", "--no-experimental-websocket")]
    public async Task A_fresh_project_joins_a_room_posts_and_survives_a_cut(string way, string option)
    {
        await package.Project.WriteSampleAsync($"room-{way}.mjs", "createInterface");
        var (room, token) = await package.RoomAsync();
        await using var program = package.Project.Start([option, $"room-{way}.mjs"], ("RELAY_URL", package.Url), ("ROOM", room), ("TOKEN", token));
        await UntilAsync($"open {way}");
        await program.SayAsync("before the cut");
        await UntilAsync("1 ann before the cut");
        package.Network.CutAll();
        await UntilAsync("waiting ");
        await program.SayAsync("after the cut");
        await UntilAsync("2 ann after the cut");
        Assert.Equal(["closed "], await program.EndAsync());

        async Task UntilAsync(string wanted)
        {
            while (await program.LineAsync() is var line && line != wanted) Assert.Matches("^(connecting|waiting|open) ", line ?? "the end"); // no message twice, and none of another number
        }
    }

    [Fact]
    public async Task Bundled_by_Vite_it_talks_in_Chromium_over_a_cut_and_where_no_WebSocket_opens()
    {
        await package.Project.WriteAsync("index.html", """<!doctype html><title>Bundled</title><script type="module" src="/main.js"></script>""");
        await package.Project.WriteAsync("main.js", """
            import { DeviceKey, Relay, RelaySocket, RoomKey, WebhookReceiver } from 'chatrelay-js';
            window.begin = async ({ url, token, room }) => {
              const socket = new RelaySocket({ url, token: () => token }), seen = (window.seen = []);
              socket.on('message', ({ seq, body }) => void seen.push(`${seq} ${body.text}`));
              socket.on('state', ({ state, way }) => { if (state === 'open') window.way = way; });
              socket.start();
              await socket.join(room);
              window.socket = socket;
              window.say = (text) => socket.send(room, { body: { text } }).then(({ seq }) => seq);
            };
            window.sealing = async () => {
              const ann = await DeviceKey.make(), key = await RoomKey.make(), bound = { room: 'r', sender: 'ann', about: 'm' };
              const again = await RoomKey.unwrap(ann, await key.wrap(ann, [ann.publicKey], 'r'), ann.publicKey, 'r');
              return again.open(await key.seal('sealed', bound), bound);
            };
            window.kinds = [typeof Relay, typeof WebhookReceiver];
            """);
        await using (var vite = package.Project.Start([Repository.File("tests/node/node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"])) await vite.EndAsync();

        // A real server of this machine: a page from anywhere else may not call it.
        await using var site = FakeReceiver.Start(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } request)
            {
                var path = request.Line.Split(' ')[1].TrimStart('/') is { Length: > 0 } named && named != "hook" ? named : "index.html";
                var file = Path.Combine(package.Project.Folder, "dist", path);
                await connection.SendAsync(Encoding.UTF8.GetBytes(File.Exists(file) ? FakeReceiver.Answer(200, await File.ReadAllTextAsync(file), $"Content-Type: {(path.EndsWith(".js", StringComparison.Ordinal) ? "text/javascript" : "text/html")}; charset=utf-8") : FakeReceiver.Answer(404)));
            }
        });
        foreach (var (way, script) in (IEnumerable<(string, string)>)[("websocket", "// as it is"), ("sse", "window.WebSocket = class { readyState = 3; close() {} constructor() { setTimeout(() => this.onclose({ code: 1006 })); } };")])
        {
            var (room, token) = await package.RoomAsync();
            var page = await OpenAsync(site.Url, script);
            Assert.Equal(["function", "function"], await page.EvaluateAsync<string[]>("window.kinds"));
            await page.EvaluateAsync("about => window.begin(about)", new { url = package.Url, token, room }).WaitAsync(Patience);
            Assert.Equal(1, await page.EvaluateAsync<int>("window.say('before the cut')").WaitAsync(Patience));
            package.Network.CutAll();
            Assert.Equal(2, await page.EvaluateAsync<int>("window.say('after the cut')").WaitAsync(Patience));
            await page.WaitForFunctionAsync("window.seen.length >= 2");
            Assert.Equal(["1 before the cut", "2 after the cut"], await page.EvaluateAsync<string[]>("window.seen"));
            Assert.Equal(way, await page.EvaluateAsync<string>("window.way"));
            if (way == "websocket") Assert.Equal("sealed", await page.EvaluateAsync<string>("window.sealing()"));
            await page.Context.CloseAsync();
        }
    }

    // Another origin than the relay's, without a server of its own: the bundle is given to the browser from its folder.
    private async Task<IPage> OpenAsync(Uri site, string script)
    {
        var context = await package.Browser.NewContextAsync();
        context.SetDefaultTimeout(120_000);
        await context.AddInitScriptAsync(script);
        var page = await context.NewPageAsync();
        await page.GotoAsync(site.AbsoluteUri);
        await page.WaitForFunctionAsync("window.kinds !== undefined");
        return page;
    }
}
