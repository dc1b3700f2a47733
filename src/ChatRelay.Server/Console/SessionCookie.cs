using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace ChatRelay.Console;

/// <summary>The cookie that names a session. Protected: an invented one costs no look-up.</summary>
internal sealed class SessionCookie(IDataProtectionProvider protection)
{
    public const string Name = "chatrelay_console";
    private readonly IDataProtector protector = protection.CreateProtector("ChatRelay.Console.Session.v1");

    public Guid? Read(HttpRequest request)
    {
        if (!request.Cookies.TryGetValue(Name, out var text) || text.Length is 0 or > 512) return null;
        try
        {
            var plain = protector.Unprotect(WebEncoders.Base64UrlDecode(text));
            return plain.Length == 16 ? new Guid(plain) : null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null; // not ours, or older than the keys
        }
    }

    public void Give(HttpContext http, ConsoleSession session) =>
        http.Response.Cookies.Append(Name, WebEncoders.Base64UrlEncode(protector.Protect(session.Id.ToByteArray())), Options(http, ConsoleSession.Lifetime));

    public static void Take(HttpContext http) => http.Response.Cookies.Delete(Name, Options(http, null));

    private static CookieOptions Options(HttpContext http, TimeSpan? life) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = http.Request.IsHttps,
        Path = ConsoleDoor.Path,
        MaxAge = life,
    };
}
