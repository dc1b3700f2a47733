using ChatRelay.Channels.Webhook;

namespace ChatRelay.Deliveries;

/// <summary>How events of some types get their content, as slices below declare it: the log holds references, and content is read when it is rendered.</summary>
internal sealed record EventContent(string Prefix, Func<Guid, EventFacts, CancellationToken, Task<string>> DataAsync);

/// <summary>What is posted for an event, with the content that it points to if that is still there.</summary>
internal sealed class EventContents(IEnumerable<EventContent> contents)
{
    private readonly EventContent[] contents = [.. contents];

    public async ValueTask<ReadOnlyMemory<byte>> RenderAsync(Guid tenant, EventFacts happened, PayloadForm form, CancellationToken ct)
    {
        var content = form is PayloadForm.Thin ? null : Array.Find(contents, c => happened.Type.StartsWith(c.Prefix, StringComparison.Ordinal));
        return EventBody.Render(content is null ? happened : happened with { Data = await content.DataAsync(tenant, happened, ct) }, form);
    }
}
