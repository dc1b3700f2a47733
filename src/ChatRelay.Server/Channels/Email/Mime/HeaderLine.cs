using System.Text;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>Writes a header word by word and folds between words: no line over 76 characters, unless one word alone is longer.</summary>
internal sealed class HeaderLine(string name)
{
    public const int Width = 76; // what RFC 2047 asks of lines with encoded words; RFC 5322 would have 78

    private readonly StringBuilder _text = new($"{name}:", 128);
    private int _column = name.Length + 1;
    private bool _begun;

    /// <summary>A word that is written as it is.</summary>
    public HeaderLine Word(string word)
    {
        if (_column + 1 + word.Length > Width && (_begun || word.Length < Width)) Fold();
        _text.Append(' ').Append(word);
        _column += 1 + word.Length;
        _begun = true;
        return this;
    }

    public HeaderLine Words(IEnumerable<string> words)
    {
        foreach (var word in words) Word(word);
        return this;
    }

    /// <summary>A mark on the last word: a comma or a semicolon.</summary>
    public HeaderLine Mark(char mark)
    {
        _text.Append(mark);
        _column++;
        return this;
    }

    public HeaderField End() => new(name, _text.Append("\r\n").ToString());

    private void Fold()
    {
        _text.Append("\r\n");
        _column = 0;
    }
}
