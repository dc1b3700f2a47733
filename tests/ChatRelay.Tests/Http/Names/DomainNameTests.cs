using System.Text;
using ChatRelay.Http.Names;
using ChatRelay.TestKit;

namespace ChatRelay.Tests.Http.Names;

public sealed class DomainNameTests
{
    private static readonly string[] Typed =
    [
        "bücher.example", "BÜCHER.example", "faß.example", "müller-straße.de", "例え.テスト", "ドメイン名例.jp", "日本語abc.jp", "中国.cn", "台灣.tw", "한국.kr", "한글abc.kr", "пример.испытание", "δοκιμή.gr", "ελλάς.gr", "हिन्दी.भारत",
        "বাংলা.বাংলা", "தமிழ்.இந்தியா", "ไทย.ไทย", "ქართული.ge", "հայ.հայ", "אתר.ישראל", "موقع.السعودية", "مثال.إختبار", "نامه۱۲.ایران", "عدد٣.مصر", "việtnam.vn", "łódź.pl", "þorn.is", "ñandú.cl", "çağrı.tr", "ĳ.example",
        "a.ü", "1ü.example", "ü1.example", "x-ü-y.example", "ខ្មែរ.kh", "မြန်မာ.mm", "አማርኛ.et", "ලංකා.lk", "ລາວ.la", "ಕನ್ನಡ.in", "తెలుగు.in", "മലയാളം.in", "ગુજરાતી.in", "ਪੰਜਾਬੀ.in", "ଓଡ଼ିଆ.in", "ㄅㄆ中.tw", "ＡＢ.example", "ﬁ.example", "a\u200db.example",
        "e\u0301.example", "か\u3099.jp", "क\u093c.in", "न\u093c.in", "١1.مصر", "1a.אתר", "אa.example", "аpple.example", "ap\u0440le.example", "aü--x.example", "ab--ü.example", "-ü.example", "ü-.example", "a。b", "ü..example", ".ü", "ü.", "\u0301a.example",
        "☃.example", "i❤.ws", "a_ü.example", "a b.ü", "ü/.example", "𝐚.example", "ǆ.example", "\ud800.example", "\u202eü.example", "ü\u00ad.example", "\u0640\u0628.example", "xn--ü.example", "ü:80", "[ü]",
    ];

    [Theory]
    [InlineData("example.com", "example.com"), InlineData("EXAMPLE.Com", "example.com"), InlineData("simulator", "simulator"), InlineData("a-b.c--d.e", "a-b.c--d.e"), InlineData("1.example", "1.example")]
    [InlineData("bücher.example", "xn--bcher-kva.example"), InlineData("BÜCHER.example", "xn--bcher-kva.example"), InlineData("faß.example", "xn--fa-hia.example"), InlineData("XN--BCHER-KVA.example", "xn--bcher-kva.example")]
    [InlineData("xn--i-7iq.ws", "xn--i-7iq.ws")] // i❤.ws: no letter, so not typed here, but the registry gave it away
    public void A_domain_is_labels_in_ASCII(string text, string? expected) => Assert.Equal(expected, DomainName.Read(text));

    [Theory]
    [InlineData(""), InlineData("."), InlineData("a..b"), InlineData(".a"), InlineData("a."), InlineData("-a.b"), InlineData("a-.b"), InlineData("a_b.c"), InlineData("a b.c"), InlineData("127.0.0.1"), InlineData("a.1"), InlineData("[127.0.0.1]")]
    [InlineData("xn--.example"), InlineData("xn--a.example"), InlineData("xn--abc-.example"), InlineData("xn--99999999.example"), InlineData("xn--bcher-kva-.example"), InlineData("a\0.b"), InlineData("a\r\n.b")]
    public void What_is_no_domain(string text) => Assert.Null(DomainName.Read(text));

    [Theory]
    [InlineData("a\u202eb"), InlineData("a\u00adb"), InlineData("\u0080"), InlineData("a\u00a0b"), InlineData("\ue000"), InlineData("a\u2028"), InlineData("\ufeffa")]
    public void Nor_what_hides_something_behind_its_code(string label) => Assert.Null(DomainName.Read($"xn--{Punycode.Encode(label)}.example"));

    [Fact]
    public void Labels_are_at_most_63_and_names_253_after_encoding()
    {
        Assert.NotNull(DomainName.Read($"{new string('a', 63)}.b"));
        Assert.Null(DomainName.Read($"{new string('a', 64)}.b"));
        Assert.Null(DomainName.Read($"ü{new string('a', 58)}.b"));
        Assert.NotNull(DomainName.Read(string.Join('.', Enumerable.Repeat(new string('a', 62), 4))));
        Assert.Null(DomainName.Read(string.Join('.', Enumerable.Repeat($"ü{new string('a', 55)}", 4))));
    }

    // Second opinion: Node's ICU maps more than we do; where we take a name, it must say the same.
    [Fact]
    public async Task What_is_taken_is_what_ICU_says()
    {
        var random = new Random(1);
        var scripts = Enumerable.Range(0x80, 0xE000 - 0x80).Concat(Enumerable.Range(0x20000, 100)).Where(code => code is < 0xD800 or > 0xDFFF).Select(code => new Rune(code)).Where(rune => Scripts.Of(rune) is not null)
            .GroupBy(rune => Scripts.Of(rune)!.Value).ToDictionary(g => g.Key, g => g.ToArray());
        string Label(Rune[] of) => string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => of[random.Next(of.Length)].ToString()));
        var names = Typed.Concat(scripts.SelectMany(script => script.Value.Select(rune => $"{rune}.example"))).Concat(scripts.Values.SelectMany(of => Enumerable.Range(0, 300).Select(_ => $"{Label(of)}.example"))).ToList();

        var icu = await NodePeer.AskAsync<string[]>("domain-to-ascii.mjs", names, TestContext.Current.CancellationToken);
        var taken = names.Zip(icu).Select(pair => (Name: pair.First, Ours: DomainName.Read(pair.First), Theirs: pair.Second)).Where(pair => pair.Ours is not null).ToList();
        Assert.Empty(taken.Where(pair => pair.Ours != pair.Theirs).Select(pair => $"{pair.Name} {string.Join(' ', pair.Name.Select(c => $"{(int)c:X4}"))}: {pair.Ours} {pair.Theirs}"));
        Assert.InRange(taken.Count, 20_000, 200_000);
    }

    [Fact]
    public void Names_of_many_languages_are_taken_and_tricks_are_not()
    {
        var first = Array.IndexOf(Typed, "ＡＢ.example");
        Assert.All(Typed[..first], name => Assert.True(DomainName.Read(name) is not null || name is "ĳ.example", name));
        string[] fine = ["क\u093c.in"];
        Assert.All(Typed[first..].Except(fine), name => Assert.Null(DomainName.Read(name)));
    }
}
