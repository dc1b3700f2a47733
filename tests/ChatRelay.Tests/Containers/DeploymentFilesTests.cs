using System.Text.Json;
using System.Text.RegularExpressions;
using ChatRelay.Deliveries;
using ChatRelay.Settings;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Containers;

/// <summary>deploy/ and docker-compose.yml beside what the server really takes: names, values, ports, probes and the time that a drain needs.</summary>
public sealed partial class DeploymentFilesTests
{
    private const int AfterDrain = 5; // HostOptions.ShutdownTimeout
    private static readonly int Drain = (int)new DeliveryOptions().Drain.TotalSeconds;
    private static readonly string[] Manifests = [.. Directory.GetFiles(Repository.File("deploy/kubernetes")).Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal)];

    private static async Task<List<JsonElement>> ObjectsAsync(params IEnumerable<string> files)
    {
        var read = await NodePeer.AskAsync<Dictionary<string, JsonElement[]>>("read-yaml.mjs", files.ToDictionary(f => f, f => File.ReadAllText(Repository.File(f))), TestContext.Current.CancellationToken);
        return [.. files.SelectMany(f => read[f])];
    }

    private static JsonElement At(JsonElement from, string path) =>
        path.Split('.').Aggregate(from, (at, step) => at.ValueKind is JsonValueKind.Array ? at[int.Parse(step)] : at.GetProperty(step));

    private static async Task<JsonElement> OfKindAsync(string kind) => (await ObjectsAsync(Manifests)).Single(o => o.GetProperty("kind").GetString() == kind);

    [Fact]
    public async Task Every_kind_is_there_and_belongs_to_the_same_pods()
    {
        var all = await ObjectsAsync(Manifests);
        Assert.Equal(["ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Secret", "Service"], all.Select(o => o.GetProperty("kind").GetString()).Order(StringComparer.Ordinal));
        foreach (var (kind, path) in new[] { ("Service", "spec.selector"), ("PodDisruptionBudget", "spec.selector.matchLabels"), ("NetworkPolicy", "spec.podSelector.matchLabels"), ("Deployment", "spec.selector.matchLabels"), ("Deployment", "spec.template.metadata.labels") })
            Assert.Equal("""{"app.kubernetes.io/name":"chatrelay"}""", At(all.Single(o => o.GetProperty("kind").GetString() == kind), path).GetRawText());
    }

    [Fact]
    public async Task Every_variable_is_a_setting_and_those_that_are_no_placeholders_are_good()
    {
        var (config, secret) = (Texts(await OfKindAsync("ConfigMap"), "data"), Texts(await OfKindAsync("Secret"), "stringData"));
        var known = AllOptions.Catalog.Settings.ToDictionary(s => s.Name);
        Assert.All(config.Keys.Concat(secret.Keys), name => Assert.True(known.ContainsKey(name), name));
        Assert.All(secret.Keys, name => Assert.True(known[name].Says.Hidden, $"{name} is no secret"));
        Assert.All(config.Keys, name => Assert.False(known[name].Says.Hidden, $"{name} is a secret"));
        var real = config.Concat(secret.Where(pair => pair.Key.StartsWith("CHATRELAY_DATABASE", StringComparison.Ordinal))).ToDictionary();
        Assert.Empty(SettingsReader.Read(AllOptions.Catalog, SettingsSource.From(real)).Faults);

        static Dictionary<string, string> Texts(JsonElement from, string member) => from.GetProperty(member).EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString()!);
    }

    [Fact]
    public async Task Probes_and_ports_are_those_of_the_server()
    {
        var container = At(await OfKindAsync("Deployment"), "spec.template.spec.containers.0");
        var paths = (await ObjectsAsync("openapi.yaml"))[0].GetProperty("paths");
        foreach (var (probe, path) in new[] { ("livenessProbe", "/health/live"), ("readinessProbe", "/health/ready"), ("startupProbe", "/health/ready") })
        {
            Assert.Equal((path, "http"), (At(container, $"{probe}.httpGet.path").GetString(), At(container, $"{probe}.httpGet.port").GetString()));
            Assert.True(paths.TryGetProperty(path, out _), path);
        }
        var port = At(container, "ports.0.containerPort").GetInt32();
        Assert.Equal($"{port}", At(await OfKindAsync("ConfigMap"), "data.CHATRELAY_PORT").GetString());
        Assert.Equal(port, At(await OfKindAsync("NetworkPolicy"), "spec.ingress.0.ports.0.port").GetInt32());
        Assert.Equal("http", At(await OfKindAsync("Service"), "spec.ports.0.targetPort").GetString());
        Assert.Equal(At(container, "ports.0.name").GetString(), At(await OfKindAsync("Service"), "spec.ports.0.targetPort").GetString());
    }

    [Fact]
    public async Task Nobody_is_killed_before_the_drain_is_over()
    {
        var pod = At(await OfKindAsync("Deployment"), "spec.template.spec");
        Assert.True(At(pod, "terminationGracePeriodSeconds").GetInt32() >= At(pod, "containers.0.lifecycle.preStop.sleep.seconds").GetInt32() + Drain + AfterDrain);
        Assert.True(Seconds(Unit()["TimeoutStopSec"].Single()) >= Drain + AfterDrain);
        Assert.Equal("mixed", Unit()["KillMode"].Single());
        var relay = At((await ObjectsAsync("docker-compose.yml"))[0], "services.relay");
        Assert.True(Seconds(At(relay, "stop_grace_period").GetString()!) >= Drain + AfterDrain);
    }

    [Fact]
    public async Task The_pod_is_not_root_and_writes_to_its_two_folders_only()
    {
        var pod = At(await OfKindAsync("Deployment"), "spec.template.spec");
        Assert.True(At(pod, "securityContext.runAsNonRoot").GetBoolean());
        Assert.NotEqual(0, At(pod, "securityContext.runAsUser").GetInt32());
        Assert.Equal("RuntimeDefault", At(pod, "securityContext.seccompProfile.type").GetString());
        Assert.False(At(pod, "automountServiceAccountToken").GetBoolean());
        var own = At(pod, "containers.0.securityContext");
        Assert.Equal((true, false, "ALL"), (At(own, "readOnlyRootFilesystem").GetBoolean(), At(own, "allowPrivilegeEscalation").GetBoolean(), At(own, "capabilities.drop.0").GetString()));
        var mounts = At(pod, "containers.0.volumeMounts").EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!, m => m.GetProperty("mountPath").GetString());
        Assert.Equal(["/data", "/tmp"], mounts.Values.Order(StringComparer.Ordinal));
        Assert.Equal(mounts.Keys, At(pod, "volumes").EnumerateArray().Select(v => v.GetProperty("name").GetString()));
        Assert.Equal(At(await OfKindAsync("ConfigMap"), "data.CHATRELAY_DATA").GetString(), mounts["data"]);
    }

    [Fact]
    public async Task What_Docker_keeps_of_the_log_is_bounded()
    {
        foreach (var service in (await ObjectsAsync("docker-compose.yml"))[0].GetProperty("services").EnumerateObject())
            Assert.Equal("50m 5", $"{At(service.Value, "logging.options.max-size")} {At(service.Value, "logging.options.max-file")}");
    }

    [Fact]
    public void The_unit_names_settings_and_exit_codes_that_there_are()
    {
        var unit = Unit();
        var names = Name().Matches(string.Join(' ', unit["Environment"])).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        Assert.Empty(SettingsReader.Read(AllOptions.Catalog, SettingsSource.From(names)).Faults);
        Assert.Contains("CHATRELAY_DATA", names.Keys);
        Assert.Equal($"{Launch.WrongSettings} {Launch.FolderInUse}", unit["RestartPreventExitStatus"].Single());
        Assert.EndsWith("/chatrelay-server up", unit["ExecStart"].Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task systemd_takes_the_unit_and_finds_little_exposed()
    {
        // verify looks for the program, which is not installed here.
        using var folder = new ChatRelay.TestKit.Processes.ScratchFolder();
        var copy = Path.Combine(folder.Path, "chatrelay.service");
        await File.WriteAllTextAsync(copy, (await File.ReadAllTextAsync(Repository.File("deploy/systemd/chatrelay.service"))).Replace("/opt/chatrelay/chatrelay-server", "/bin/true", StringComparison.Ordinal));
        var (verified, said) = await RunAsync("systemd-analyze", "verify", "--recursive-errors=no", copy);
        Assert.True(verified == 0 && said.Length == 0, said);
        var (exposed, report) = await RunAsync("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", copy); // 2.0 of 10
        Assert.True(exposed == 0, report);
    }

    private static async Task<(int Code, string Said)> RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(texts).Trim());
    }

    private static ILookup<string, string> Unit() => File.ReadLines(Repository.File("deploy/systemd/chatrelay.service"))
        .Where(line => line.Length > 0 && line[0] is not ('#' or '[')).Select(line => line.Split('=', 2)).ToLookup(pair => pair[0], pair => pair[1]);

    private static int Seconds(string text) => int.Parse(text.TrimEnd('s'));

    [GeneratedRegex("(CHATRELAY_[A-Z_]+)=(\\S+)")]
    private static partial Regex Name();
}
