using System.Text.Json;
using ChatRelay.Outbound;
using ChatRelay.Protocol;

namespace ChatRelay.Channels.Email.Postmark;

/// <summary>What a batch's one answer says about each of its mails.</summary>
internal static class PostmarkBatch
{
    /// <param name="recipients">the mails' recipients, in the order of the call</param>
    public static IReadOnlyList<SendOutcome> OutcomesOf(OutboundReply reply, IReadOnlyList<string> recipients, DateTimeOffset now)
    {
        if (reply.Status is < 200 or >= 300) return [.. recipients.Select(to => PostmarkAnswers.OutcomeOf(Kept(reply), to, now))];

        var (results, whole) = ResultsOf(reply.Body);
        if (whole && results.Count != recipients.Count) results = []; // whose they are cannot be said
        return [.. recipients.Select((to, i) => i < results.Count
            ? Kept(PostmarkAnswers.OutcomeOf(reply with { Body = results[i], Truncated = false, Failure = null }, to, now))
            : Unknown(reply))];
    }

    // An attempt keeps no more of an answer than of any other, and nothing about its neighbours. A result is judged whole, and then cut.
    private static SendOutcome Kept(SendOutcome outcome) => outcome with { Reply = Kept(outcome.Reply!) };

    private static OutboundReply Kept(OutboundReply reply) => reply.Body.Length <= OutboundExchange.MaxBody ? reply : reply with { Body = reply.Body[..OutboundExchange.MaxBody], Truncated = true };

    // A batch is answered with 200 whatever became of its mails, so the status alone says nothing.
    private static SendOutcome.TryLater Unknown(OutboundReply reply) => new(Outcome.ProtocolError)
    {
        MaybeSent = true,
        Detail = "Postmark took the batch, and its answer for this mail cannot be read.",
        Reply = reply with { Body = default },
    };

    private static (List<ReadOnlyMemory<byte>> Results, bool Whole) ResultsOf(ReadOnlyMemory<byte> body)
    {
        var results = new List<ReadOnlyMemory<byte>>();
        try
        {
            var reader = new Utf8JsonReader(body.Span);
            if (!reader.Read() || reader.TokenType is not JsonTokenType.StartArray) return ([], true);
            while (reader.Read() && reader.TokenType is JsonTokenType.StartObject)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                results.Add(body[start..(int)reader.BytesConsumed]);
            }
            return (results, true); // a result that is no object leaves the count wrong
        }
        catch (JsonException)
        {
            return (results, false); // what came before the cut is good
        }
    }
}
