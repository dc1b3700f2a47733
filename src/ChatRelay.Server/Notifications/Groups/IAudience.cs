using Npgsql;

namespace ChatRelay.Notifications;

/// <summary>Who is in a room, as far as notifications need it: the seam through which rooms hand in their members.</summary>
internal interface IAudience
{
    /// <summary>The room behind `room_…` or `ext:…`; null when the tenant has none.</summary>
    Task<Guid?> FindAsync(Guid wall, string name, CancellationToken ct);

    /// <summary>The next members of a group after its position, in the transaction that makes their notifications.</summary>
    Task<AudiencePage> NextAsync(NpgsqlConnection connection, GroupFacts group, int most, CancellationToken ct);
}

/// <summary>A group whose notifications are being made.</summary>
/// <param name="UpTo">only members who have not read so far, and were not told since they last had</param>
internal sealed record GroupFacts(Guid Tenant, Guid Id, Guid Room, long? UpTo, string Position, IReadOnlyList<string> Except);

/// <summary>Some members, and the one who was looked at last; null when there are no more.</summary>
internal sealed record AudiencePage(IReadOnlyList<AudienceMember> Members, string? Position);

/// <summary>A member, the address of the user's record, and what is put into the text for this one.</summary>
internal sealed record AudienceMember(string User, string? Email, Placed? Placed = null);

/// <summary>What stands in place of `{count}` and `{room}`.</summary>
internal sealed record Placed(long Count, string Room)
{
    public NotificationInput Into(NotificationInput request) => request with
    {
        Content = Into(request.Content),
        Route = request.Route is { } route ? [.. route.Select(step => step with { Content = Into(step.Content) })] : null,
    };

    private ContentInput? Into(ContentInput? content) => content is null ? null : content with
    {
        Subject = Into(content.Subject, Room),
        Text = Into(content.Text, Room),
        Html = Into(content.Html, System.Net.WebUtility.HtmlEncode(Room)),
    };

    private string? Into(string? text, string room) => text?.Replace("{count}", $"{Count}", StringComparison.Ordinal).Replace("{room}", room, StringComparison.Ordinal);
}
