using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ChatRelay.Outbound;

/// <summary>How a far end's certificate is checked, for HTTP and SMTP alike.</summary>
internal static class OutboundTls
{
    /// <param name="roots">Roots to trust instead of the system's; null for the system's.</param>
    public static SslClientAuthenticationOptions Options(X509Certificate2Collection? roots = null)
    {
        var chain = new X509ChainPolicy
        {
            // A certificate can name a URL for its missing issuer, and .NET would fetch it with a client that nobody guards.
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        if (roots is not null)
        {
            chain.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.CustomTrustStore.AddRange(roots);
        }
        return new() { CertificateChainPolicy = chain };
    }
}
