using System.Text;
using ChatRelay.Channels;

namespace ChatRelay.TestKit.Mail;

/// <summary>A few hundred mails that the contract takes: every odd string in every place once, then seeded mixtures of them.</summary>
internal static class MailCorpus
{
    private const int Mixtures = 180;

    public static IReadOnlyList<EmailMessage> All { get; } =
    [
        .. OddMail.Subjects.Select((subject, i) => Plain($"subject{i}") with { Subject = subject }),
        .. OddMail.Names.Select((name, i) => Plain($"name{i}") with { From = new("from@example.com", name), To = new("to@example.com", name), ReplyTo = [new("reply@example.com", name)] }),
        .. OddMail.Addresses.Select((address, i) => Plain($"address{i}") with { To = new(address), Cc = [new(address, "A name")] }),
        .. OddMail.Texts.Select((text, i) => Plain($"text{i}") with { Text = text }),
        .. OddMail.Texts.Select((text, i) => Plain($"both{i}") with { Text = text, Html = $"<p>{text}</p>" }),
        .. OddMail.Texts.Select((text, i) => Plain($"html{i}") with { Text = null, Html = $"<pre>{text}</pre>\n" }),
        .. OddMail.FileNames.Select((name, i) => Plain($"file{i}") with { Attachments = [new(name, "application/pdf", Bytes(i, 100 + i)), new("after.txt", "text/plain", Bytes(i, 5))] }),
        .. OddMail.Sizes.Select((size, i) => Plain($"size{i}") with { Attachments = [new("a.bin", "application/octet-stream", Bytes(i, size))] }),
        .. OddMail.HeaderValues.Select((value, i) => Plain($"header{i}") with { Headers = [new("X-Odd", value), new("Feedback-ID", "1:2:3:relay")] }),
        .. Enumerable.Range(0, Mixtures).Select(Mixture),
    ];

    public static EmailMessage Plain(string id) => new()
    {
        MessageId = $"{id}@chatrelay.invalid",
        From = new("from@example.com"),
        To = new("to@example.com"),
        Subject = "Hello",
        Text = "It works.",
    };

    private static EmailMessage Mixture(int seed)
    {
        var random = new Random(seed);
        string Any(IReadOnlyList<string> list) => list[random.Next(list.Count)];
        bool Half() => random.Next(2) == 0;
        Mailbox Box() => new(Any(OddMail.Addresses), Half() ? Any(OddMail.Names) : null);
        Mailbox[] Boxes(int most) => [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => Box())];
        var html = Half() ? $"<div>{Any(OddMail.Texts)}</div><img src=\"cid:logo@here\">" : null;
        return new()
        {
            MessageId = $"mixture{seed}@chatrelay.invalid",
            From = Box(),
            To = Box(),
            Cc = Boxes(12),
            Bcc = [new("hidden@example.com", "Hidden")],
            ReplyTo = Boxes(3),
            Subject = Any(OddMail.Subjects),
            Text = html is null || Half() ? Any(OddMail.Texts) : null,
            Html = html,
            Headers = Half() ? [new("X-Odd", Any(OddMail.HeaderValues)), new("References", "<a@b.example> <c@d.example>")] : [],
            Attachments =
            [
                .. Enumerable.Range(0, random.Next(4)).Select(i => new EmailAttachment(Any(OddMail.FileNames), Any(OddMail.ContentTypes), Bytes(seed + i, random.Next(3000)))),
                .. html is not null && Half() ? [new EmailAttachment("logo.png", "image/png", Bytes(seed, 777), "logo@here")] : Array.Empty<EmailAttachment>(),
            ],
            Broadcast = Half(),
            Unsubscribe = Half() ? new Uri($"https://relay.example/u/{new string('t', random.Next(20, 300))}") : null,
        };
    }

    private static byte[] Bytes(int seed, int size)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

/// <summary>Strings that have broken some mail program.</summary>
internal static class OddMail
{
    private static readonly string Emoji = string.Concat(Enumerable.Repeat("👩‍👩‍👧‍👦🎈", 30));

    public static readonly IReadOnlyList<string> Subjects =
    [
        "Hello", "a", "Grüße aus Köln", "你好,世界", "Привет, мир! Как дела? Это довольно длинная тема письма, которая не помещается в одну строку", "🎈", Emoji,
        "=?UTF-8?Q?not_encoded?=", "a =?x?= b", "=?", "?=", " leads", "trails ", "two  spaces", "Subject: Bcc: x@example.com", "a_b=c?d", "\"quoted\" \\ back", "Re: [list] (comment) <x@y>",
        Row('x', 998), Row('ü', 300), string.Join(' ', Enumerable.Repeat("word", 199)), string.Join(' ', Enumerable.Repeat("wörd", 150)), "x " + new string('y', 400),
        "مرحبا بالعالم", "שלום עולם", "e\u0301 decomposed", "a\u00a0b", "zero\u200bwidth", "\ud7ff\ue000\uffee", "1", "%s%n", ".", "From me", "--", "tab-less", Row('x', 66), Row('x', 67), Row('x', 68), Row('x', 75), Row('x', 76), Row('x', 77),
    ];

