namespace ChatRelay.Http.Document;

/// <summary>An answer that is a text of its own kind, not one of our objects.</summary>
internal sealed record TextAnswer(string MediaType, string Example);

internal static class TextAnswers
{
    public static RouteHandlerBuilder AnswersText(this RouteHandlerBuilder endpoint, string mediaType, string example) =>
        endpoint.WithMetadata(new Success(200, null, null), new TextAnswer(mediaType, example));
}
