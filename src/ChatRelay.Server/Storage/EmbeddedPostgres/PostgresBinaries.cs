using System.Diagnostics;
using System.Globalization;

namespace ChatRelay.Storage.EmbeddedPostgres;

/// <summary>An installed PostgreSQL: its folder of programs and its major version.</summary>
internal sealed record PostgresBinaries(string Folder, int Major)
{
    private const int Oldest = 14;

    public string Program(string name) => Path.Combine(Folder, name);

    /// <summary>The newest one; for a cluster that exists, the version that made it: no other can read its files.</summary>
    public static PostgresBinaries Find(PostgresOptions options, string cluster)
    {
        int? wanted = File.Exists(Path.Combine(cluster, "PG_VERSION"))
            ? int.Parse(File.ReadAllText(Path.Combine(cluster, "PG_VERSION")), CultureInfo.InvariantCulture)
            : null;
        IEnumerable<PostgresBinaries> found = options.Bin is { } bin ? [new PostgresBinaries(bin, MajorOf(bin))] : Installed();
        return found.Where(candidate => candidate.Major >= Oldest && candidate.Major == (wanted ?? candidate.Major)).MaxBy(candidate => candidate.Major)
            ?? throw new PostgresFailed(wanted is null
                ? $"PostgreSQL {Oldest} or later is not installed: install the package postgresql, name its programs in CHATRELAY_POSTGRES_BIN, or set CHATRELAY_DATABASE."
                : $"The data in {cluster} was made by PostgreSQL {wanted}, which is not installed: install postgresql-{wanted}.");
    }

    /// <summary>pg_dump and pg_restore for a server of that version, which may run elsewhere.</summary>
    public static PostgresBinaries FindClients(PostgresOptions options, int server)
    {
        IEnumerable<PostgresBinaries> found = options.Bin is { } bin ? [new PostgresBinaries(bin, int.MaxValue)] : Versions("pg_dump");
        return found.Where(candidate => candidate.Major >= server).MinBy(candidate => candidate.Major)
            ?? throw new PostgresFailed($"pg_dump for PostgreSQL {server} is not installed: install postgresql-client-{server}, or name the folder of its programs in CHATRELAY_POSTGRES_BIN.");
    }

    // Debian and Ubuntu keep each version in a folder of its own, outside the PATH.
    private static IEnumerable<PostgresBinaries> Installed() => Versions("initdb").Where(found => File.Exists(found.Program("postgres")));

    private static IEnumerable<PostgresBinaries> Versions(string with) =>
        from folder in Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : []
        let bin = Path.Combine(folder, "bin")
        where int.TryParse(Path.GetFileName(folder), out _) && File.Exists(Path.Combine(bin, with))
        select new PostgresBinaries(bin, int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture));

    private static int MajorOf(string bin)
    {
        var postgres = Path.Combine(bin, "postgres");
        if (!File.Exists(postgres)) throw new PostgresFailed($"CHATRELAY_POSTGRES_BIN={bin}: there is no postgres in this folder.");
        using var process = Process.Start(new ProcessStartInfo(postgres, "--version") { RedirectStandardOutput = true })!;
        var version = process.StandardOutput.ReadToEnd().Split(' ')[2].Split('.', '\n')[0]; // postgres (PostgreSQL) 15.18 (Debian …)
        return int.TryParse(version, out var major) ? major : 0;
    }
}
