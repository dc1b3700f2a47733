using System.Collections;
using System.Text.Json;

namespace ChatRelay.Settings;

/// <summary>One text that was found, and where.</summary>
internal sealed record SettingText(string Name, string Text, string? File);

/// <summary>The texts of the environment and of chatrelay.json. The environment wins; an empty variable is an unset one.</summary>
internal sealed record SettingsSource(IReadOnlyList<SettingText> Texts, IReadOnlyList<string> Faults)
{
    public const string Prefix = "CHATRELAY_";
    public const string OfOthers = "OTEL_"; // names that OpenTelemetry has given
    private const string OfTheTests = "CHATRELAY_TEST_"; // read by the test kit, nothing to the server

    private static bool Counts(string name) =>
        (name.StartsWith(Prefix, StringComparison.Ordinal) && !name.StartsWith(OfTheTests, StringComparison.Ordinal)) || name.StartsWith(OfOthers, StringComparison.Ordinal);

    public static SettingsSource OfThisProcess() => From(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? ""));

    public static SettingsSource From(IReadOnlyDictionary<string, string> environment)
    {
        var texts = environment
            .Where(pair => pair.Value.Length > 0 && Counts(pair.Key))
            .Select(pair => new SettingText(pair.Key, pair.Value, null)).ToDictionary(text => text.Name);
        var faults = new List<string>();
        var named = texts.GetValueOrDefault("CHATRELAY_CONFIG")?.Text;
        var path = named ?? new ServerOptions().Config;
        if (File.Exists(path)) ReadFile(path, texts, faults);
        else if (named is not null) faults.Add($"CHATRELAY_CONFIG={named}: there is no such file.");
        return new SettingsSource([.. texts.Values], faults);
    }

    private static void ReadFile(string path, Dictionary<string, SettingText> texts, List<string> faults)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions
            {
                AllowDuplicateProperties = false,
                AllowTrailingCommas = true,
                CommentHandling = JsonCommentHandling.Skip,
            });
            if (json.RootElement.ValueKind != JsonValueKind.Object) faults.Add($"{path}: an object of names and values is expected.");
            else foreach (var member in json.RootElement.EnumerateObject())
                if (member.Name == "CHATRELAY_CONFIG") faults.Add($"CHATRELAY_CONFIG ({path}): only the environment can name the file.");
                else if (TextOf(member.Value) is { } text) texts.TryAdd(member.Name, new SettingText(member.Name, text, path));
                else faults.Add($"{member.Name} ({path}): a text, a number, true, false or a list of these is expected.");
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
        {
            faults.Add($"{path} cannot be read: {fault.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object or JsonValueKind.Null))
            => string.Join(',', value.EnumerateArray().Select(TextOf)),
        _ => null,
    };
}
