using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace ChatRelay.Console;

/// <summary>What became of a form, told once on the next page. Protected: nobody else can put words there.</summary>
internal sealed class OneTimeWord(IDataProtectionProvider protection)
{
    private const string Name = "chatrelay_console_word";
    private readonly IDataProtector protector = protection.CreateProtector("ChatRelay.Console.Word.v1");

    public void Say(HttpContext http, bool good, string text)
    {
        var bytes = Encoding.UTF8.GetBytes($"{(good ? '+' : '-')}{(text.Length > 600 ? text[..600] + "…" : text)}");
        http.Response.Cookies.Append(Name, WebEncoders.Base64UrlEncode(protector.Protect(bytes)), Options(http, TimeSpan.FromMinutes(1)));
    }

    public (bool Good, string Text)? Take(HttpContext http)
    {
        if (!http.Request.Cookies.TryGetValue(Name, out var cookie) || cookie.Length is 0 or > 4000) return null;
        if (!http.Response.HasStarted) http.Response.Cookies.Delete(Name, Options(http, null));
        try
        {
            var text = Encoding.UTF8.GetString(protector.Unprotect(WebEncoders.Base64UrlDecode(cookie)));
            return (text[0] == '+', text[1..]);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private static CookieOptions Options(HttpContext http, TimeSpan? life) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = http.Request.IsHttps,
        Path = ConsoleDoor.Path,
        MaxAge = life,
    };
}
