using ChatRelay.Settings;

namespace ChatRelay;

/// <summary>`health` on the command line, for containers without curl: asks the server on this machine whether it is ready.</summary>
internal static class HealthVerb
{
    public static async Task<int> RunAsync(ServerOptions server)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(4) };
        try
        {
            using var answer = await http.GetAsync(new Uri($"{UpScreen.Address(server)}/health/ready"));
            System.Console.WriteLine(await answer.Content.ReadAsStringAsync());
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception silent) when (silent is HttpRequestException or TaskCanceledException)
        {
            System.Console.Error.WriteLine($"{UpScreen.Address(server)} does not answer: {silent.Message}");
            return 1;
        }
    }
}
