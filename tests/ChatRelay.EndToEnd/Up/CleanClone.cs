using System.Diagnostics;
using System.Text.Json;
using ChatRelay.TestKit;

namespace ChatRelay.EndToEnd.Up;

/// <summary>Those who share a clone take turns in it.</summary>
[CollectionDefinition(nameof(CleanClone))]
public sealed class CleanCloneCollection : ICollectionFixture<CleanClone>;

/// <summary>A clone of this checkout that belongs to a user with sudo, made for the tests and removed after them. It is built by that user, once.</summary>
public sealed class CleanClone : IAsyncLifetime
{
    private const string Prefix = "relaytest";

    private string Sudoers => $"/etc/sudoers.d/{User}";

    public string User { get; } = $"{Prefix}{Environment.ProcessId}";
    public string Home => $"/var/tmp/{User}";
    public string Folder => $"{Home}/chatrelay";
    public string Packages => $"{Home}/packages";

    /// <summary>What the first command said in the fresh clone.</summary>
    public string FirstOutput { get; private set; } = "";

    /// <summary>From the clone to the end of the build.</summary>
    public TimeSpan Took { get; private set; }

    public async ValueTask InitializeAsync()
    {
        await SweepAsync();
        var began = Stopwatch.GetTimestamp();
        await Command.AsRootAsync("useradd", "--create-home", "--home-dir", Home, "--shell", "/bin/bash", User);
        await Command.AsRootAsync("sh", "-c", $"echo '{User} ALL=(ALL) NOPASSWD: ALL' > {Sudoers} && chmod 440 {Sudoers} && chmod 755 {Home}");
        await Command.AsRootAsync("git", "clone", "-q", "--no-hardlinks", Repository.Root, Folder);
        await LendPackagesAsync();
        await Command.AsRootAsync("chown", "-R", $"{User}:", Folder);

        // The first step of `up`, by the user: the build.
        var built = await Command.RunAsync("sudo", "-n", "-u", User, "-H", "env", $"NUGET_PACKAGES={Packages}", $"{Folder}/chatrelay", "settings");
        Assert.True(built.ExitCode == 0, built.Output);
        (FirstOutput, Took) = (built.Output, Stopwatch.GetElapsedTime(began));
    }

    public async ValueTask DisposeAsync() => await RemoveAsync(User);

    private static async Task RemoveAsync(string user)
    {
        await Command.RunAsync("sudo", "-n", "pkill", "-KILL", "-u", user);
        await Command.RunAsync("sudo", "-n", "userdel", user);
        await Command.AsRootAsync("rm", "-rf", $"/etc/sudoers.d/{user}", $"/var/tmp/{user}");
    }

    // A run that was killed could not remove its user.
    private static async Task SweepAsync()
    {
        foreach (var line in await File.ReadAllLinesAsync("/etc/passwd"))
            if (line.Split(':')[0] is var user && user.StartsWith(Prefix, StringComparison.Ordinal) && !Directory.Exists($"/proc/{user[Prefix.Length..]}"))
                await RemoveAsync(user);
    }

    /// <summary>A folder for data, in the user's home; nothing is in it yet.</summary>
    public string NewData() => $"{Home}/data-{Path.GetRandomFileName()}";

    // The user's package cache would be empty. What this build has fetched already is linked into it, to be quick.
    private async Task LendPackagesAsync()
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");
        var wanted = new HashSet<string>();
        foreach (var project in new[] { "ChatRelay.Server", "ChatRelay.Protocol" })
        {
            using var locked = JsonDocument.Parse(await File.ReadAllTextAsync(Repository.File($"src/{project}/packages.lock.json")));
            foreach (var target in locked.RootElement.GetProperty("dependencies").EnumerateObject())
                foreach (var package in target.Value.EnumerateObject())
                    if (package.Value.TryGetProperty("resolved", out var version)) wanted.Add($"{package.Name.ToLowerInvariant()}/{version.GetString()}");
        }
        await Command.AsRootAsync(["sh", "-c", """
            cache=$1 to=$2 owner=$3; shift 3; cd "$cache"; mkdir -p "$to"
            for package; do [ -d "$package" ] || continue; mkdir -p "$to/${package%/*}"; cp -al "$package" "$to/$package" 2>/dev/null || { rm -rf "$to/$package"; cp -a "$package" "$to/$package"; }; done
            find "$to" -type d -exec chown "$owner:" {} +
            """, "sh", cache, Packages, User, .. wanted]);
    }
}
