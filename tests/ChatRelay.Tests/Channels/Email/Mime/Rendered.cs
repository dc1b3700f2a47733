using ChatRelay.Channels;
using ChatRelay.Channels.Email.Mime;

namespace ChatRelay.Tests.Channels.Email.Mime;

/// <summary>A mail's bytes.</summary>
internal static class Rendered
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static byte[] Of(EmailMessage mail) => Of(mail, null);

    public static byte[] Of(EmailMessage mail, DkimSigner? dkim)
    {
        var message = MimeMessage.Of(mail, Noon, dkim);
        var to = new MemoryStream();
        message.WriteToAsync(to, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        Assert.Equal(message.Size, to.Length);
        return to.ToArray();
    }
}
