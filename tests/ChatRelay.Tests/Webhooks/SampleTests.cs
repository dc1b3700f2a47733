using System.Diagnostics;
using System.Text.Json;
using ChatRelay.TestKit;
using ChatRelay.TestKit.Processes;
using ChatRelay.Tests.Deliveries;

namespace ChatRelay.Tests.Webhooks;

/// <summary>samples/webhook-receiver against a running relay.</summary>
public sealed class SampleTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task The_sample_takes_what_is_published_acts_once_on_each_and_refuses_what_nobody_signed()
    {
        var engine = await fixture.Engine.ForAnotherTenantAsync();
        var port = ServerProcess.FreePort();
        var endpoint = await engine.Http.SendAsync("/v1/webhook-endpoints", new { url = $"http://127.0.0.1:{port}/" });
        using var folder = new ScratchFolder();
        File.Copy(Repository.File("samples/webhook-receiver/receiver.mjs"), Path.Combine(folder.Path, "receiver.mjs"));
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "node_modules"), Repository.File("tests/node/node_modules"));
        using var receiver = Process.Start(new ProcessStartInfo("node", ["receiver.mjs"])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            Environment = { ["WEBHOOK_SECRET"] = endpoint["secret"].GetString(), ["PORT"] = $"{port}" },
        })!;
        try
        {
            Assert.Equal($"listening on {port}", await receiver.StandardOutput.ReadLineAsync());
            var published = await engine.Http.SendAsync("/v1/events", new { type = "invoice.paid", data = new { amount = 4200 } });
            var said = JsonDocument.Parse((await receiver.StandardOutput.ReadLineAsync())!).RootElement;
            Assert.Equal((published.Id, "invoice.paid", 4200), (said.GetProperty("id").GetString(), said.GetProperty("type").GetString(), said.GetProperty("data").GetProperty("amount").GetInt32()));

            var list = await EngineHost.UntilAsync(() => engine.Http.ReadAsync($"/v1/webhook-endpoints/{endpoint.Id}/deliveries?status=sent"), l => l["data"].GetArrayLength() == 1);
            var again = await engine.Http.AskAsync(HttpMethod.Post, $"/v1/webhook-endpoints/{endpoint.Id}/deliveries/{list["data.0.id"].GetString()}/resend");
            await engine.DeliveryReachesAsync(again.Id, "sent");
            var next = await engine.Http.SendAsync("/v1/events", new { type = "invoice.paid", data = new { amount = 1 } });
            Assert.Contains(next.Id, await receiver.StandardOutput.ReadLineAsync(), StringComparison.Ordinal); // the repeat made no line

            using var stranger = new HttpClient();
            using var refused = await stranger.PostAsync(new Uri($"http://127.0.0.1:{port}/"), new StringContent("{}"));
            Assert.Equal(400, (int)refused.StatusCode);
        }
        finally
        {
            receiver.Kill();
            await receiver.WaitForExitAsync();
        }
    }
}
