using System.Net;
using System.Text.RegularExpressions;

namespace ChatRelay.TestKit;

/// <summary>What a browser does at the console, without one: keeps cookies, and sends a form's token with it.</summary>
internal sealed partial class ConsoleVisitor : IDisposable
{
    private readonly HttpClient http;

    /// <summary>Cookies are by host, not by port: another node on this machine gets the same.</summary>
    public ConsoleVisitor(RelayHost host, CookieContainer? cookies = null) : this(host.Address, cookies)
    {
    }

    public ConsoleVisitor(Uri address, CookieContainer? cookies = null)
    {
        Cookies = cookies ?? new();
        http = new(new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = address };
    }

    public CookieContainer Cookies { get; }

    /// <summary>Signed in with a new key of this role.</summary>
    public static async Task<ConsoleVisitor> OfRoleAsync(RelayHost host, string role)
    {
        var visitor = new ConsoleVisitor(host);
        await visitor.SignInAsync((await host.Operator.SendAsync("/v1/operator-keys", new { name = role, role }))["key"].GetString()!);
        return visitor;
    }

    public async Task<Visited> OpenAsync(string path)
    {
        using var answer = await http.GetAsync(path);
        return await Visited.ReadAsync(answer);
    }

    /// <summary>A form as the page before it gave it; a null token is a form that somebody else made.</summary>
    public async Task<Visited> SubmitAsync(string path, string? token, params (string Name, string Value)[] fields)
    {
        var form = fields.Select(f => KeyValuePair.Create(f.Name, f.Value)); // a box may be ticked more than once
        if (token is not null) form = form.Append(new("form_token", token));
        using var answer = await http.PostAsync(path, new FormUrlEncodedContent(form));
        return await Visited.ReadAsync(answer);
    }

    public async Task<Visited> SendAsync(HttpRequestMessage request)
    {
        using (request)
        using (var answer = await http.SendAsync(request))
            return await Visited.ReadAsync(answer);
    }

    public async Task<Visited> SignInAsync(string key) => await SubmitAsync("/ops/sign-in", (await OpenAsync("/ops/sign-in")).Token, ("key", key));

    public void Dispose() => http.Dispose();

    /// <summary>An answer of the console.</summary>
    internal sealed partial record Visited(int Status, string Html, IReadOnlyDictionary<string, string> Headers, IReadOnlyList<string> SetCookies)
    {
        public string? Token => TokenIn().Match(Html) is { Success: true } found ? WebUtility.HtmlDecode(found.Groups[1].Value) : null;

        public string? Location => Headers.GetValueOrDefault("Location");

        public static async Task<Visited> ReadAsync(HttpResponseMessage answer) => new(
            (int)answer.StatusCode, await answer.Content.ReadAsStringAsync(),
            answer.Headers.Concat(answer.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase),
            answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? [.. cookies] : []);

        [GeneratedRegex("name=\"form_token\" value=\"([^\"]+)\"")]
        private static partial Regex TokenIn();
    }
}
