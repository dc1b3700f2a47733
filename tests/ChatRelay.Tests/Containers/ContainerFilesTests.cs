using System.Text.Json;
using System.Text.RegularExpressions;
using ChatRelay.Settings;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Containers;

/// <summary>Dockerfile and docker-compose.yml, read by other people's parsers: no Docker runs here.</summary>
public sealed partial class ContainerFilesTests
{
    private sealed record Instruction(string keyword, string text);
    private sealed record Read(JsonElement compose, Instruction[] instructions);

    private static async Task<Read> ReadAsync() => await NodePeer.AskAsync<Read>("read-containers.mjs", new
    {
        compose = await File.ReadAllTextAsync(Repository.File("docker-compose.yml")),
        dockerfile = await File.ReadAllTextAsync(Repository.File("Dockerfile")),
    }, TestContext.Current.CancellationToken);

    [Fact]
    public async Task Every_variable_in_them_is_a_setting_and_its_value_is_a_good_one()
    {
        var read = await ReadAsync();
        var names = Name().Matches(await File.ReadAllTextAsync(Repository.File("docker-compose.yml")) + await File.ReadAllTextAsync(Repository.File("Dockerfile"))).Select(match => match.Value);
        Assert.Empty(names.Except(AllOptions.Catalog.Settings.Select(setting => setting.Name)));

        var relay = read.compose.GetProperty("services").GetProperty("relay").GetProperty("environment").EnumerateObject()
            .ToDictionary(variable => variable.Name, variable => Interpolated(variable.Value.GetString()!));
        var dockerfile = Pair().Matches(string.Join(' ', read.instructions.Where(one => one.keyword == "ENV").Select(one => one.text)))
            .Where(pair => pair.Groups[1].Value.StartsWith(SettingsSource.Prefix, StringComparison.Ordinal)).ToDictionary(pair => pair.Groups[1].Value, pair => pair.Groups[2].Value);
        foreach (var environment in new[] { relay, dockerfile })
            Assert.Empty(SettingsReader.Read(AllOptions.Catalog, SettingsSource.From(environment)).Faults);
        Assert.Equal(8080, SettingsReader.Read(AllOptions.Catalog, SettingsSource.From(relay)).Settings!.Of<ServerOptions>().Port);
    }

    [Fact]
    public async Task Every_service_has_a_health_check_and_Redis_stands_under_a_profile()
    {
        var services = (await ReadAsync()).compose.GetProperty("services");
        Assert.Equal(["relay", "postgres", "redis"], services.EnumerateObject().Select(service => service.Name));
        Assert.All(services.EnumerateObject(), service => Assert.NotEmpty(service.Value.GetProperty("healthcheck").GetProperty("test").EnumerateArray()));
        Assert.Equal("redis", services.GetProperty("redis").GetProperty("profiles")[0].GetString());
        Assert.Equal("service_healthy", services.GetProperty("relay").GetProperty("depends_on").GetProperty("postgres").GetProperty("condition").GetString());
    }

    [Fact]
    public async Task What_a_service_mounts_is_declared()
    {
        var compose = (await ReadAsync()).compose;
        var volumes = compose.GetProperty("volumes").EnumerateObject().Select(volume => volume.Name).ToArray();
        var configs = compose.GetProperty("configs").EnumerateObject().Select(config => config.Name).ToArray();
        foreach (var service in compose.GetProperty("services").EnumerateObject())
        {
            if (service.Value.TryGetProperty("volumes", out var mounts)) Assert.All(mounts.EnumerateArray(), mount => Assert.Contains(mount.GetString()!.Split(':')[0], volumes));
            if (service.Value.TryGetProperty("configs", out var used)) Assert.All(used.EnumerateArray(), config => Assert.Contains(config.GetProperty("source").GetString(), configs));
        }
    }

    [Fact]
    public async Task The_image_is_built_in_two_stages_from_files_that_exist_and_does_not_run_as_root()
    {
        var instructions = (await ReadAsync()).instructions;
        Assert.Equal(2, instructions.Count(one => one.keyword == "FROM"));
        Assert.Equal("$APP_UID", instructions.Last(one => one.keyword == "USER").text);
        var copied = instructions.Where(one => one.keyword == "COPY" && !one.text.StartsWith("--from", StringComparison.Ordinal))
            .SelectMany(one => one.text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..^1]);
        Assert.All(copied, path => Assert.True(Path.Exists(Repository.File(path)), path));
        Assert.True(Array.FindLastIndex(instructions, one => one.keyword == "USER") < Array.FindIndex(instructions, one => one.keyword == "ENTRYPOINT"));
    }

    [Fact]
    public async Task The_database_s_owner_is_no_superuser()
    {
        var sql = (await ReadAsync()).compose.GetProperty("configs").GetProperty("owner").GetProperty("content").GetString();
        Assert.Contains("CREATE ROLE chatrelay LOGIN CREATEROLE PASSWORD", sql, StringComparison.Ordinal);
        Assert.DoesNotContain("SUPERUSER", sql, StringComparison.Ordinal);
    }

    // ${NAME:-default}, with nothing set.
    private static string Interpolated(string text) => Variable().Replace(text, match => match.Groups[1].Value);

    [GeneratedRegex(@"\$\{[A-Z_]+:-([^}]*)\}")]
    private static partial Regex Variable();

    [GeneratedRegex("CHATRELAY_[A-Z0-9_]+")]
    private static partial Regex Name();

    [GeneratedRegex(@"([A-Z_]+)=(\S*)")]
    private static partial Regex Pair();
}
