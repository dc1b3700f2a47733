using System.Buffers;
using System.Text;
using System.Text.Json;
using ChatRelay.Deliveries;
using ChatRelay.Http.Json;

namespace ChatRelay.Inbox;

/// <summary>What a screen shows of a notification: the step's content over the common one, and what else the tenant said with it.</summary>
internal static class InboxPayload
{
    private static readonly JsonWriterOptions Written = new() { Encoder = RelayJson.Options.Encoder, SkipValidation = true };

    public static string Of(Parcel parcel)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Written))
        {
            json.WriteStartObject();
            json.WriteString("category", parcel.Category);
            json.WriteString("external_id", parcel.ExternalId);
            json.WriteStartArray("tags");
            foreach (var tag in parcel.Tags) json.WriteStringValue(tag);
            json.WriteEndArray();
            json.WritePropertyName("metadata");
            json.WriteRawValue(parcel.Metadata ?? "null", skipInputValidation: true); // read strictly when it was accepted
            json.WritePropertyName("content");
            Content.Of(parcel.Content, parcel.StepContent).WriteTo(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
