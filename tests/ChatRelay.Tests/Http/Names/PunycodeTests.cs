using System.Text;
using ChatRelay.Http.Names;
using FsCheck;
using FsCheck.Fluent;

namespace ChatRelay.Tests.Http.Names;

public sealed class PunycodeTests
{
    private static readonly Gen<string> Texts = Gen.Frequency((3, Gen.Choose(0x20, 0x7E)), (3, Gen.Choose(0xA0, 0x2FF)), (2, Gen.Choose(0x3040, 0x9FFF)), (1, Gen.Choose(0x10000, 0x10FFFF)))
        .ListOf().Select(codes => string.Concat(codes.Select(code => new Rune(code).ToString())));

    // RFC 3492, 7.1, (A) to (S). We write small letters only, as the RFC allows; (I) has a capital one as an annotation.
    [Theory]
    [InlineData("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"), InlineData("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"), InlineData("他們爲什麽不說中文", "ihqwctvzc91f659drss3x8bo0yb")]
    [InlineData("Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a"), InlineData("למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b")]
    [InlineData("यहलोगहिन्दीक्योंनहींबोलसकतेहैं", "i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd"), InlineData("なぜみんな日本語を話してくれないのか", "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa")]
    [InlineData("세계의모든사람들이한국어를이해한다면얼마나좋을까", "989aomsvi5e83db1d2a355cv1e0vak1dwrv93d5xbh15a0dt30a5jpsd879ccm6fea98c"), InlineData("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l")]
    [InlineData("PorquénopuedensimplementehablarenEspañol", "PorqunopuedensimplementehablarenEspaol-fmd56a"), InlineData("TạisaohọkhôngthểchỉnóitiếngViệt", "TisaohkhngthchnitingVit-kjcr8268qyxafd2f1b9g")]
    [InlineData("3年B組金八先生", "3B-ww4c5e180e575a65lsy2b"), InlineData("安室奈美恵-with-SUPER-MONKEYS", "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n"), InlineData("Hello-Another-Way-それぞれの場所", "Hello-Another-Way--fc4qua05auwb3674vfr0b")]
    [InlineData("ひとつ屋根の下2", "2-u9tlzr9756bt3uc0v"), InlineData("MajiでKoiする5秒前", "MajiKoi5-783gue6qz075azm5e"), InlineData("パフィーdeルンバ", "de-jg4avhby1noc0d"), InlineData("そのスピードで", "d9juau41awczczp")]
    [InlineData("-> $1.00 <-", "-> $1.00 <--")]
    public void The_samples_of_the_RFC(string text, string code) => Assert.Equal((code, text), (Punycode.Encode(text), Punycode.Decode(code)));

    [Fact]
    public void Case_of_the_digits_does_not_matter() => Assert.Equal("почемужеонинеговорятпорусски", Punycode.Decode("b1abfaaepdrnnbgefbaDotcwatmq2g4l"));

    [Fact]
    public void What_was_encoded_comes_back() => Prop.ForAll(Texts.ToArbitrary(), text => Punycode.Decode(Punycode.Encode(text)) == text).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_at_all_decodes_or_stands_for_nothing() => Prop.ForAll(
        Gen.Elements("abcxyz0189-AZ.é\0~99999".ToCharArray()).ArrayOf().Select(c => new string(c)).ToArbitrary(), text => Punycode.Decode(text) is not { } decoded || decoded.EnumerateRunes().All(rune => Rune.IsValid(rune.Value))).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [InlineData("99999999"), InlineData("a-99999999999999999"), InlineData("ab-é"), InlineData("é-ab"), InlineData("-~"), InlineData("a9")]
    public void What_stands_for_nothing(string code) => Assert.Null(Punycode.Decode(code));
}
