using System.Reflection;
using ChatRelay.Settings;

namespace ChatRelay.Storage.Nodes;

/// <summary>A node's name lies in its data folder, so that it is the same after a restart.</summary>
internal static class ThisNodeFile
{
    public static ThisNode Read(RelaySettings settings)
    {
        var server = settings.Of<ServerOptions>();
        var path = Path.Combine(server.DataFolder, "node");
        Directory.CreateDirectory(server.DataFolder);
        if (!File.Exists(path)) File.WriteAllText(path, $"{System.Environment.MachineName}-{Fresh():n}"[..^20]);
        return new ThisNode(
            File.ReadAllText(path).Trim(), Fresh(),
            [.. server.Roles.Select(r => r.ToString().ToLowerInvariant())],
            Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0",
            $"{server.Bind}:{server.Port}");
    }

    /// <summary>Random, not by time: the clock is not known yet.</summary>
    private static Guid Fresh()
    {
        Span<byte> bytes = stackalloc byte[16];
        Chance.Secure.Fill(bytes);
        return new Guid(bytes);
    }
}
