using ChatRelay.Http;
using ChatRelay.Http.Json;
using ChatRelay.Protocol;
using ChatRelay.Rooms;

namespace ChatRelay.Messages;

/// <summary>What became of something that was to be said.</summary>
internal abstract record Sent
{
    private Sent() { }

    public sealed record Numbered(NewEntry Entry, Published.Numbered Number) : Sent;

    public sealed record Refused(Problem Why) : Sent;

    public static readonly Problem MayNot = new(ProblemCode.Forbidden, "This user may not do that here.");

    public static Sent Of(NewEntry entry) => entry.Outcome switch
    {
        Published.Numbered numbered => new Numbered(entry, numbered),
        Published.Refused { Why: Refusal.NotFound or Refusal.NoSuchMessage } => new Refused(Problem.NotFound),
        Published.Refused { Why: Refusal.NoSuchReply } => new Refused(Problem.Validation("/reply_to", FaultCodes.NotFound, "There is no such message here.")),
        Published.Refused { Why: Refusal.NothingThere } => new Refused(new Problem(ProblemCode.NotFound, "Nothing of that kind stands here.")),
        Published.Refused { Why: Refusal.TooMany } => new Refused(Problem.Conflict($"No more than {MarkParts.MostOfUser} reactions of a user and {MarkParts.MostKeys} keys on a message, and {MarkParts.MostPins} pins in a room.")),
        Published.Refused { Why: Refusal.Muted } => new Refused(new Problem(ProblemCode.Forbidden, "This user is muted here.")),
        Published.Refused { Why: Refusal.Blocked } => new Refused(new Problem(ProblemCode.Blocked, "One of the two blocks the other.")),
        Published.Refused { Why: Refusal.NotTheirs } => new Refused(new Problem(ProblemCode.Forbidden, "This message is somebody else's.")),
        Published.Refused { Why: Refusal.PlainInEncrypted } => new Refused(Problem.Conflict("This room is encrypted and takes nothing plain.")),
        Published.Refused { Why: Refusal.MovedOn, Head: var head } => new Refused(Problem.Conflict($"The room has moved on: its last number is {head}.")),
        _ => new Refused(MayNot),
    };
}