    public static readonly IReadOnlyList<string> Names =
    [
        "Ann", "Ann Lee", "Lee, Ann", "Ann \"The\" Lee", "Ann O'Lee", "back\\slash", "Team: a@b.example;", "a@evil.example", "<x@evil.example>", "Ann (comment)", "Ann <b@c.example>, Bob",
        "Jürgen Müller", "名前", "Имя Очень Длинное Которое Не Помещается", "=?UTF-8?B?QQ==?=", "dot.ted", ".", ";", ",", "@", "a;b", "[x]", "🎈", "שם", Row('n', 120), Row('ñ', 120),
        string.Join(' ', Enumerable.Repeat("name", 24)), "semi; colon", "undisclosed-recipients:;", "Ann  Lee", "don't \\\" do", "a/b", "50% off!", "x=y?z",
    ];

    public static readonly IReadOnlyList<string> Addresses =
    [
        "ann@example.com", "a@b", "bounce@simulator", "first.last+tag@sub.example.co.uk", "o'neil@example.com", "x=y@example.com", "!#$%&'*+-/?=^_`{|}~@example.com", "1@2.example",
        "ann@xn--bcher-kva.example", $"{Row('l', 64)}@{Row('d', 63)}.{Row('e', 63)}.{Row('f', 57)}.ex", "UPPER@example.com", "_@example.com", "-@example.com",
    ];

    public static readonly IReadOnlyList<string> Texts =
    [
        "It works.", "", "a", "\n", "\n\n\n", "a\n", "a\n\n", "a\r\n", "a\rb", "a\r\nb\nc\rd\n\re", "\n.\n", "\r.\r", "\r\n.\r\n", ".\n", ".", "..", ".a\n..b\n...", "a\n.\nMAIL FROM:<x@evil.example>\nRCPT TO:<y@evil.example>\nDATA\nx\n.\n",
        "a\r.\rb", "a\n.\r\nb", "a\r\n.\nb", "a\0b\n.\0\n", "From me to you\nFrom you\n>From", "--=_alternative_\n--\n-- \nsignature", "=3D =\n==\n= \n=", "ends in space \nand tab\t\n \n\t\n   ", " leads\n\ttab",
        Row('x', 5000), Row('=', 2000), Row('ü', 3000), Row(' ', 3000), Row('.', 2000), Row('\t', 200), string.Join('\n', Enumerable.Repeat(".", 500)), string.Join(' ', Enumerable.Repeat("wörter und words", 300)),
        Row('x', 74) + ".", Row('x', 75) + ".", Row('x', 76) + ".", Row('x', 75) + "From x", Row('x', 74) + " \n", Row('x', 75) + " \n", Row('x', 73) + "ü", Row('x', 72) + "🎈🎈",
        "Grüße,\n\nKöln", "你好,世界。\n" + string.Concat(Enumerable.Repeat("长文本", 500)), "Привет\n\nмир", string.Concat(Enumerable.Repeat("👩‍👩‍👧‍👦\n", 50)), "مرحبا\nשלום", "a\u0085b\u2028c\u2029d\fe\vf", "\ufeffbom", "\u001b[31mred", "\u007f", "tail\u00a0",
        "Subject: not a header\n\nbody", "\n\nstarts late", "boundary=\"x\"\nContent-Type: text/html\n\n<script>",
    ];

    public static readonly IReadOnlyList<string> FileNames =
    [
        "a.pdf", "report 2026.pdf", "übersicht.pdf", "报告.pdf", "отчёт за очень длинный период времени и с очень длинным именем файла.pdf", "🎈.png", "a\"b.txt", "a\\b.txt", "a;b.txt", "a=b.txt", "a'b.txt", "a%20b.txt", "a*b.txt",
        "../../etc/passwd", "C:\\x.exe", "=?UTF-8?Q?a?=.txt", ".hidden", "noextension", "two  spaces.txt", $"{Row('f', 251)}.txt", $"{Row('ф', 200)}.txt", $"{Row('日', 251)}.txt", "UTF-8''x.txt", "a,b.txt", "(a).txt", "<a>.txt",
        string.Join(' ', Enumerable.Repeat("long", 50)) + ".txt", "name.with.dots.tar.gz", "e\u0301.txt", "100%.txt", Row('x', 56) + ".txt", Row('x', 57) + ".txt", "filename*0*=x.txt",
    ];

    public static readonly IReadOnlyList<string> ContentTypes = ["application/pdf", "image/png", "text/plain", "text/csv", "text/html", "application/x-very.odd+type", "application/octet-stream", "audio/mpeg", "text/calendar"];

    public static readonly IReadOnlyList<int> Sizes = [0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 1000, 57 * 256 - 1, 57 * 256, 57 * 256 + 1, 57 * 512, 100_000];

    public static readonly IReadOnlyList<string> HeaderValues =
    [
        "1", "plain words", "", "grün", "你好", "{\"json\": [1, 2], \"a\": \"b\"}", Row('v', 900), string.Join(' ', Enumerable.Repeat("value", 150)), "=?x?=", "a: b; c=d", "<https://example.com/?a=b&c=d>", "two  spaces",
        string.Concat(Enumerable.Repeat("ä ", 400)).Trim(),
    ];

    private static string Row(char c, int length) => new(c, length);
}
