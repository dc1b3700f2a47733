using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ChatRelay.TestKit.Processes;

namespace ChatRelay.TestKit.Mail;

/// <summary>
/// Debian's Postfix with a configuration, a queue and a port of its own; the system's is not touched. Its master has to be root: another
/// user needs sudo without a password. It takes mail for to@ and copy…@receiver.example.
/// </summary>
internal sealed class PostfixServer : IAsyncDisposable
{
    // Stays until its input ends, so that Postfix goes with the tests however they end.
    private const string Keeper = """
        d=$1; mkdir -p $d/queue $d/data $d/mail && chown postfix $d/data && chown $2 $d/mail && chmod 755 $d || exit 1
        postfix -c $d/config start-fg >>$d/start 2>&1 &
        while read -r _; do :; done
        postfix -c $d/config stop >>$d/start 2>&1; wait; rm -rf $d
        """;

    private readonly Process _keeper;
    private readonly string _folder;

    private PostfixServer(Process keeper, string folder, int port) => (_keeper, _folder, Port) = (keeper, folder, port);

    public int Port { get; }

    public static async Task<PostfixServer> StartAsync(X509Certificate2? certificate = null)
    {
        if (!File.Exists("/usr/sbin/postfix")) throw new InvalidOperationException("postfix is missing: run ./chatrelay test, or apt-get install postfix");
        var (folder, port) = (Directory.CreateTempSubdirectory("chatrelay-postfix-").FullName, ServerProcess.FreePort());
        var owner = Environment.IsPrivilegedProcess ? "65534:65534" : $"{await UserIdAsync("-u")}:{await UserIdAsync("-g")}"; // mailboxes are never root's
        Directory.CreateDirectory($"{folder}/config");
        File.WriteAllText($"{folder}/config/main.cf", Main(folder, owner, certificate is not null));
        File.WriteAllText($"{folder}/config/master.cf", Master(port));
        File.WriteAllText($"{folder}/config/boxes", "/^(to|copy[0-9]*)@receiver\\.example$/ inbox/\n");
        if (certificate is not null) File.WriteAllText($"{folder}/config/chain.pem", $"{certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n");

        string[] line = [.. Environment.IsPrivilegedProcess ? (string[])[] : ["sudo", "-n"], "sh", "-c", Keeper, "keeper", folder, owner];
        var postfix = new PostfixServer(Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardInput = true })!, folder, port);
        try
        {
            await Eventually.Async(postfix.AnswersAsync);
        }
        catch (TimeoutException)
        {
            var said = postfix.Log;
            await postfix.DisposeAsync();
            throw new InvalidOperationException($"Postfix did not start. {said}");
        }
        return postfix;
    }

    /// <summary>What it wrote down so far.</summary>
    public string Log => string.Concat(new[] { "start", "log" }.Select(file => Path.Combine(_folder, file)).Where(File.Exists).Select(File.ReadAllText));

    /// <summary>So many mails as they lie in the mailbox, without the headers that Postfix put before them, their lines ended by CR LF again.</summary>
    public async Task<IReadOnlyList<byte[]>> MailsAsync(int count)
    {
        var inbox = Path.Combine(_folder, "mail/inbox/new");
        await Eventually.Async(() => Task.FromResult(Directory.Exists(inbox) && Directory.GetFiles(inbox).Length >= count), seconds: 120);
        return [.. Directory.GetFiles(inbox).Select(file => Sent(File.ReadAllText(file, Encoding.Latin1)))];
    }

    // Return-Path, Delivered-To, X-Original-To and Received, the last with lines that go on.
    private static byte[] Sent(string file)
    {
        var lines = file.Split('\n').SkipWhile(line => line.StartsWith('\t') || line.StartsWith(' ') || new[] { "Return-Path:", "X-Original-To:", "Delivered-To:", "Received:" }.Any(name => line.StartsWith(name, StringComparison.Ordinal)));
        return Encoding.Latin1.GetBytes(string.Join("\r\n", lines));
    }

    private async Task<bool> AnswersAsync()
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, Port);
            using var reader = new StreamReader(probe.GetStream());
            return (await reader.ReadLineAsync())?.StartsWith("220", StringComparison.Ordinal) is true;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private static string Main(string folder, string owner, bool tls) => $"""
        compatibility_level = 3.6
        queue_directory = {folder}/queue
        data_directory = {folder}/data
        maillog_file = {folder}/log
        maillog_file_prefixes = {folder}
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        myhostname = postfix.example
        mydestination =
        local_recipient_maps =
        alias_maps =
        virtual_mailbox_domains = receiver.example
        virtual_mailbox_base = {folder}/mail
        virtual_mailbox_maps = regexp:{folder}/config/boxes
        virtual_uid_maps = static:{owner.Split(':')[0]}
        virtual_gid_maps = static:{owner.Split(':')[1]}
        virtual_mailbox_limit = 0
        mailbox_size_limit = 0
        message_size_limit = 30000000
        allow_min_user = yes
        smtpd_relay_restrictions = reject_unauth_destination
        smtpd_tls_security_level = {(tls ? "encrypt" : "none")}
        {(tls ? $"smtpd_tls_chain_files = {folder}/config/chain.pem" : "")}

        """;

    private static string Master(int port) => $"""
        127.0.0.1:{port} inet n - n - - smtpd
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n 1000? 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        verify unix - - n - 1 verify
        proxymap unix - - n - - proxymap
        error unix - - n - - error
        retry unix - - n - - error
        virtual unix - n n - - virtual
        anvil unix - - n - 1 anvil
        postlog unix-dgram n - n - 1 postlogd

        """;


    private static async Task<string> UserIdAsync(string which)
    {
        using var id = Process.Start(new ProcessStartInfo("id", which) { RedirectStandardOutput = true })!;
        var said = await id.StandardOutput.ReadToEndAsync();
        await id.WaitForExitAsync();
        return said.Trim();
    }

    public async ValueTask DisposeAsync()
    {
        _keeper.StandardInput.Close();
        await _keeper.WaitForExitAsync();
        _keeper.Dispose();
    }
}
