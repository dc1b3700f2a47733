using System.Text.Json.Nodes;

namespace ChatRelay.Tests.Clients;

/// <summary>The generated half of ChatRelay.Client: from the document to the texts of its files.</summary>
internal static class ClientSource
{
    public const string Folder = "src/ChatRelay.Client/Generated";

    private const string Head = """
        // Rendered from openapi.yaml: CHATRELAY_RENDER=1 ./chatrelay test -class '*ClientSourceTests'
        #nullable enable
        using System.Collections.ObjectModel;
        using System.Text.Json;
        using System.Text.Json.Serialization;

        namespace ChatRelay.Client;


        """;

    public static IReadOnlyDictionary<string, string> Render(JsonObject document)
    {
        var types = new ClientTypes(document);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["Words.cs"] = Head + types.Words(),
            ["Requests.cs"] = Head + types.Requests(),
            ["Answers.cs"] = Head + types.Answers(),
        };
        files["RelayJson.cs"] = Head + $$"""
            /// <summary>How each type reads and writes itself, made at build time: nothing is looked up by reflection.</summary>
            [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
            {{string.Join('\n', types.All.Select(ClientNames.Type).Concat(types.Alone).Distinct().Select(t => $"[JsonSerializable(typeof({t}))]"))}}
            internal sealed partial class RelayJson : JsonSerializerContext;

            """;
        foreach (var (file, text) in new ClientOperations(document, types).Render()) files[file + ".cs"] = Head + text;
        return files;
    }
}
