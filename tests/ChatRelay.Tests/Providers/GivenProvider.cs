using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatRelay.Tests.Providers;

/// <summary>A valid account of each type; a test says only what differs.</summary>
internal static class GivenProvider
{
    /// <summary>In every secret, and nowhere else.</summary>
    public const string Canary = "canary-4f1c";

    public static readonly string[] Types = ["smtp", "sendgrid", "postmark", "mailgun", "ses", "sandbox"];

    public static int SecretsOf(string type) => type is "smtp" or "ses" ? 2 : 1;

    public static JsonObject Of(string type, object? config = null, object? credentials = null, object? more = null)
    {
        var (usual, secrets) = type switch
        {
            "smtp" => ((object?)new { host = "mail.example.com" }, (object?)new { username = $"{Canary}-user", password = $"{Canary}-password" }),
            "sendgrid" => (new { region = "eu" }, new { api_key = $"{Canary}-key" }),
            "postmark" => (new { message_stream = "outbound" }, new { server_token = $"{Canary}-token" }),
            "mailgun" => (new { domain = "mg.example.com" }, new { api_key = $"{Canary}-key" }),
            "ses" => (new { region = "eu-west-1" }, new { access_key_id = "AKIAIOSFODNN7EXAMPLE", secret_access_key = $"{Canary}-secret" }),
            _ => (null, null),
        };
        var account = new JsonObject { ["channel"] = "email", ["type"] = type, ["name"] = "Main", ["from"] = new JsonObject { ["email"] = "news@example.com", ["name"] = "Example" } };
        if ((config ?? usual) is { } set) account["config"] = JsonSerializer.SerializeToNode(set);
        if ((credentials ?? secrets) is { } known) account["credentials"] = JsonSerializer.SerializeToNode(known);
        foreach (var (name, value) in JsonSerializer.SerializeToNode(more ?? new { })!.AsObject().ToList()) account[name] = value?.DeepClone();
        return account;
    }
}
