using System.Text.Json;
using System.Text.Json.Serialization;
using ChatRelay.Deliveries;
using ChatRelay.Http.Json;

namespace ChatRelay.Notifications;

/// <summary>A request's content and route as they are stored: riding along, or parked when they are large.</summary>
internal sealed record StoredParts(string Common, string? First, string Route, string? Parked)
{
    public static StoredParts Of(NotificationInput request)
    {
        var (common, route) = (StoredText.Of(request.Content), StoredText.Of(request.Steps));
        var own = request.Steps.Select(s => StoredText.Of(s.Content)).ToList();
        return (common?.Length ?? 0) + route.Length <= ContentRow.RidesAlong
            ? new(common ?? "{}", own[0], route, null)
            : new(common ?? "{}", own[0], StoredText.Of([.. request.Steps.Select(s => s with { Content = null })]), ContentText.Parked(common, own));
    }
}

/// <summary>How content and route are stored: as they were read, without what was not given. Free values keep their text.</summary>
internal static class StoredText
{
    private static readonly JsonSerializerOptions Options = new(RelayJson.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new AddressText() },
    };

    public static string? Of(ContentInput? content) => content is null ? null : JsonSerializer.Serialize(content, Options);

    /// <summary>To be read again by the reader of requests.</summary>
    public static string Whole(object read) => JsonSerializer.Serialize(read, Options);

    public static string Of(RecipientInput to) => JsonSerializer.Serialize(to, Options);

    public static string Of(IReadOnlyList<StepInput> steps) => JsonSerializer.Serialize(
        steps.Select(s => new StoredStep(Words.Of(s.Channel), s.Until, s.WithinS, s.SkipIf, s.Content)), Options);

    private sealed record StoredStep(string Channel, Until? Until, int? WithinS, SkipIf? SkipIf, ContentInput? Content);

    private sealed class AddressText : JsonConverter<EmailAddress>
    {
        public override EmailAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);
        public override void Write(Utf8JsonWriter writer, EmailAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
    }
}
