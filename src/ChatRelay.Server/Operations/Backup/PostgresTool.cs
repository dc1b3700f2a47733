using System.Diagnostics;
using ChatRelay.Storage;
using ChatRelay.Storage.EmbeddedPostgres;
using Npgsql;

namespace ChatRelay.Operations.Backup;

/// <summary>Runs pg_dump or pg_restore. The login goes by the environment of that process, never by its arguments: those are for every user to see.</summary>
internal sealed class PostgresTool(PostgresBinaries binaries, PostgresAddress address)
{
    public Task DumpAsync(string to, string snapshot, CancellationToken ct) => RunAsync("pg_dump",
        // Forced row-level security binds the owner too, whose policy lets every row through. Held-up locks end it instead of holding up others.
        ["--format=custom", "--compress=1", "--schema=relay", "--enable-row-security", "--no-owner", "--lock-wait-timeout=30s", $"--snapshot={snapshot}", $"--file={to}"], ct);

    public Task RestoreAsync(string from, CancellationToken ct) => RunAsync("pg_restore",
        ["--exit-on-error", "--no-owner", "--enable-row-security", "--jobs=2", $"--dbname={new NpgsqlConnectionStringBuilder(address.ConnectionString).Database}", from], ct);

    private async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken ct)
    {
        var login = new NpgsqlConnectionStringBuilder(address.ConnectionString);
        var start = new ProcessStartInfo(binaries.Program(program), ["--no-password", .. arguments]) { RedirectStandardError = true };
        start.Environment.Clear(); // our own may hold secrets
        foreach (var (name, value) in new[]
        {
            ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("LC_ALL", "C"), ("PGHOST", login.Host), ("PGPORT", $"{login.Port}"), ("PGUSER", login.Username), ("PGPASSWORD", login.Password),
            ("PGDATABASE", login.Database), ("PGSSLMODE", SslOf(login.SslMode)), ("PGSSLROOTCERT", login.RootCertificate), ("PGAPPNAME", $"chatrelay {program}"),
        })
            if (value is not null) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        try
        {
            var said = await process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            if (process.ExitCode != 0) throw new PostgresFailed($"{program} failed: {PostgresLauncher.Reason(said)}");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static string SslOf(SslMode mode) => mode switch
    {
        SslMode.VerifyCA => "verify-ca",
        SslMode.VerifyFull => "verify-full",
        _ => mode.ToString().ToLowerInvariant(),
    };
}
