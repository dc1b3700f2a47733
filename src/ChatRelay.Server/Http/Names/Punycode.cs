using System.Text;

namespace ChatRelay.Http.Names;

/// <summary>RFC 3492: a label of any characters as ASCII, and back. What it stands for is not judged here.</summary>
internal static class Punycode
{
    private const int Base = 36;
    private const int FirstBias = 72;
    private const int FirstCode = 128;

    public static string Encode(string text)
    {
        var runes = text.EnumerateRunes().Select(rune => rune.Value).ToList();
        var to = new StringBuilder();
        foreach (var rune in runes.Where(rune => rune < FirstCode)) to.Append((char)rune);
        var (done, basic) = (to.Length, to.Length);
        if (basic > 0) to.Append('-');

        var (code, delta, bias) = (FirstCode, 0L, FirstBias);
        while (done < runes.Count)
        {
            var next = runes.Where(rune => rune >= code).Min();
            delta += (long)(next - code) * (done + 1);
            code = next;
            foreach (var rune in runes)
            {
                if (rune < code) delta++;
                if (rune != code) continue;
                Write(to, delta, bias);
                bias = Adapt(delta, done + 1, done == basic);
                (delta, done) = (0, done + 1);
            }
            (delta, code) = (delta + 1, code + 1);
        }
        return to.ToString();
    }

    /// <summary>Null: it stands for nothing.</summary>
    public static string? Decode(string text)
    {
        var mark = text.LastIndexOf('-');
        var runes = new List<int>(text.Length);
        foreach (var c in text.AsSpan(0, Math.Max(mark, 0)))
        {
            if (c >= FirstCode) return null;
            runes.Add(c);
        }

        var (code, at, bias) = ((long)FirstCode, 0L, FirstBias);
        for (var read = mark + 1; read < text.Length;)
        {
            var before = at;
            var weight = 1L;
            for (var k = Base; ; k += Base)
            {
                if (read == text.Length || DigitOf(text[read++]) is not { } digit) return null;
                at += digit * weight;
                if (at > int.MaxValue) return null;
                var threshold = Threshold(k, bias);
                if (digit < threshold) break;
                weight *= Base - threshold;
                if (weight > int.MaxValue) return null;
            }
            bias = Adapt(at - before, runes.Count + 1, before == 0);
            code += at / (runes.Count + 1);
            at %= runes.Count + 1;
            if (code > int.MaxValue || !Rune.IsValid((int)code)) return null;
            runes.Insert((int)at++, (int)code);
        }
        return string.Concat(runes.Select(rune => new Rune(rune).ToString()));
    }

    private static void Write(StringBuilder to, long delta, int bias)
    {
        for (var k = Base; ; k += Base)
        {
            var threshold = Threshold(k, bias);
            if (delta < threshold) break;
            to.Append(Digit(threshold + (int)((delta - threshold) % (Base - threshold))));
            delta = (delta - threshold) / (Base - threshold);
        }
        to.Append(Digit((int)delta));
    }

    private static int Threshold(int k, int bias) => Math.Clamp(k - bias, 1, 26);

    private static int Adapt(long delta, int count, bool first)
    {
        delta /= first ? 700 : 2;
        delta += delta / count;
        var k = 0;
        for (; delta > (Base - 1) * 26 / 2; k += Base) delta /= Base - 1;
        return (int)(k + Base * delta / (delta + 38));
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);

    private static int? DigitOf(char c) => c switch
    {
        >= 'a' and <= 'z' => c - 'a',
        >= 'A' and <= 'Z' => c - 'A',
        >= '0' and <= '9' => c - '0' + 26,
        _ => null,
    };
}
