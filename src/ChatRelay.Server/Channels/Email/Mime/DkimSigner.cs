using System.Diagnostics.CodeAnalysis;
using ChatRelay.Providers;

namespace ChatRelay.Channels.Email.Mime;

/// <summary>A DKIM key that was read and can sign.</summary>
internal sealed class DkimSigner : IDisposable
{
    private DkimSigner() { }

    /// <summary>The fault says what is wrong with the key in words that repeat nothing of it.</summary>
    public static bool TryRead(DkimKey key, [NotNullWhen(true)] out DkimSigner? signer, [NotNullWhen(false)] out string? fault) => throw new NotImplementedException();

    public void Dispose() { }
}
