using System.Net;
using System.Net.Sockets;
using System.Text;
using ChatRelay.TestKit.Load;

namespace ChatRelay.Bench.Mail;

/// <summary>An SMTP server that costs next to nothing: one thread, takes every mail and keeps none. It offers what Postfix offers of what counts here.</summary>
internal sealed class MailSink : IDisposable
{
    private readonly Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly Epoll epoll = new();
    private readonly Dictionary<long, Session> open = [];
    private readonly Thread thread;
    private volatile bool stopping;
    private long taken;

    public MailSink()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1024);
        epoll.Watch(listener.Handle, 0);
        thread = new Thread(Serve) { IsBackground = true, Name = "mail sink" };
        thread.Start();
    }

    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;
    public long Taken => Interlocked.Read(ref taken);

    private void Serve()
    {
        for (long tag = 0; !stopping;)
        {
            foreach (var ready in epoll.Wait(50))
            {
                if (ready.Tag == 0)
                {
                    var accepted = listener.Accept();
                    accepted.NoDelay = true;
                    accepted.Send("220 sink\r\n"u8, SocketFlags.None, out _);
                    open[++tag] = new Session(accepted, this);
                    epoll.Watch(accepted.Handle, (int)tag);
                }
                else if (open.TryGetValue(ready.Tag, out var session) && !session.Take())
                {
                    session.Dispose();
                    open.Remove(ready.Tag);
                }
            }
        }
        foreach (var session in open.Values) session.Dispose();
    }

    public void Dispose()
    {
        stopping = true;
        thread.Join();
        listener.Dispose();
        epoll.Dispose();
    }

    /// <summary>Commands are answered together when they came together; a mail is looked through for its end and forgotten.</summary>
    private sealed class Session(Socket socket, MailSink sink) : IDisposable
    {
        private readonly byte[] buffer = new byte[256 * 1024];
        private readonly StringBuilder answers = new();
        private int filled;
        private bool inMail, leaving;

        /// <summary>False when the other side has gone.</summary>
        public bool Take()
        {
            var read = socket.Receive(buffer.AsSpan(filled), SocketFlags.None, out var error);
            if (read == 0 || error != SocketError.Success) return false;
            filled += read;
            var used = 0;
            while (inMail ? PassMail(ref used) : Hear(ref used)) { }
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
            if (answers.Length > 0) socket.Send(Encoding.ASCII.GetBytes(answers.ToString()), SocketFlags.None, out _);
            answers.Clear();
            return !leaving;
        }

        private bool PassMail(ref int used)
        {
            var mail = buffer.AsSpan(used, filled - used);
            var end = mail.IndexOf("\r\n.\r\n"u8);
            if (end < 0)
            {
                used = Math.Max(used, filled - 4); // the end may lie across two reads
                return false;
            }
            used += end + 5;
            inMail = false;
            answers.Append("250 2.0.0 Ok: queued as ").Append(Interlocked.Increment(ref sink.taken)).Append("\r\n");
            return true;
        }

        private bool Hear(ref int used)
        {
            var line = buffer.AsSpan(used, filled - used);
            var end = line.IndexOf("\r\n"u8);
            if (end < 0) return false;
            used += end + 2;
            inMail = line.StartsWith("DATA"u8);
            leaving = line.StartsWith("QUIT"u8);
            answers.Append(inMail ? "354 Go on\r\n" : leaving ? "221 Bye\r\n" : line.StartsWith("EHLO"u8) ? "250-sink\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250 8BITMIME\r\n" : "250 2.0.0 Ok\r\n");
            return true;
        }

        public void Dispose() => socket.Dispose();
    }
}
