namespace ChatRelay.Protocol;

/// <summary>What signs a webhook: a shared secret, or a key pair. Never prints itself.</summary>
public abstract class WebhookKey
{
    private protected WebhookKey() { }

    /// <summary>The word before the comma: v1 or v1a.</summary>
    public abstract string Version { get; }

    internal abstract byte[] Sign(ReadOnlySpan<byte> content);

    internal abstract bool Verifies(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature);

    public sealed override string ToString() => "***";
}
